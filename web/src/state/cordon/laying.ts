// Laying a cordon: where and when he was seen, how he goes, what to protect; the plans that hold; the one that is ordered.
import { batch, computed, effect, signal, untracked } from "@preact/signals";
import {
  getSuspect, postCordon, postCordonPlan, type CordonAsk, type LeakProblem, type PlanAnswer, type Protect, type Start, type Suspect, type SuspectAnswer,
} from "../../api/cordons";
import { getZonesAt } from "../../api/client";
import type { Name, Place, ZonesAtAnswer } from "../../api/types";
import { desk, place, selectUnit } from "../app";
import { now_ms, offline } from "../connection";
import { problemOf } from "../failure";
import { Poll } from "../poll";
import { choices, guardsOf, MARGIN_S } from "./gates";
import { nameOf } from "./names";
import { cordons, keep } from "./running";

export const SEEN_S_AT_FIRST = 180, SEEN_S_MAX = 21_600;
export const RADIUS_MIN_M = 200, RADIUS_MAX_M = 20_000;
export const MARGIN_S_MAX = 600;
const BUDGET_MS = 250, BUDGET_LONG_MS = 5_000;
/** Plans age: units drive on and so does he. */
const RENEW_MS = 15_000;
const SUSPECT_RENEW_MS = 60_000;
/** A plan is read before it is ordered: one that still holds when it is ordered so much later is preferred. */
const DECIDE_S = 25;
/** What is being typed is not asked yet. */
const SETTLE_MS = 350;

export const start = signal<Place | null>(null);
/** when he was seen there, server ms */
export const seenAt_ms = signal(0);
export const suspect = signal<Suspect>("car");
export const protect = signal<"gates" | "radius" | "zone">("gates");
export const radius_m = signal(3_000);
export const zone = signal<string | null>(null);
export const margin_s = signal(MARGIN_S);

export const plans = new Poll<PlanAnswer>();
/** where he may be now and soon: of the cordon that is laid, or looked at */
export const whereabouts = new Poll<SuspectAnswer>();
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
export const layStarts = (): Start[] => (start.value ? [{ ...start.value, seen_s_ago: seenAgo_s() }] : []);
/** the road where he was seen */
export const seenRoad = computed<Name | null>(() => (start.value ? nameOf(start.value) : null));

export const seenAgo_s = (): number => Math.min(SEEN_S_MAX, Math.max(0, (now_ms.value - seenAt_ms.value) / 1000));

function protectAsk(): Protect {
  if (protect.value === "radius") return { radius_m: radius_m.value };
  return protect.value === "zone" && zone.value ? { zone: zone.value } : { gates: true };
}

const question = (): CordonAsk => ({ starts: layStarts(), suspect: suspect.value, protect: protectAsk(), margin_s: margin_s.value });

/** Opens the desk: with a place that was chosen, it is where he was seen. */
export function openCordon(): void {
  batch(() => {
    const last = [...cordons.value.values()].filter(({ state }) => state !== "ended").pop();
    selectUnit(null);
    if (place.value || !last) layAt(place.value);
    else desk.value = { mode: "run", id: last.id };
  });
}

export function layAt(at: Place | null): void {
  batch(() => {
    const moved = desk.value?.mode === "lay" && start.value !== null;
    place.value = null;
    start.value = at;
    if (!moved) seenAt_ms.value = now_ms.value - SEEN_S_AT_FIRST * 1000;
    choice.value = 0;
    orderProblem.value = null;
    desk.value = { mode: "lay" };
  });
}

export function seen(seconds: number): void {
  seenAt_ms.value = now_ms.value - seconds * 1000;
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
      const within = (decide_s: number) => postCordonPlan({ ...question(), decide_s }, budget_ms, signal);
      const lasting = await within(DECIDE_S);
      return lasting.plans.length ? lasting : await within(0);
    } finally {
      if (!signal.aborted) planning.value = false;
    }
  }, RENEW_MS);
}

export async function orderCordon(): Promise<void> {
  const it = chosen.value;
  if (!it || sending.value || offline.value) return;
  sending.value = true;
  orderProblem.value = null;
  try {
    const cordon = await postCordon(question(), it.plan.objective, guardsOf(it.plan));
    batch(() => {
      keep(cordon);
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
    void [seenAt_ms.value, suspect.value, protectAsk(), margin_s.value];
    untracked(() => {
      clearTimeout(timer);
      orderProblem.value = null;
      if (open) timer = window.setTimeout(() => askPlans(), SETTLE_MS);
      else {
        plans.stop();
        planning.value = plansHeld.value = false;
      }
    });
  });
  effect(() => {
    const at = desk.value?.mode === "lay" ? start.value : null;
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
      else whereabouts.start((signal) => getSuspect({ ...hunt.at, seen_s_ago: Math.min(SEEN_S_MAX, Math.max(0, (now_ms.value - hunt.seen_ms) / 1000)) }, hunt.suspect, signal), SUSPECT_RENEW_MS);
    });
  });
}

/** Who is looked for: where and when he was seen last. */
const hunted = computed((): { at: Place; seen_ms: number; suspect: Suspect } | null => {
  const at = desk.value;
  if (at?.mode === "lay") return start.value && { at: start.value, seen_ms: seenAt_ms.value, suspect: suspect.value };
  const key = at?.mode === "run" ? huntOf(at.id) : "";
  return key ? JSON.parse(key) : null;
});

/** As text, which stays the same while the cordon's gates change. */
function huntOf(id: string): string {
  const cordon = cordons.value.get(id);
  const last = cordon?.starts[cordon.starts.length - 1];
  if (!cordon?.suspect || !last || cordon.state === "ended") return "";
  return JSON.stringify({ at: { lat: last.lat, lon: last.lon }, seen_ms: Date.parse(last.seen_at), suspect: cordon.suspect });
}
