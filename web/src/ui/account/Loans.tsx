// Loans: units that another organisation sees and orders until a time.
import { useEffect, useState } from "preact/hooks";
import { deleteLoan, getLoans, getRoster, postLoan, type Loan } from "../../api/loans";
import type { UnitView } from "../../api/types";
import { t } from "../../i18n";
import { ApiError } from "../../api/client";
import { orgName } from "../orgs";
import { searchRoster } from "../searchRoster";
import { Form, Sure } from "../PeoplePage";
import { local, moment, OrgField } from "./words";

const HOURS_8_MS = 8 * 3_600_000;

export function Loans() {
  const [loans, show] = useState<Loan[] | null>(null);
  const [roster, know] = useState<UnitView[]>([]);
  const renew = () => getLoans().then(show);
  useEffect(() => {
    void renew();
    getRoster().then(know, () => {});
  }, []);
  const units = new Map(roster.map((unit) => [unit.id, unit]));
  return (
    <section class="card" data-testid="loans">
      <h1 class="title">{t("loans")}</h1>
      <p>{t("loans_how")}</p>
      <ul class="rows">
        {loans?.map((loan) => {
          const unit = units.get(loan.unit);
          return (
            <li key={loan.id} data-loan={loan.id}>
              <span class="grow"><b>{unit?.callsign ?? loan.unit}</b> <small>{unit && orgName(unit.org)}</small></span>
              <span>{t("lent_to", { who: orgName(loan.to) })}</span>
              <small>{t("until_day", { t: moment(loan.until) })}</small>
              <Sure word="loan_end" act={() => deleteLoan(loan.id).then(renew)} />
            </li>
          );
        })}
      </ul>
      {loans?.length === 0 && <p class="empty">{t("loans_none")}</p>}
      <Lend roster={roster} done={renew} />
    </section>
  );
}

function Lend({ roster, done }: { roster: UnitView[]; done: () => Promise<void> }) {
  const [text, type] = useState("");
  const [chosen, choose] = useState<UnitView | null>(null);
  const found = chosen ? [] : searchRoster(roster, text);
  return (
    <Form line button="lend" act={async (values) => {
      if (!chosen) throw new ApiError({ title: "loan_unit_needed" });
      if (!values.org) throw new ApiError({ title: "loan_org_needed" });
      await postLoan({ unit: chosen.id, to: values.org, until: new Date(values.until ?? "").toISOString() });
      choose(null);
      type("");
      await done();
    }}>
      <label class="labelled lend-unit">
        {t("callsign")}
        <input type="text" name="unit" role="combobox" aria-expanded={found.length > 0} aria-controls="lend-found" autocomplete="off" spellcheck={false}
          value={chosen?.callsign ?? text} onInput={(event) => { choose(null); type(event.currentTarget.value); }} />
        <ul id="lend-found" role="listbox" class="lend-found" hidden={!found.length}>
          {found.map((unit) => (
            <li key={unit.id} role="option" aria-selected={false} onPointerDown={(event) => { event.preventDefault(); choose(unit); }}>
              <b>{unit.callsign}</b> <span>{orgName(unit.org)}</span>
            </li>
          ))}
        </ul>
      </label>
      <OrgField word="loan_to" whole={false} />
      <label class="labelled is-wide">{t("loan_until")}<input type="datetime-local" name="until" required defaultValue={local(Date.now() + HOURS_8_MS)} /></label>
    </Form>
  );
}
