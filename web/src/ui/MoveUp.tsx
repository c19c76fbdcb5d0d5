// Which few free units to shift so that the promise holds for more of the road: the question, the plan, its orders.
import { named, t } from "../i18n";
import type { Move, MoveUpAnswer } from "../api/types";
import { lineOf } from "../map/plans";
import { selectUnit } from "../state/app";
import { now_ms, offline } from "../state/connection";
import { clock, elapsed } from "../state/format";
import {
  asking, askMoveUp, drop, fates, limit_min, LIMITS_MIN, moves, MOVES_MAX, MOVES_MIN, orderMoves, orderOf, proposal, roadName, sending, sendProblem,
} from "../state/moveup";
import { cancel } from "../state/orders";
import { amount } from "./amount";
import { Glyph, kindIndex } from "./Glyph";
import { Key } from "./Key";
import { due } from "./lasting";
import { stateText } from "./orderwords";
import type { Fit } from "./fit";
import { Blocks, ProblemNote } from "./ProblemNote";
import { AVAILABLE } from "../words";

const percent = (share: number): string => (share * 100).toFixed(1);
/** Shares that read the same are the same. */
const same = (a: number, b: number): boolean => percent(a) === percent(b);

export function MoveUp({ fit }: { fit: Fit }) {
  const { data, problem } = proposal.asked.value;
  return (
    <div class="move-up" data-testid="move-up">
      <div class="head">
        <h2>{t("move_up")}</h2>
        {data && <span class="meta">{t("move_as_of", { t: clock(Date.parse(data.server_time)) })}</span>}
      </div>
      {!data && <div class="row ask">
        <label>{t("move_most")} <input type="number" min={MOVES_MIN} max={MOVES_MAX} value={moves.value} disabled={asking.value} onChange={setMoves} /></label>
        <span class="segments" role="group" aria-label={t("move_limit")}>
          {LIMITS_MIN.map((n) => (
            <button key={n} class={limit_min.value === n ? "is-on" : ""} aria-pressed={limit_min.value === n} disabled={asking.value} onClick={() => (limit_min.value = n)}>{t("minutes", { n })}</button>
          ))}
        </span>
      </div>}
      {!data && <button class="button" data-testid="move-ask" disabled={asking.value || offline.value} onClick={askMoveUp}>{t(asking.value ? "move_asking" : "move_ask")}</button>}
      {asking.value && <Blocks rows={3} />}
      {problem && <ProblemNote problem={problem} retry={askMoveUp} />}
      {data && <Plan plan={data} fit={fit} />}
    </div>
  );
}

function setMoves({ currentTarget }: { currentTarget: HTMLInputElement }): void {
  const n = Math.round(Number(currentTarget.value));
  const sound = n >= MOVES_MIN && n <= MOVES_MAX;
  currentTarget.setAttribute("aria-invalid", String(!sound));
  if (sound) moves.value = n;
}

function Plan({ plan, fit }: { plan: MoveUpAnswer; fit: Fit }) {
  const { before, after, bound, units, posts } = plan;
  const sent = fates.value.size > 0;
  if (!plan.moves.length) {
    return (
      <>
        <p class="verdict" data-testid="move-none">{t("move_none", { share: percent(before.share), units, posts })}</p>
        <button class="button" onClick={drop}>{t("move_done")}</button>
      </>
    );
  }
  return (
    <>
      <p class="shift" data-testid="move-shares" data-before={before.share} data-after={after.share} data-bound={bound.share}>
        <span class="meta">{t("promise_within", { n: plan.limit_s / 60 })}</span>
        <span>{percent(before.share)}%</span> <span aria-hidden="true">→</span> <b>{percent(after.share)}%</b>
      </p>
      <p class="verdict">{same(after.share, bound.share) ? t("move_best", { units, posts }) : t("move_bound", { share: percent(bound.share), n: moves.value, units, posts })}</p>
      <ol class="moves">{plan.moves.map((move, n) => <Row key={move.unit} move={move} rank={n + 1} fit={fit} />)}</ol>
      {sendProblem.value && <ProblemNote problem={sendProblem.value} />}
      {!sent && (
        <div class="actions">
          <button class="button is-primary" data-testid="move-order" disabled={sending.value || offline.value} title={offline.value ? t("orders_paused") : undefined} onClick={orderMoves}>
            {t("move_order", { n: plan.moves.length })} <Key>⏎</Key>
          </button>
          <button class="button" onClick={drop}>{t("move_drop")}</button>
        </div>
      )}
      {sent && <Sent plan={plan} />}
    </>
  );
}

function Row({ move, rank, fit }: { move: Move; rank: number; fit: Fit }) {
  const fate = fates.value.get(move.unit);
  const order = orderOf(move);
  const state = fate && "problem" in fate ? "refused" : (order?.state ?? "proposed");
  const [from, to] = [roadName(move.from), roadName(move.to)];
  const late = order?.due_at && (state === "issued" || state === "accepted") ? due(Date.parse(order.due_at), now_ms.value) : null;
  return (
    <li data-testid="move-row" data-unit={move.unit} data-state={state}>
      <button class="move" data-nav onClick={() => { selectUnit(move.unit); fit(lineOf(move)); }}>
        <span class="rank">{rank}</span>
        <Glyph kind={kindIndex(move.kind)} status={AVAILABLE} size={24} />
        <b class="who">{move.callsign}</b>
        <span class="figure">{elapsed(move.there_s * 1000)}</span>
        <span class="way">{from && to ? t("move_way", { from: named(from), to: named(to) }) : to ? t("move_to", { to: named(to) }) : t(move.kind)}</span>
        <span class="gain">{t("move_gain", { km: amount(Math.abs(move.gain_m)), sign: move.gain_m < 0 ? "−" : "+" })}</span>
      </button>
      {order && <p class={`fate is-${state}`}><i aria-hidden="true" />{stateText(order)}{late && <span class={late.late ? "is-warn" : ""}> · {late.late && "▲ "}{late.text}</span>}</p>}
      {fate && "problem" in fate && <ProblemNote problem={fate.problem} />}
    </li>
  );
}

function Sent({ plan }: { plan: MoveUpAnswer }) {
  const given = plan.moves.flatMap((move) => orderOf(move) ?? []);
  const open = given.filter(({ state }) => state !== "ended");
  return (
    <div class="actions">
      {open.length > 0 && (
        <button class="button" data-testid="move-cancel" disabled={offline.value} onClick={() => open.forEach(({ id }) => void cancel(id))}>{t("move_cancel", { n: open.length })}</button>
      )}
      <button class="button" onClick={drop}>{t("move_done")}</button>
    </div>
  );
}
