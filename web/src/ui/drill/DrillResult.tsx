// How a drill goes and ended: the gates while it runs, then the ending and what would have been better; plan and drill side by side.
import { computed } from "@preact/signals";
import { lang, named, t } from "../../i18n";
import type { DrillGate, DrillReport } from "../../api/drills";
import { TIGHT_S } from "../../map/drillmarks";
import { minutes, signed } from "../../state/cordon/gates";
import { at_s, cordonNow, drill, second } from "../../state/drill/player";
import { gateStand } from "../../state/drill/replay";

const LATE_MAX = 3;
const isOver = computed(() => drill.value !== null && at_s.value >= drill.value.outcome.at_s);

export function DrillResult() {
  const report = drill.value;
  if (!report) return null;
  return (
    <main class="right drill-right" id="answer" tabIndex={-1}>
      <Ending report={report} />
      {isOver.value ? <><Lessons report={report} /><Rows report={report} /></> : <><Gates report={report} /><Rows report={report} /><Lessons report={report} /></>}
    </main>
  );
}

function Rows({ report: { rows } }: { report: DrillReport }) {
  return (
    <section>
      <div class="head"><h2>{t("drill_rows")}</h2><span class="meta">{t("drill_whole")}</span></div>
      <table class="drill-rows" data-testid="drill-rows">
        <thead><tr><td /><th scope="col">{t("drill_plan")}</th><th scope="col">{t("drill_done")}</th></tr></thead>
        <tbody>
          {rows.map(({ what, is_time, plan, drill: done, good }, n) => {
            const figure = (value: number | null): string => (value === null ? "–" : is_time ? minutes(value) : String(value));
            return <tr key={n}><th scope="row">{named(what)}</th><td>{figure(plan)}</td><td class={good ? "is-enough" : "is-warn"}>{good ? "" : "▼ "}{figure(done)}</td></tr>;
          })}
        </tbody>
      </table>
    </section>
  );
}

function Lessons({ report: { better, late } }: { report: DrillReport }) {
  return (
    <>
      {better.length > 0 && <Sentences title={t("drill_better")} list={better.map(named)} testid="drill-better" />}
      <Sentences title={t("drill_late")} list={late.length ? late.slice(0, LATE_MAX).map(({ why }) => named(why)) : [t("drill_late_none")]} testid="drill-late" />
    </>
  );
}

function Sentences({ title, list, testid }: { title: string; list: string[]; testid: string }) {
  return (
    <section data-testid={testid}>
      <div class="head"><h2>{title}</h2></div>
      <ul class="sentences">{list.map((sentence, n) => <li key={n}>{sentence}</li>)}</ul>
    </section>
  );
}

/** Told when it has come to it: until then the suspect is on the run. */
function Ending({ report: { outcome, units } }: { report: DrillReport }) {
  if (!isOver.value) {
    return <section class="drill-ending" data-testid="drill-running"><p class="title">{t("drill_on_the_run", { t: minutes(second.value) })}</p></section>;
  }
  const signs = outcome.by.map((id) => units.find((unit) => unit.id === id)?.callsign ?? id).join(t("and"));
  const tone = outcome.ending === "stopped" ? "is-enough" : outcome.ending === "out" ? "is-alarm" : "";
  return (
    <section class="drill-ending" data-testid="drill-ending" data-ending={outcome.ending} role="status">
      <p class={`title ${tone}`}>{t(`drill_${outcome.ending}`)} {minutes(outcome.at_s)}</p>
      <p>{signs ? t("drill_by", { where: named(outcome.place), who: signs }) : named(outcome.place)}</p>
      {outcome.flows_again_s !== null && <p class="meta">{t("drill_flows", { t: minutes(outcome.flows_again_s) })}</p>}
    </section>
  );
}

function Gates({ report: { units } }: { report: DrillReport }) {
  const cordon = cordonNow.value;
  if (!cordon) return null;
  const callsign = (id: string): string => units.find((unit) => unit.id === id)?.callsign ?? id;
  const held = cordon.gates.filter((gate) => gateStand(gate, second.value) === "held").length;
  return (
    <section class="gates-section drill-gates">
      <div class="head"><h2>{named(cordon.name)}</h2><span class="meta">{t("held_of", { n: held, of: cordon.gates.length })}</span></div>
      <table class="gate-table" data-testid="drill-gates">
        <thead><tr><th scope="col">{t("gate")}</th><th scope="col">{t("unit")}</th><th scope="col">{t("unit_in")}</th><th scope="col">{t("suspect_in")}</th><th scope="col">{t("slack")}</th></tr></thead>
        <tbody>{cordon.gates.map((gate) => <Gate key={gate.junction} gate={gate} callsign={callsign} />)}</tbody>
      </table>
    </section>
  );
}

function Gate({ gate, callsign }: { gate: DrillGate; callsign: (id: string) => string }) {
  const stand = gateStand(gate, second.value);
  const tone = stand === "passed" ? "is-alarm" : stand === "held" ? "" : gate.slack_s !== null && gate.slack_s < TIGHT_S ? "is-warn" : "";
  return (
    <tr data-state={stand} class={stand === "passed" ? "is-alarm-row" : ""} title={named(gate.place)}>
      <th scope="row">{gate.label}</th>
      <td>{gate.units.map(callsign).join(lang.value === "zh" ? "、" : ", ")}</td>
      <td class={stand === "held" ? "is-enough" : ""}>{stand === "held" ? t("gate_held") : minutes(gate.planned_s)}</td>
      <td>{gate.suspect_s === null ? "–" : minutes(gate.suspect_s)}</td>
      <td><b class={tone}>{gate.slack_s === null ? "–" : signed(gate.slack_s)}</b></td>
    </tr>
  );
}
