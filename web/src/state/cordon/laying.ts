// Laying a cordon: the plans that hold for what is asked, the one that is chosen, and its order.
import { batch, computed, effect, signal, untracked } from "@preact/signals";
import { getSuspect, postCordon, postCordonPlan, type LeakProblem, type PlanAnswer, type Suspect, type SuspectAnswer } from "../../api/cordons";
import { getZonesAt } from "../../api/client";
import type { Place, ZonesAtAnswer } from "../../api/types";
import { desk, place, selectUnit } from "../app";
import { now_ms, offline } from "../connection";
import { problemOf } from "../failure";
import { Poll } from "../poll";
import { adding, asStart, name, question, SEEN_S_AT_FIRST, start, starts, STARTS_MAX, suspect, terms, zone, type Seen } from "./asked";
import { choices, guardsOf } from "./gates";
import { cordons, keep } from "./running";

const BUDGET_MS = 250, BUDGET_LONG_MS = 5_000;
/** Plans age: units drive on and so does he. */
const RENEW_MS = 15_000;
const SUSPECT_RENEW_MS = 60_000;
/** A plan is read before it is ordered: one that still holds when it is ordered so much later is preferred. */
const DECIDE_S = 25;
/** What is being typed is not asked yet. */
const SETTLE_MS = 350;

export const plans = new Poll<PlanAnswer>();
/** where he may be now and soon, from each place where he may have been: of the cordon that is laid, or looked at */
export const whereabouts = new Poll<SuspectAnswer[]>();
export const zonesHere = new Poll<ZonesAtAnswer>();
/** which of the choices */
export const choice = signal(0);
/** somebody points at the plans: they stay as they are */
export const plansHeld = signal(false);
export const planning = signal(false);
export const sending = signal(false);
export const orderProblem = signal<LeakProblem | null>(null);

export const offered = computed(() => choices(plans.asked.value.data?.plans ?? []));
export const chosen = computed(() => (desk.value?.mode === "lay" ? (offered.value[choice.value] ?? offered.value[0] ?? null) : null));
/** where he cannot be held: the best that can be done */
export const partial = computed(() => {
  const answer = desk.value?.mode === "lay" ? plans.asked.value.data : null;
  return (answer?.impossible && answer.partial) || null;
});

/** Opens the desk: with a place that was chosen, it is where he was seen. */
export function openCordon(): void {
  batch(() => {
    const last = [...cordons.value.values()].filter(({ state }) => state !== "ended").pop();
    selectUnit(null);
    if (place.value || !last) layAt(place.value);
    else desk.value = { mode: "run", id: last.id };
  });
}

/** He was seen there, and not where was said last; or there as well, while places are being added. */
export function layAt(at: Place | null): void {
  batch(() => {
    const known = desk.value?.mode === "lay" && at ? starts.value : [];
    const more = adding.value && known.length < STARTS_MAX;
    const seen: Seen | null = at && { at, seen_ms: known[known.length - 1]?.seen_ms ?? now_ms.value - SEEN_S_AT_FIRST * 1000 };
    place.value = null;
    starts.value = seen ? [...(more ? known : known.slice(0, -1)), seen] : [];
    adding.value = false;
    choice.value = 0;
    orderProblem.value = null;
    desk.value = { mode: "lay" };
  });
}

/** The server works on, though nobody waits for its answer any more: the next question is asked when the one before was answered. */
let before: Promise<unknown> = Promise.resolve();
function inTurn(decide_s: number, budget_ms: number, signal: AbortSignal): Promise<PlanAnswer> {
  const turn = before.catch(() => null).then(() => {
    signal.throwIfAborted();
    return postCordonPlan({ ...question(), decide_s }, budget_ms);
  });
  before = turn;
  return turn;
}

/** Asks for plans now and again; `long` lets each search take its time. */
export function askPlans(long = false): void {
  if (offline.value || !start.value) return;
  planning.value = true;
  let first = true;
  plans.start(async (signal) => {
    const last = plans.asked.value.data;
    if (!first && last && (plansHeld.value || sending.value)) return last;
    const budget_ms = long ? BUDGET_LONG_MS : BUDGET_MS;
    first = false;
    try {
      const lasting = await inTurn(DECIDE_S, budget_ms, signal);
      return lasting.plans.length ? lasting : await inTurn(0, budget_ms, signal);
    } finally {
      if (!signal.aborted) planning.value = false;
    }
  }, RENEW_MS);
}

/** Orders the plan that was chosen, or the best that can be done. */
export async function orderCordon(): Promise<void> {
  const plan = chosen.value?.plan, rest = partial.value;
  const guards = guardsOf(plan?.guards ?? rest?.guards ?? []);
  if (!guards?.length || sending.value || offline.value) return;
  sending.value = true;
  orderProblem.value = null;
  const called = name.value.trim();
  try {
    const asked = { ...question(), ...(called && { name: { zh: called, en: called } }) };
    const cordon = await postCordon(asked, plan ? { objective: plan.objective } : { accept_leaks: true }, guards);
    batch(() => {
      keep(cordon);
      name.value = "";
      desk.value = { mode: "run", id: cordon.id };
    });
  } catch (error) {
    orderProblem.value = problemOf(error);
  } finally {
    sending.value = false;
  }
}

export function startLaying(): void {
  let timer = 0;
  effect(() => {
    const open = desk.value?.mode === "lay" && start.value !== null;
    void [starts.value, terms()];
    untracked(() => {
      clearTimeout(timer);
      orderProblem.value = null;
      if (open) timer = window.setTimeout(() => askPlans(), SETTLE_MS);
      else {
        plans.stop();
        planning.value = plansHeld.value = adding.value = false;
      }
    });
  });
  let zonesOf: Place | null = null;
  effect(() => {
    const at = desk.value?.mode === "lay" ? start.value : null;
    if (at === zonesOf) return;
    zonesOf = at;
    untracked(() => {
      zone.value = null;
      if (at) zonesHere.start((signal) => getZonesAt(at, signal), 0);
      else zonesHere.stop();
    });
  });
  effect(() => {
    const hunt = hunted.value;
    untracked(() => {
      if (!hunt) whereabouts.stop();
      else whereabouts.start((signal) => Promise.all(hunt.seen.map((seen) => getSuspect(asStart(seen), hunt.suspect, signal))), SUSPECT_RENEW_MS);
    });
  });
}

/** Who is looked for: where and when he may have been seen. */
const hunted = computed((): { seen: readonly Seen[]; suspect: Suspect } | null => {
  const at = desk.value;
  if (at?.mode === "lay") return start.value && { seen: starts.value, suspect: suspect.value };
  const key = at?.mode === "run" ? huntOf(at.id) : "";
  return key ? JSON.parse(key) : null;
});

/** As text, which stays the same while the cordon's gates change. */
function huntOf(id: string): string {
  const cordon = cordons.value.get(id);
  if (!cordon?.suspect || !cordon.starts.length || cordon.state === "ended") return "";
  const seen: Seen[] = cordon.starts.map(({ lat, lon, seen_at }) => ({ at: { lat, lon }, seen_ms: Date.parse(seen_at) }));
  return JSON.stringify({ seen, suspect: cordon.suspect });
}
