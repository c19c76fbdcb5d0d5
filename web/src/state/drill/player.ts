// The player of drills: what can be played, what is, and its clock. It touches nothing of the live wall, which goes on behind it.
import { batch, computed, effect, signal, untracked } from "@preact/signals";
import { getDrills, playDrill, type DrillReport, type Scenario } from "../../api/drills";
import type { Problem } from "../../api/types";
import { drillsOpen, selectUnit, desk, place, roadsOpen } from "../app";
import { problemOf } from "../failure";
import { store } from "../live";
import { Poll } from "../poll";
import { cordonAt, endOf, eventAt, scenery, stepFrom } from "./replay";

export const SPEEDS = [1, 4, 16, 60] as const;
export type Speed = (typeof SPEEDS)[number];
export const STEP_S = 10;
/** A picture that came late does not skip more than this. */
const LATE_MS = 250;
/** Who wants no motion gets a picture so often. */
const STILL_MS = 500;

export const scenarios = new Poll<Scenario[]>();
/** the scenario that the server plays now, or refused */
export const preparing = signal<{ id: string; problem: Problem | null } | null>(null);
/** what is shown instead of the live city; null: nothing */
export const drill = signal<DrillReport | null>(null);
/** the time of the drill that is shown, seconds since the offence */
export const at_s = signal(0);
export const playing = signal(false);
export const speed = signal<Speed>(4);

export const eventNo = computed(() => (drill.value ? eventAt(drill.value.events, at_s.value) : -1));
/** the last whole second or the last event: what panels are renewed by, not each picture */
export const second = computed(() => Math.max(Math.floor(at_s.value), drill.value?.events[eventNo.value]?.at_s ?? 0));
export const cordonNow = computed(() => (drill.value ? cordonAt(drill.value, at_s.value) : null));

let asking = new AbortController();
/** grows with each time that it is set going */
let run = 0;

export function startDrills(): void {
  effect(() => {
    const open = drillsOpen.value;
    untracked(() => (open ? scenarios.start(getDrills, 0, true) : forget()));
  });
}

function forget(): void {
  asking.abort();
  preparing.value = null;
  scenarios.stop();
}

export function toggleDrills(): void {
  const open = drillsOpen.value;
  batch(() => {
    selectUnit(null);
    desk.value = null;
    place.value = null;
    roadsOpen.value = false;
    drillsOpen.value = !open;
  });
}

/** Has the server play a scenario, then shows it from its beginning. */
export async function open(id: string): Promise<void> {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  preparing.value = { id, problem: null };
  try {
    const report = await playDrill(id, signal);
    if (signal.aborted) return;
    batch(() => {
      preparing.value = null;
      at_s.value = 0;
      drill.value = report;
    });
    play();
  } catch (error) {
    if (!signal.aborted) preparing.value = { id, problem: problemOf(error) };
  }
}

/** Back to the live city, as it was left. */
export function leave(): void {
  batch(() => {
    playing.value = false;
    drill.value = null;
  });
}

/** Plays on from where it is, or from the beginning where it is over. */
function play(): void {
  const report = drill.value;
  if (!report) return;
  const end_s = endOf(report);
  if (at_s.value >= end_s) at_s.value = 0;
  playing.value = true;
  const mine = ++run;
  let last_ms = performance.now();
  const picture = (now_ms: number): void => {
    if (!playing.value || run !== mine) return;
    const passed_ms = now_ms - last_ms;
    if (!store.reducedMotion || passed_ms >= STILL_MS) {
      last_ms = now_ms;
      at_s.value = Math.min(end_s, at_s.value + (Math.max(0, Math.min(passed_ms, store.reducedMotion ? 2 * STILL_MS : LATE_MS)) / 1000) * speed.value);
      if (at_s.value >= end_s) playing.value = false;
    }
    requestAnimationFrame(picture);
  };
  requestAnimationFrame(picture);
}

export function togglePlay(): void {
  if (playing.value) playing.value = false;
  else play();
}

export function seek(s: number): void {
  if (drill.value) at_s.value = Math.min(endOf(drill.value), Math.max(0, s));
}

/** To the next event, or the one before. */
export function stepEvent(by: 1 | -1): void {
  const s = drill.value && stepFrom(drill.value.events, at_s.value, by);
  if (s !== null) seek(s);
}

/** What of the drill there is to see now: the suspect's way, and the gates. */
export const ground = (): GeoJSON.Position[] =>
  drill.value ? [...scenery(drill.value), ...(cordonNow.value?.gates ?? []).map(({ at }) => [at.lon, at.lat])] : [];

/** The keys of a drill; false for those that mean nothing in it. */
export function drillKey(key: string, wholeDrill: () => void): boolean {
  switch (key) {
    case " ":
      togglePlay();
      return true;
    case "ArrowLeft":
    case "ArrowRight":
      seek(at_s.value + (key === "ArrowLeft" ? -STEP_S : STEP_S));
      return true;
    case "j":
    case "k":
      stepEvent(key === "j" ? 1 : -1);
      return true;
    case "0":
      wholeDrill();
      return true;
    case "Escape":
      leave();
      return true;
    default: {
      const nth = SPEEDS[Number(key) - 1];
      if (nth) speed.value = nth;
      return nth !== undefined;
    }
  }
}
