// Programs: tokens that are given and revoked by administrators.
import { useEffect, useState } from "preact/hooks";
import { getTokens, giveToken, revokeToken, ROLES, type Role, type Token } from "../../api/access";
import { t } from "../../i18n";
import { orgName } from "../orgs";
import { Field, Form, Sure } from "../PeoplePage";
import { moment, orgOf, OrgField, RoleField, roleName } from "./words";

const DAYS = "365";

export function Programs() {
  const [tokens, show] = useState<Token[]>([]);
  const [given, tell] = useState<{ who: string; token: string } | null>(null);
  const renew = () => getTokens().then(show);
  useEffect(() => void renew(), []);
  return (
    <section class="card">
      <h2 class="title">{t("programs")}</h2>
      {given && <p role="status">{t("give_token", { who: given.who })} <code class="said-once" data-testid="token">{given.token}</code></p>}
      <ul class="rows">
        {tokens.map((one) => (
          <li key={one.id}>
            <span class="grow"><b>{one.actor.slice(one.actor.indexOf(":") + 1)}</b> <small>{one.id}</small></span>
            <span>{roleName(one.role)} · {one.org ? orgName(one.org) : t("whole_city")}</span>
            <small>{t("until_day", { t: moment(one.expires) })}</small>
            {one.revoked ? <b>{t("revoked")}</b> : <Sure word="revoke" act={() => revokeToken(one).then(renew)} />}
          </li>
        ))}
      </ul>
      <Form line button="token_add" act={async (values) => {
        const who = values.program ?? "";
        const { token } = await giveToken(who, { role: values.role as Role, org: orgOf(values), days: Number(values.days) });
        tell({ who, token });
        await renew();
      }}>
        <Field word="program_name" name="program" />
        <RoleField roles={ROLES} value="gateway" />
        <OrgField />
        <Field word="days" name="days" value={DAYS} />
      </Form>
    </section>
  );
}
