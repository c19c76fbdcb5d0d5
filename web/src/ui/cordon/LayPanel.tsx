// A cordon is laid: where and when he was seen, how he goes, what to protect; the gates of the plan that was chosen.
import { named, said, t } from "../../i18n";
import { SUSPECTS } from "../../api/cordons";
import { desk } from "../../state/app";
import { MARGIN_S, stepAt } from "../../state/cordon/gates";
import { MARGIN_S_MAX, margin_s, protect, RADIUS_MAX_M, RADIUS_MIN_M, radius_m, start, starts, suspect, zone } from "../../state/cordon/asked";
import { askPlans, chosen, offered, orderCordon, orderProblem, partial, planning, plans, sending, whereabouts, zonesHere } from "../../state/cordon/laying";
import { nameOf } from "../../state/cordon/names";
import { running } from "../../state/cordon/running";
import { now_ms, offline } from "../../state/connection";
import { shownGates } from "../../map/cordons";
import { amount } from "../amount";
import { Key } from "../Key";
import { Blocks, ProblemNote } from "../ProblemNote";
import { NumberField, SeenAgo, Segments } from "./fields";
import { GateTable } from "./GateTable";
import { More, Starts } from "./LayMore";
import { cordonName, escapeText, LeakNote, placeName, Refusal, wayText } from "./words";

const PROTECTS = ["gates", "radius", "zone"] as const;

export function LayPanel() {
  const at = start.value;
  const { data, problem } = plans.asked.value;
  return (
    <>
      <section class="lay" data-testid="cordon-lay">
        <div class="head">
          <h2 class="title">{t("cordon_lay")}</h2>
          <button class="plain" onClick={() => (desk.value = null)}>{t("close")} <Key>Esc</Key></button>
        </div>
        {!at && <p class="hint-line" data-testid="lay-hint">{t("lay_hint")}</p>}
        {running.value.length > 0 && (
          <ul class="tags">{running.value.map((cordon) => <li key={cordon.id}><button class="plain" onClick={() => (desk.value = { mode: "run", id: cordon.id })}>{cordonName(cordon)}</button></li>)}</ul>
        )}
        {at && <Settings />}
      </section>
      {at && (
        <section class="chosen-plan">
          {orderProblem.value && <Refusal problem={orderProblem.value} retry={() => askPlans()} />}
          {problem && <ProblemNote problem={problem} retry={() => askPlans()} />}
          {!data && !problem && <Blocks rows={6} />}
          {data && <Verdict />}
        </section>
      )}
      {shownGates.value.length > 0 && <GateTable list={shownGates.value} suspect />}
    </>
  );
}

function Settings() {
  const [first] = starts.value;
  const zones = zonesHere.asked.value.data?.layers.flatMap(({ zones }) => zones) ?? [];
  const [may, ...others] = whereabouts.asked.value.data ?? [];
  const now = may && !others.length && stepAt(may.steps, (now_ms.value - Date.parse(may.server_time)) / 1000);
  return (
    <div class="lay-form">
      {starts.value.length > 1 ? <Starts /> : (
        <>
          <p class="meta">{t("seen_at", { where: placeName(nameOf(first.at), first.at) })}</p>
          <label class="lay-time"><span>{t("seen_since")}</span><SeenAgo n={0} at={first} id="seen-ago" /></label>
        </>
      )}
      {now && <p class="meta">{t("may_be", { km: amount(now.road_m) })}</p>}
      <Segments label={t("goes_by")} at={suspect.value} options={SUSPECTS.map((value) => ({ value, label: said(`suspect_${value}`) }))} set={(how) => (suspect.value = how)} />
      <Segments id="lay-protect" label={t("keep_him")} at={protect.value} options={PROTECTS.map((value) => ({ value, label: t(`protect_${value}`), off: value === "zone" && !zones.length }))}
        set={(what) => { if (what === "zone" && !zone.value) zone.value = zones[0].id; protect.value = what; }} />
      {protect.value === "radius" && <NumberField id="lay-radius" label={t("ring_radius")} value={radius_m.value} least={RADIUS_MIN_M} most={RADIUS_MAX_M} step={100} set={(n) => n !== null && (radius_m.value = n)} />}
      {protect.value === "zone" && <label class="field"><span>{t("zones_here")}</span><select value={zone.value ?? ""} onChange={({ currentTarget }) => (zone.value = currentTarget.value)}>{zones.map(({ id, name }) => <option key={id} value={id}>{named(name)}</option>)}</select></label>}
      <NumberField label={t("margin")} value={margin_s.value} least={0} most={MARGIN_S_MAX} step={5} set={(n) => (margin_s.value = n ?? MARGIN_S)} />
      <More />
    </div>
  );
}

function Verdict() {
  const answer = plans.asked.value.data;
  if (!answer) return null;
  const { impossible } = answer;
  if (impossible) {
    const out = impossible.escape[impossible.escape.length - 1];
    return (
      <>
        <div class="verdict-box is-leak" role="alert" data-testid="impossible">
          <b class="is-alarm">{t("cannot_hold")}</b>
          {out && <p>{escapeText(out)}</p>}
          <p>{wayText(impossible)}</p>
          <p class="meta">{t("cannot_why")}</p>
        </div>
        <Partial />
      </>
    );
  }
  if (!offered.value.length) {
    return (
      <div class="verdict-box" data-testid="no-plan">
        <b>{t("no_plan")}</b><p class="meta">{t("no_plan_why")}</p>
        <button class="button" disabled={planning.value} onClick={() => askPlans(true)}>{t(planning.value ? "planning" : "plan_long")}</button>
      </div>
    );
  }
  const it = chosen.value;
  return it && <Order n={it.plan.units} word="cordon_order" />;
}

/** The best that can be done where he cannot be held. */
function Partial() {
  const best = partial.value;
  if (!best?.guards.length) return null;
  return (
    <div class="verdict-box" data-testid="partial" data-units={best.guards.length} data-leaks={best.leaks.length}>
      <b>{t("partial")}</b>
      <p>{t("partial_what", { n: best.guards.length, leaks: best.leaks.length })}</p>
      <LeakNote leaks={best.leaks} />
      <Order n={best.guards.length} word="partial_order" />
    </div>
  );
}

function Order({ n, word }: { n: number; word: "cordon_order" | "partial_order" }) {
  return (
    <div class="actions">
      <button class="button is-primary" data-testid="cordon-order" disabled={sending.value || offline.value} title={offline.value ? t("orders_paused") : undefined} onClick={orderCordon}>
        {t(word, { n })} <Key>⏎</Key>
      </button>
      <p class="meta">{t("not_promised")}</p>
    </div>
  );
}
