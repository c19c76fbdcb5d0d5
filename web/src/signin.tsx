// Where people sign in.
import "./styles/font.css";
import "./styles/tokens.css";
import "./styles/wall.css";
import "./styles/access.css";
import { render } from "preact";
import { useState } from "preact/hooks";
import { getSession, signInWith, useCode, type Session } from "./api/access";
import { isWord, t } from "./i18n";
import { query } from "./state/memory";
import { Field, Form, kindOf, NewPassword, PeoplePage, same } from "./ui/PeoplePage";

/** Back to where somebody came from, on this server alone. */
function onward(): void {
  const to = new URL(query("to") ?? "/", location.href);
  location.replace(to.origin === location.origin ? to.pathname + to.search + to.hash : "/");
}

/** Signing in by the provider of identities, and why it refused the last time. */
function Provider({ name }: { name: string }) {
  const refused = query("refused");
  const why = `provider_${refused}`;
  return (
    <>
      {refused !== null && <p class="refused" role="alert">{t(isWord(why) ? why : "provider_failed", { name })}</p>}
      <a class="button is-main" data-testid="provider" href={`/signin/provider?to=${encodeURIComponent(query("to") ?? "/")}`}>{t("sign_in_with", { name })}</a>
    </>
  );
}

function SignIn({ first, provider }: { first: boolean; provider: string | null }) {
  const [byCode, choose] = useState(first);
  const [second, want] = useState(false);
  return (
    <PeoplePage small>
      <section class="card">
        <h1 class="title">{t("sign_in")}</h1>
        {first && <p>{t("first_start")}</p>}
        {provider !== null && <Provider name={provider} />}
        {byCode ? (
          <Form key="code" button="choose_password" act={async (values) => {
            await useCode({ code: values.code ?? "", password: same(values), ...(first ? { user: values.user, name: values.name } : {}) });
            onward();
          }}>
            <Field word="one_time_code" name="code" focus />
            {first && <Field word="user_name" name="user" autocomplete="username" />}
            {first && <Field word="full_name" name="name" autocomplete="name" />}
            <NewPassword />
            <p class="meta">{t("password_rule")}</p>
          </Form>
        ) : (
          <Form key="password" button="sign_in" refused={(problem) => want(second || kindOf(problem) === "code-needed")} act={async (values) => {
            await signInWith({ user: values.user ?? "", password: values.password ?? "", ...(values.code ? { code: values.code } : {}) });
            onward();
          }}>
            <Field word="user_name" name="user" autocomplete="username" focus />
            <Field word="password" name="password" secret autocomplete="current-password" />
            {second && <Field word="second_code" name="code" autocomplete="one-time-code" />}
          </Form>
        )}
        <button class="plain" onClick={() => choose(!byCode)}>{byCode ? t("no_code") : t("have_code")}</button>
      </section>
    </PeoplePage>
  );
}

const root = document.getElementById("app");
const show = (session: Session | null) => root && render(<SignIn first={session?.set_up ?? false} provider={session?.provider ?? null} />, root);
getSession().then(show, () => show(null));
