// One's own account, and for administrators people and programs.
import "./styles/font.css";
import "./styles/tokens.css";
import "./styles/wall.css";
import "./styles/access.css";
import { render } from "preact";
import { getCity } from "./api/client";
import { signOut } from "./api/access";
import { t } from "./i18n";
import { city } from "./state/app";
import { renewSession, session } from "./state/session";
import { orgName } from "./ui/orgs";
import { Own } from "./ui/account/Own";
import { People } from "./ui/account/People";
import { PeoplePage } from "./ui/PeoplePage";
import { Programs } from "./ui/account/Programs";
import { roleName } from "./ui/account/words";

async function leave(): Promise<void> {
  await signOut();
  location.assign("/signin");
}

function Account() {
  const who = session.value;
  if (!who?.actor) return null;
  return (
    <PeoplePage aside={who.name && <button class="plain" data-testid="sign-out" onClick={() => void leave()}>{t("sign_out")}</button>}>
      <section class="card">
        <h1 class="title">{who.name ?? t("account")}</h1>
        <p>{who.role && roleName(who.role)} · {who.org ? orgName(who.org) : t("whole_city")}</p>
        {who.demo && <p class="is-warn">{t("demo")}: {t("demo_text")}</p>}
        {!who.name && <p>{t("only_people")}</p>}
      </section>
      {who.name && <Own />}
      {who.may.includes("administer") && <People />}
      {who.may.includes("administer") && <Programs />}
    </PeoplePage>
  );
}

const root = document.getElementById("app");
if (root) render(<Account />, root);
void renewSession();
// Names of organisations; a role that may not see the city goes without.
getCity().then((got) => (city.value = got), () => {});
