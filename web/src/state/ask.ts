// The questions that the right column answers: who is nearest, which rings hold, which zones lie here, who is this.
import { effect, signal, untracked } from "@preact/signals";
import { getNearest, getUnit, getZonesAt, postRings } from "../api/client";
import type { NearestAnswer, RingAnswer, UnitView, ZonesAtAnswer } from "../api/types";
import { KINDS } from "../words";
import { kindsOn, place, selected } from "./app";
import { remember, remembered } from "./memory";
import { Poll, REFRESH_MS } from "./poll";

export const NEAREST_K = 10;

export const nearest = new Poll<NearestAnswer>();
export const zonesAt = new Poll<ZonesAtAnswer>();
export const rings = new Poll<{ rings: RingAnswer[] }>();
export const unit = new Poll<UnitView>();

export const RING_NAMES = ["lockdown", "control", "guard"] as const;
export interface RingSetting { name: (typeof RING_NAMES)[number]; outer_m: number; need: number }

export const RING_MIN_M = 50;
export const RING_MAX_M = 50_000;
export const NEED_MAX = 500;

const RINGS_AT_FIRST: RingSetting[] = [
  { name: "lockdown", outer_m: 500, need: 8 },
  { name: "control", outer_m: 1_000, need: 9 },
  { name: "guard", outer_m: 3_000, need: 16 },
];

/** Settings are sound when each ring is within bounds and wider than the one inside it. */
export function soundRings(settings: readonly RingSetting[]): boolean {
  return settings.every((ring, n) =>
    ring.outer_m >= RING_MIN_M && ring.outer_m <= RING_MAX_M && Number.isInteger(ring.need) && ring.need >= 0 &&
    ring.need <= NEED_MAX && (n === 0 || ring.outer_m > settings[n - 1].outer_m));
}

export function readRings(saved: string | null): RingSetting[] {
  try {
    const list = JSON.parse(saved ?? "null") as unknown;
    if (!Array.isArray(list) || list.length !== RINGS_AT_FIRST.length) return RINGS_AT_FIRST;
    const read = RINGS_AT_FIRST.map((ring, n) => ({ name: ring.name, outer_m: Number(list[n]?.[0]), need: Number(list[n]?.[1]) }));
    return soundRings(read) ? read : RINGS_AT_FIRST;
  } catch {
    return RINGS_AT_FIRST;
  }
}

export const ringSettings = signal<readonly RingSetting[]>(readRings(remembered("rings")));

export function setRings(settings: readonly RingSetting[]): void {
  ringSettings.value = settings;
  remember("rings", JSON.stringify(settings.map((r) => [r.outer_m, r.need])));
}

export function startAsking(): void {
  effect(() => {
    const at = place.value;
    if (!at) {
      nearest.stop();
      zonesAt.stop();
      return;
    }
    const kinds = kindsOn.value.size === KINDS.length ? null : [...kindsOn.value].map((k) => KINDS[k]);
    untracked(() => {
      nearest.start((signal) => getNearest(at, NEAREST_K, kinds, signal), REFRESH_MS);
      zonesAt.start((signal) => getZonesAt(at, signal), 0);
    });
  });
  effect(() => {
    const at = place.value;
    const settings = ringSettings.value.map((r) => ({ ...r }));
    untracked(() => {
      if (at) rings.start((signal) => postRings(at, settings, signal), REFRESH_MS, rings.asked.value.data !== null);
      else rings.stop();
    });
  });
  effect(() => {
    const id = selected.value;
    untracked(() => (id ? unit.start((signal) => getUnit(id, signal), REFRESH_MS) : unit.stop()));
  });
}
