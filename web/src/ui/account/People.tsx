// People: made, changed, reset and removed by administrators.
import { useEffect, useState } from "preact/hooks";
import { deleteAccount, getAccounts, PEOPLE, putAccount, resetAccount, type Account, type Role } from "../../api/access";
import { t } from "../../i18n";
import { orgName } from "../orgs";
import { Field, Form, Sure } from "../PeoplePage";
import { orgOf, OrgField, RoleField, roleName } from "./words";

const edit = (values: Record<string, string>) =>
  ({ name: values.name ?? "", role: values.role as Role, org: orgOf(values), blocked: values.blocked === "on" });

export function People() {
  const [accounts, show] = useState<Account[]>([]);
  const [open, look] = useState<string | null>(null);
  const [coded, tell] = useState<Account | null>(null);
  const renew = () => getAccounts().then(show);
  useEffect(() => void renew(), []);
  const done = async (account: Account) => {
    if (account.code) tell(account);
    look(null);
    await renew();
  };
  return (
    <section class="card" data-testid="people">
      <h2 class="title">{t("accounts")}</h2>
      {coded?.code && <p role="status">{t("give_code", { who: coded.name })} <code class="said-once" data-testid="one-time-code">{coded.code}</code></p>}
      <ul class="rows">
        {accounts.map((one) => (
          <li key={one.id}>
            <span class="grow"><b>{one.name}</b> <small>{one.id}</small></span>
            <span>{roleName(one.role)} · {one.org ? orgName(one.org) : t("whole_city")}</span>
            {one.blocked && <b class="is-alarm">{t("blocked")}</b>}
            {!one.set_up && <small>{t("not_set_up")}</small>}
            {one.second_factor && <small>{t("second_factor")}</small>}
            <button class="button" aria-expanded={open === one.id} onClick={() => look(open === one.id ? null : one.id)}>{t("more")}</button>
            {open === one.id && (
              <>
                <Form line button="save" act={(values) => putAccount(one.id, edit(values)).then(done)}>
                  <Field word="full_name" name="name" value={one.name} />
                  <RoleField roles={PEOPLE} value={one.role} />
                  <OrgField value={one.org} />
                  <label class="labelled is-check"><input type="checkbox" name="blocked" defaultChecked={one.blocked} />{t("blocked")}</label>
                </Form>
                <Sure word="reset" act={() => resetAccount(one.id).then(done)} />
                <Sure word="plan_delete" act={() => deleteAccount(one.id).then(renew)} />
              </>
            )}
          </li>
        ))}
      </ul>
      <Form line button="account_add" act={(values) => putAccount(values.user ?? "", edit(values)).then(done)}>
        <Field word="user_name" name="user" />
        <Field word="full_name" name="name" />
        <RoleField roles={PEOPLE} />
        <OrgField />
      </Form>
    </section>
  );
}
