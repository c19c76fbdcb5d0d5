// Standing plans: one button closes all gates of one; a new one is made by clicking its gates on the map.
import { useState } from "preact/hooks";
import { named, t } from "../../i18n";
import { desk } from "../../state/app";
import { offline } from "../../state/connection";
import { busy, CITY_GATES, gatePlans, making, NAME_CHARS_MAX, planAt, remove, run, save, standingProblem } from "../../state/cordon/standing";
import type { Fit } from "../fit";
import { Key } from "../Key";
import { Blocks, ProblemNote } from "../ProblemNote";

export function GatesPanel({ fit }: { fit: Fit }) {
  const plans = gatePlans.value;
  const at = plans?.find(({ id }) => id === planAt.value);
  const units = at?.gates.reduce((sum, { need }) => sum + need, 0) ?? 0;
  return (
    <>
      <section class="standing" data-testid="gates-panel">
        <div class="head"><h2 class="title">{t("close_gates")}</h2><button class="plain" onClick={() => (desk.value = null)}>{t("close")} <Key>Esc</Key></button></div>
        {standingProblem.value && <ProblemNote problem={standingProblem.value} />}
        {!plans && !standingProblem.value && <Blocks rows={2} />}
        <ul data-list="gates">
          {plans?.map(({ id, name, gates }) => (
            <li key={id} class={id === planAt.value && !making.value ? "is-at" : ""}>
              <button class="standing-plan" data-nav data-testid="gate-plan" data-plan={id} onClick={() => { making.value = null; planAt.value = id; fit(gates.map((gate) => [gate.at.lon, gate.at.lat])); }}>
                <b>{named(name)}</b><span class="meta">{t("gates_n", { n: gates.length })}</span>
              </button>
              {id !== CITY_GATES && <button class="plain" data-testid="plan-delete" disabled={busy.value || offline.value} onClick={() => void remove(id)}>{t("plan_delete")}</button>}
            </li>
          ))}
        </ul>
      </section>
      {making.value ? <Making /> : (
        <section class="actions">
          {at && (
            <button class="button is-primary" data-testid="gates-run" disabled={busy.value || offline.value} title={offline.value ? t("orders_paused") : undefined} onClick={() => void run(at.id)}>
              {t(busy.value ? "planning" : "gates_run", { n: units })} <Key>⏎</Key>
            </button>
          )}
          <p class="meta">{t("gates_why")}</p>
          <button class="button" data-testid="gates-new" disabled={offline.value} onClick={() => (making.value = [])}>{t("gates_new")}</button>
        </section>
      )}
    </>
  );
}

function Making() {
  const [name, rename] = useState("");
  const gates = making.value ?? [];
  return (
    <section class="actions" data-testid="gates-making">
      <p class="hint-line">{t("gates_hint", { n: gates.length })}</p>
      <input class="name" data-testid="gates-name" maxLength={NAME_CHARS_MAX} placeholder={t("gates_name")} aria-label={t("gates_name")} value={name} onInput={({ currentTarget }) => rename(currentTarget.value)} />
      <button class="button is-primary" data-testid="gates-save" disabled={!gates.length || !name.trim() || busy.value || offline.value} onClick={() => void save(name.trim())}>{t("gates_save", { n: gates.length })} <Key>⏎</Key></button>
      <div class="row">
        <button class="button" data-testid="gates-undo" disabled={!gates.length} onClick={() => (making.value = gates.slice(0, -1))}>{t("gates_undo")}</button>
        <button class="button" onClick={() => (making.value = null)}>{t("drop")}</button>
      </div>
    </section>
  );
}
