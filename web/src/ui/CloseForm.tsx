// The tool that closes a road: what to point at, what that means, how it is closed, why, until when.
import { t, type Word } from "../i18n";
import { REASONS } from "../i18n/reasons";
import { close, closeProblem, closing, draft, drawing, dropDraft, end, factor, firstEnd, meant, oneWay, reason } from "../state/closing";
import { offline } from "../state/connection";
import { compass, DRAWINGS, waysAlong } from "../state/drawing";
import { amount } from "./amount";
import { roadsText, stretches } from "./closurewords";
import { Key } from "./Key";
import { Blocks, ProblemNote } from "./ProblemNote";

const FACTORS = [null, 2, 3, 5] as const;
const ENDS = [null, 30, 60, 120] as const;
const REASON_CHARS_MAX = 200;

export function CloseForm() {
  return (
    <form class="close-form" data-testid="close-form" onSubmit={(event) => { event.preventDefault(); if (ready()) void close(); }}>
      <Choice word="draw_how" chosen={drawing.value} options={DRAWINGS.map((how) => [how, t(`draw_${how}`)])} choose={(how) => { drawing.value = how; dropDraft(); }} />
      {draft.value ? <Draft /> : <p class="hint-line" data-testid="draw-hint">{t(firstEnd.value ? "draw_second" : `draw_hint_${drawing.value}`)}{drawing.value === "road" && <> <Key>X</Key></>}</p>}
    </form>
  );
}

const ready = (): boolean => !offline.value && !closing.value && meant.asked.value.data !== null && reason.value.trim() !== "";

function Draft() {
  const { data, problem } = meant.asked.value;
  if (problem) return <ProblemNote problem={problem} />;
  if (!data) return <Blocks rows={2} />;
  const ways = waysAlong(data);
  const name = roadsText(data);
  const sign = closeProblem.value;
  return (
    <>
      <p class="meant" data-testid="meant" data-edges={data.edge_count}><b>{name}</b><span class="meta">{stretches(data.edge_count)} · {amount(data.length_m)}</span></p>
      <Choice word="close_how" chosen={factor.value} options={FACTORS.map((f) => [f, f === null ? t("road_closed") : t("slower", { n: f })])} choose={(f) => (factor.value = f)} />
      {ways && (
        <Choice word="close_way" chosen={oneWay.value}
          options={[[null, t("both_ways")], ...ways.map((deg): [number, string] => [deg, t(`to_${compass(deg)}`)])]} choose={(deg) => (oneWay.value = deg)} />
      )}
      <div class="field">
        <span class="meta" id="why">{t("reason")}</span>
        <span class="segments" role="group" aria-labelledby="why">
          {REASONS.map((word) => <button key={word} type="button" class={reason.value === t(word) ? "is-on" : ""} onClick={() => (reason.value = t(word))}>{t(word)}</button>)}
        </span>
        <input type="text" data-testid="reason" aria-labelledby="why" maxLength={REASON_CHARS_MAX} placeholder={t("reason_other")} value={reason.value} onInput={(event) => (reason.value = event.currentTarget.value)} />
      </div>
      <div class="field">
        <Choice word="ends" chosen={typeof end.value === "string" ? undefined : end.value}
          options={ENDS.map((m) => [m, m === null ? t("until_lifted") : m < 60 ? t("minutes", { n: m }) : t("hours", { n: m / 60 })])} choose={(m) => (end.value = m)} />
        <label class="row at-time"><span class="meta">{t("at_time")}</span>
          <input type="time" value={typeof end.value === "string" ? end.value : ""} onInput={(event) => (end.value = event.currentTarget.value || null)} />
        </label>
      </div>
      {sign && <ProblemNote problem={sign} />}
      <div class="actions is-row">
        <button type="submit" class="button is-primary" data-testid="close-road" disabled={!ready()} title={offline.value ? t("orders_paused") : undefined}>
          {t(factor.value === null ? "close_this" : "slow_this", { what: data.names.length === 1 ? name : stretches(data.edge_count) })} <Key>⏎</Key>
        </button>
        <button type="button" class="button" onClick={dropDraft}>{t("drop")}</button>
      </div>
      {!ready() && !closing.value && !offline.value && <p class="meta">{t("reason_needed")}</p>}
    </>
  );
}

/** One of a few, side by side. */
function Choice<T>({ word, chosen, options, choose }: { word: Word; chosen: T | undefined; options: readonly (readonly [T, string])[]; choose: (value: T) => void }) {
  return (
    <div class="field">
      <span class="meta">{t(word)}</span>
      <span class="segments" role="group" aria-label={t(word)}>
        {options.map(([value, text]) => <button key={text} type="button" class={chosen === value ? "is-on" : ""} aria-pressed={chosen === value} onClick={() => choose(value)}>{text}</button>)}
      </span>
    </div>
  );
}
