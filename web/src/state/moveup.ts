// Which few free units to shift so that the promise holds for more of the road: asked for, looked at, ordered, followed.
import { batch, computed, effect, signal, untracked } from "@preact/signals";
import { getRoadAt, postMoveUp, postOrders } from "../api/client";
import type { Move, MoveUpAnswer, Name, Order, Place, Problem } from "../api/types";
import { offline } from "./connection";
import { coverageOn } from "./coverage";
import { problemOf } from "./failure";
import { orders, tell, watched } from "./orders";
import { Poll } from "./poll";

export const MOVES_MIN = 1, MOVES_MAX = 20;
export const LIMITS_MIN = [1, 3, 5] as const;
export const MOVES_AT_FIRST = 3, LIMIT_AT_FIRST = 3;
/** A unit is late when it needs this much longer than planned. */
const DUE_FACTOR = 1.5;
/** Of a place's name, as orders take it. */
const PLACE_CHARS_MAX = 100;

export const moves = signal(MOVES_AT_FIRST);
export const limit_min = signal<(typeof LIMITS_MIN)[number]>(LIMIT_AT_FIRST);

export const proposal = new Poll<MoveUpAnswer>();
/** a question is under way */
export const asking = signal(false);
/** the orders are on their way */
export const sending = signal(false);
export const sendProblem = signal<Problem | null>(null);
/** the names of roads, by `lat,lon` */
export const roadNames = signal<ReadonlyMap<string, Name>>(new Map());

/** What became of a move that was ordered. */
export type Fate = { order: string } | { problem: Problem };
/** by unit; empty while nothing was ordered */
export const fates = signal<ReadonlyMap<string, Fate>>(new Map());

export const proposed = computed<readonly Move[]>(() => proposal.asked.value.data?.moves ?? []);

/** The order of a move, while it is known. */
export function orderOf(move: Move): Order | null {
  const fate = fates.value.get(move.unit);
  return (fate && "order" in fate && orders.value.get(fate.order)) || null;
}

const key = ({ lat, lon }: Place): string => `${lat.toFixed(5)},${lon.toFixed(5)}`;
export const roadName = (at: Place): Name | null => roadNames.value.get(key(at)) ?? null;

async function nameRoads(of: readonly Move[], signal: AbortSignal): Promise<void> {
  await Promise.all(of.flatMap(({ from, to }) => [from, to]).map(async (at) => {
    if (roadNames.value.has(key(at))) return;
    const road = await getRoadAt(at).catch(() => null); // a name is a help, not a need
    if (road && (road.name.zh || road.name.en) && !signal.aborted) roadNames.value = new Map(roadNames.value).set(key(at), road.name);
  }));
}

export function askMoveUp(): void {
  if (offline.value) return;
  drop();
  asking.value = true;
  const [n, within] = [moves.value, limit_min.value];
  proposal.start(async (signal) => {
    try {
      const answer = await postMoveUp(n, within, signal);
      void nameRoads(answer.moves, signal);
      return answer;
    } finally {
      if (!signal.aborted) asking.value = false;
    }
  }, 0);
}

/** A place of an order has a name in both languages, or none. */
function bothNames(name: Name | null): Name | null {
  const cut = (text: string) => [...text].slice(0, PLACE_CHARS_MAX).join("");
  return name && { zh: cut(name.zh || name.en), en: cut(name.en || name.zh) };
}

/** Orders every move; each is decided by itself. */
export async function orderMoves(): Promise<void> {
  const chosen = proposed.value;
  if (!chosen.length || sending.value || fates.value.size) return;
  sending.value = true;
  sendProblem.value = null;
  try {
    const posted = await postOrders(chosen.map((move) => {
      const place = bothNames(roadName(move.to));
      return { unit: move.unit, purpose: "move_up", to: move.to, due_s: Math.ceil(move.there_s * DUE_FACTOR), ...(place && { place }) };
    }));
    batch(() => {
      const next = new Map<string, Fate>(posted.orders.map((order) => [order.unit, { order: order.id }]));
      for (const { index, problem } of posted.refused ?? []) if (chosen[index]) next.set(chosen[index].unit, { problem });
      watched.value = new Set(posted.orders.map((order) => order.id));
      posted.orders.forEach(tell);
      fates.value = next;
    });
  } catch (error) {
    sendProblem.value = problemOf(error);
  } finally {
    sending.value = false;
  }
}

/** Forgets the proposal; orders that were given stand. */
export function drop(): void {
  batch(() => {
    proposal.stop();
    asking.value = false;
    sendProblem.value = null;
    fates.value = new Map();
    watched.value = new Set();
    roadNames.value = new Map();
  });
}

export function startMoveUp(): void {
  effect(() => {
    if (!coverageOn.value) untracked(drop);
  });
}
