// Cordons that run: fetched on each notice and every few seconds, changed by hand, sighted anew, ended.
import { batch, computed, effect, signal, untracked } from "@preact/signals";
import { getCordon, getCordons, patchCordon, postSighting, type Cordon, type Gate, type GuardAsk, type LeakProblem, type Plan } from "../../api/cordons";
import { endOrder, getNearest } from "../../api/client";
import type { NearestAnswer, Place } from "../../api/types";
import { desk } from "../app";
import { now_ms, offline } from "../connection";
import { problemOf } from "../failure";
import { Poll } from "../poll";
import { renewal } from "../renewal";
import { guardsOf, leaks, MARGIN_S, rows, withUnit } from "./gates";

/** Arrivals move on between two notices. */
const LOOK_MS = 3_000;
const RELIEF_K = 5;

/** by id, oldest first: those that run, and the one that is looked at */
export const cordons = signal<ReadonlyMap<string, Cordon>>(new Map());
/** when they were fetched, server ms: their seconds count from then */
export const fetched_ms = signal(0);
export const running = computed(() => [...cordons.value.values()].filter(({ state }) => state !== "ended"));

/** those that he can get out of */
export const leaking = computed(() => running.value.filter(leaks));

const watchedId = computed(() => (desk.value?.mode === "run" ? desk.value.id : null));
/** the cordon that is looked at */
export const looked = computed(() => (watchedId.value ? (cordons.value.get(watchedId.value) ?? null) : null));
export const gateRows = computed(() => (looked.value ? rows(looked.value.gates, looked.value.margin_s ?? MARGIN_S) : []));

/** the gate that somebody pointed at, by junction and unit */
export const gateAt = signal<{ junction: number; unit: string | null } | null>(null);
export const gatePicked = computed<Gate | null>(() => looked.value?.gates.find((gate) => gate.junction === gateAt.value?.junction && gate.unit === gateAt.value.unit) ?? null);
/** who would relieve it, as the commander chose */
export const relief = signal<{ unit: string; callsign: string } | null>(null);
/** who is nearest to the gate that was picked */
export const reliefs = new Poll<NearestAnswer>();
/** where somebody says he is, until it is told */
export const sightingAt = signal<Place | null>(null);
export const sightedAt_ms = signal(0);
/** what the server would do after the last sighting */
export const proposal = signal<Plan | null>(null);
export const ending = signal(false);
export const changing = signal(false);
export const changeProblem = signal<LeakProblem | null>(null);

export function keep(cordon: Cordon): void {
  batch(() => {
    cordons.value = new Map(cordons.value).set(cordon.id, cordon);
    fetched_ms.value = now_ms.value;
  });
}

export const renewCordons = renewal(async () => {
  try {
    const list = await getCordons();
    const id = watchedId.value;
    if (id && !list.some((cordon) => cordon.id === id)) list.push(await getCordon(id));
    batch(() => {
      cordons.value = new Map(list.sort((a, b) => (a.ordered_at < b.ordered_at ? -1 : 1)).map((cordon) => [cordon.id, cordon]));
      fetched_ms.value = now_ms.value;
    });
  } catch (error) {
    // The last answer stands, with its age; the next look asks again.
    console.warn("cordons:", problemOf(error).title);
  }
});

/** Seconds of the last answer, as they are now. */
export const left = (s: number): number => s - Math.max(0, now_ms.value - fetched_ms.value) / 1000;

export function pickGate(gate: { junction: number; unit: string | null } | null): void {
  batch(() => {
    gateAt.value = gate;
    relief.value = sightingAt.value = changeProblem.value = null;
    ending.value = false;
  });
}

export function sightAt(at: Place | null): void {
  batch(() => {
    pickGate(null);
    sightingAt.value = at;
    sightedAt_ms.value = now_ms.value;
  });
}

/** One step back in what is being changed; false when nothing is. */
export function unpick(): boolean {
  if (ending.value) ending.value = false;
  else if (relief.value) relief.value = null;
  else if (sightingAt.value) sightingAt.value = null;
  else if (gateAt.value) gateAt.value = null;
  else return false;
  changeProblem.value = null;
  return true;
}

async function change(act: (id: string) => Promise<Cordon>): Promise<boolean> {
  const id = watchedId.value;
  if (!id || changing.value || offline.value) return false;
  changing.value = true;
  changeProblem.value = null;
  try {
    keep(await act(id));
    return true;
  } catch (error) {
    changeProblem.value = problemOf(error);
    return false;
  } finally {
    changing.value = false;
  }
}

async function setGuards(guards: GuardAsk[] | null): Promise<boolean> {
  if (!guards) {
    changeProblem.value = { title: "foreign_guards" };
    return false;
  }
  return change((id) => patchCordon(id, { guards }));
}

/** Sends a unit to a gate in place of the one that was to hold it. */
export async function relieve(gate: Gate, unit: string): Promise<void> {
  if (looked.value && (await setGuards(withUnit(looked.value.gates, gate, unit)))) pickGate(null);
}

export async function end(state: "opening" | "ended"): Promise<void> {
  if (await change((id) => patchCordon(id, { state }))) ending.value = false;
}

/** One gate of a cordon that is being taken away: its unit is let go. */
export async function release(gate: Gate): Promise<void> {
  const { order } = gate;
  if (!order) return;
  const released = await change(async (id) => {
    await endOrder(order, "done");
    return getCordon(id);
  });
  if (released) pickGate(null);
}

export async function tellSighting(): Promise<void> {
  const at = sightingAt.value;
  if (!at) return;
  const seen = { ...at, seen_s_ago: Math.max(0, (now_ms.value - sightedAt_ms.value) / 1000) };
  await change(async (id) => {
    const { done: _, ...cordon } = await postSighting(id, seen);
    batch(() => {
      proposal.value = cordon.proposal;
      sightingAt.value = null;
    });
    return cordon;
  });
}

export async function takeProposal(plan: Plan): Promise<void> {
  if (await setGuards(guardsOf(plan.guards))) proposal.value = null;
}

export function startRunning(): void {
  effect(() => {
    void watchedId.value;
    untracked(() => {
      pickGate(null);
      proposal.value = null;
    });
  });
  effect(() => {
    if (!running.value.length && !watchedId.value) return;
    const timer = setInterval(() => !offline.value && renewCordons(), LOOK_MS);
    return () => clearInterval(timer);
  });
  effect(() => {
    const gate = gatePicked.value;
    const at = gate && JSON.stringify(gate.at);
    untracked(() => {
      if (at === asked) return;
      asked = at;
      if (at) reliefs.start((signal) => getNearest(JSON.parse(at) as Place, RELIEF_K, ["patrol_car", "armed_car", "motorcycle", "foot"], true, signal), LOOK_MS);
      else reliefs.stop();
    });
  });
}
let asked: string | null = null;
