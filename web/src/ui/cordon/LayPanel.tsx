// A cordon is laid: where and when he was seen, how he goes, what to protect; the gates of the plan that was chosen.
import { useState } from "preact/hooks";
import { said, t } from "../../i18n";
import { SUSPECTS } from "../../api/cordons";
import { desk } from "../../state/app";
import { minutes, readMinutes, stepAt } from "../../state/cordon/gates";
import {
  askPlans, chosen, MARGIN_S_MAX, margin_s, offered, orderCordon, orderProblem, planning, plans, protect, RADIUS_MAX_M, RADIUS_MIN_M, radius_m, seen, seenAgo_s, SEEN_S_MAX, seenRoad,
  sending, start, suspect, whereabouts, zone, zonesHere,
} from "../../state/cordon/laying";
import { running } from "../../state/cordon/running";
import { now_ms, offline } from "../../state/connection";
import { shownGates } from "../../map/cordons";
import { named } from "../../i18n";
import { amount } from "../amount";
import { Key } from "../Key";
import { Blocks, ProblemNote } from "../ProblemNote";
import { GateTable } from "./GateTable";
import { escapeText, placeName, Refusal } from "./words";

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
        {at ? <p class="meta">{t("seen_at", { where: placeName(seenRoad.value, at) })}</p> : <p class="hint-line" data-testid="lay-hint">{t("lay_hint")}</p>}
        {running.value.length > 0 && (
          <ul class="tags">{running.value.map((cordon) => <li key={cordon.id}><button class="plain" onClick={() => (desk.value = { mode: "run", id: cordon.id })}>{t("cordon_running", { n: cordon.gates.length })}</button></li>)}</ul>
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
      {chosen.value && <GateTable list={shownGates.value} suspect />}
    </>
  );
}

function Settings() {
  const [typed, type] = useState<string | null>(null);
  const set = (text: string): void => {
    const s = readMinutes(text);
    if (s !== null && s <= SEEN_S_MAX) seen(s);
    type(null);
  };
  const zones = zonesHere.asked.value.data?.layers.flatMap(({ zones }) => zones) ?? [];
  const may = whereabouts.asked.value.data;
  const now = may && stepAt(may.steps, (now_ms.value - Date.parse(may.server_time)) / 1000);
  return (
    <div class="lay-form">
      <label class="lay-time"><span>{t("seen_since")}</span>
        <input data-testid="seen-ago" value={typed ?? minutes(seenAgo_s())} inputMode="numeric" aria-invalid={typed !== null && readMinutes(typed) === null}
          onFocus={({ currentTarget }) => { type(minutes(seenAgo_s())); requestAnimationFrame(() => document.activeElement === currentTarget && currentTarget.select()); }}
          onInput={({ currentTarget }) => type(currentTarget.value)} onBlur={({ currentTarget }) => set(currentTarget.value)}
          onKeyDown={(event) => { if (event.key === "Enter") event.currentTarget.blur(); }} />
      </label>
      {now && <p class="meta">{t("may_be", { km: amount(now.road_m) })}</p>}
      <div class="field"><span>{t("goes_by")}</span>
        <span class="segments" role="group" aria-label={t("goes_by")}>
          {SUSPECTS.map((how) => <button key={how} class={suspect.value === how ? "is-on" : ""} aria-pressed={suspect.value === how} onClick={() => (suspect.value = how)}>{said(`suspect_${how}`)}</button>)}
        </span>
      </div>
      <div class="field"><span>{t("keep_him")}</span>
        <span class="segments" role="group" aria-label={t("keep_him")}>
          {PROTECTS.map((what) => <button key={what} class={protect.value === what ? "is-on" : ""} aria-pressed={protect.value === what} disabled={what === "zone" && !zones.length}
            onClick={() => { if (what === "zone" && !zone.value) zone.value = zones[0].id; protect.value = what; }}>{t(`protect_${what}`)}</button>)}
        </span>
      </div>
      {protect.value === "radius" && <label class="field"><span>{t("ring_radius")}</span><input type="number" min={RADIUS_MIN_M} max={RADIUS_MAX_M} step={100} value={radius_m.value} onChange={number(RADIUS_MIN_M, RADIUS_MAX_M, (n) => (radius_m.value = n))} /></label>}
      {protect.value === "zone" && <label class="field"><span>{t("zones_here")}</span><select value={zone.value ?? ""} onChange={({ currentTarget }) => (zone.value = currentTarget.value)}>{zones.map(({ id, name }) => <option key={id} value={id}>{named(name)}</option>)}</select></label>}
      <label class="field"><span>{t("margin")}</span><input type="number" min={0} max={MARGIN_S_MAX} step={5} value={margin_s.value} onChange={number(0, MARGIN_S_MAX, (n) => (margin_s.value = n))} /></label>
    </div>
  );
}

const number = (least: number, most: number, set: (n: number) => void) => ({ currentTarget }: { currentTarget: HTMLInputElement }): void => {
  const n = Number(currentTarget.value);
  const sound = currentTarget.value !== "" && n >= least && n <= most;
  currentTarget.setAttribute("aria-invalid", String(!sound));
  if (sound) set(n);
};

function Verdict() {
  const answer = plans.asked.value.data;
  if (!answer) return null;
  const { impossible } = answer;
  if (impossible) {
    const out = impossible.escape[impossible.escape.length - 1];
    return (
      <div class="verdict-box is-leak" role="alert" data-testid="impossible">
        <b class="is-alarm">{t("cannot_hold")}</b>
        {out && <p>{escapeText(out)}</p>}
        <p class="meta">{t("cannot_why")}</p>
      </div>
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
  if (!it) return null;
  return (
    <div class="actions">
      <button class="button is-primary" data-testid="cordon-order" disabled={sending.value || offline.value} title={offline.value ? t("orders_paused") : undefined} onClick={orderCordon}>
        {t("cordon_order", { n: it.plan.units })} <Key>⏎</Key>
      </button>
      <p class="meta">{t("not_promised")}</p>
    </div>
  );
}
