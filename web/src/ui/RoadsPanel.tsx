// Roads that are closed or slow: the tool that closes one, and the list of those that are.
import { t } from "../i18n";
import { reasonText } from "../i18n/reasons";
import type { Closure } from "../api/types";
import { roadsOpen } from "../state/app";
import { closureAt, closures, closuresProblem, lift, liftProblems } from "../state/closures";
import { offline } from "../state/connection";
import { CloseForm } from "./CloseForm";
import type { Fit } from "./fit";
import { roadsText, Sign, whatText, whenText } from "./closurewords";
import { Key } from "./Key";
import { Blocks, ProblemNote } from "./ProblemNote";

export function RoadsPanel({ fit }: { fit: Fit }) {
  const list = closures.value;
  return (
    <>
      <section>
        <div class="head">
          <h2 class="title">{t("close_road")}</h2>
          <button class="plain" onClick={() => (roadsOpen.value = false)}>{t("close")} <Key>Esc</Key></button>
        </div>
        <CloseForm />
      </section>
      <section class="closures" data-testid="closures">
        <div class="head">
          <h2>{t("closures_list")}</h2>
          {list && <span class="meta">{t("closures_n", { n: list.length })}</span>}
        </div>
        {closuresProblem.value && <ProblemNote problem={closuresProblem.value} />}
        {!list && !closuresProblem.value && <Blocks rows={3} />}
        {list?.length === 0 && <p class="empty">{t("closures_none")}</p>}
        <ul data-list="roads">{list?.map((closure) => <Row key={closure.id} closure={closure} fit={fit} />)}</ul>
      </section>
    </>
  );
}

function Row({ closure, fit }: { closure: Closure; fit: Fit }) {
  const problem = liftProblems.value.get(closure.id);
  const at = closureAt.value === closure.id;
  return (
    <li class={at ? "is-at" : ""} data-testid="closure-row" data-closure={closure.id}>
      <button class="closure" data-nav aria-current={at ? "true" : undefined} onClick={() => { closureAt.value = closure.id; fit(closure.geometry.coordinates.flat()); }}>
        <Sign slow={closure.factor !== null} />
        <b>{roadsText(closure)}</b>
        <span>{reasonText(closure.reason)} · {whatText(closure)}</span>
        <span class="meta">{whenText(closure)}</span>
      </button>
      <button class="button" data-testid="closure-lift" disabled={offline.value} aria-label={t("lift_what", { what: roadsText(closure) })} onClick={() => lift(closure.id)}>{t("lift")}</button>
      {problem && <ProblemNote problem={problem} />}
    </li>
  );
}
