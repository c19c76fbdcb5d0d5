// One's own account, and for administrators people and programs.
import "./styles/font.css";
import "./styles/tokens.css";
import "./styles/wall.css";
import "./styles/access.css";
import { signal } from "@preact/signals";
import { render } from "preact";
import { getCity } from "./api/client";
import { signOut } from "./api/access";
import { t, type Word } from "./i18n";
import { city } from "./state/app";
import { renewSession, session } from "./state/session";
import { orgName } from "./ui/orgs";
import { Loans } from "./ui/account/Loans";
import { Own } from "./ui/account/Own";
import { People } from "./ui/account/People";
import { PeoplePage } from "./ui/PeoplePage";
import { Programs } from "./ui/account/Programs";
import { Trail } from "./ui/account/Trail";
import { roleName } from "./ui/account/words";

async function leave(): Promise<void> {
  await signOut();
  location.assign("/signin");
}

/** The parts of the page, and what one must be allowed to see each. */
const PARTS = [["account", null], ["accounts", "administer"], ["loans", "order"], ["trail", "audit"]] as const;
type Part = (typeof PARTS)[number][0];

const part = signal(location.hash.slice(1));
addEventListener("hashchange", () => (part.value = location.hash.slice(1)));

function Account() {
  const who = session.value;
  if (!who?.actor) return null;
  // The trail is of the whole city, and so for whoever sees all of it.
  const parts = PARTS.filter(([name, action]) => (action === null || who.may.includes(action)) && (name !== "trail" || who.org === null)).map(([name]) => name);
  const open: Part = parts.find((name) => name === part.value) ?? "account";
  return (
    <PeoplePage aside={who.name && <button class="plain" data-testid="sign-out" onClick={() => void leave()}>{t("sign_out")}</button>}>
      {parts.length > 1 && (
        <nav class="parts" aria-label={t("account")}>
          {parts.map((name) => <a key={name} href={`#${name}`} data-testid={`part-${name}`} aria-current={name === open ? "page" : undefined}>{t(name satisfies Word)}</a>)}
        </nav>
      )}
      {open === "accounts" && <><People /><Programs /></>}
      {open === "loans" && <Loans />}
      {open === "trail" && <Trail />}
      {open === "account" && <Myself />}
    </PeoplePage>
  );
}

/** Who one is, and one's own things. */
function Myself() {
  const who = session.value;
  if (!who) return null;
  return (
    <>
      <section class="card">
        <h1 class="title">{who.name ?? t("account")}</h1>
        <p>{who.role && roleName(who.role)} · {who.org ? orgName(who.org) : t("whole_city")}</p>
        {who.demo && <p class="is-warn">{t("demo")}: {t("demo_text")}</p>}
        {!who.name && <p>{t("only_people")}</p>}
      </section>
      {who.name && <Own />}
    </>
  );
}

const root = document.getElementById("app");
if (root) render(<Account />, root);
void renewSession();
// Names of organisations; a role that may not see the city goes without.
getCity().then((got) => (city.value = got), () => {});
