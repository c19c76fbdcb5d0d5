// The questions that the right column answers: who is nearest, which rings hold, which zones lie here, who is this.
import { effect, signal, untracked } from "@preact/signals";
import { getLoans, type Loan } from "../api/loans";
import { getNearest, getUnit, getZonesAt, postRings } from "../api/client";
import type { NearestAnswer, RingAnswer, UnitView, ZonesAtAnswer } from "../api/types";
import { KINDS } from "../words";
import { kindsOn, place, selected } from "./app";
import { startClosing } from "./closing";
import { startLaying } from "./cordon/laying";
import { startRunning } from "./cordon/running";
import { startStanding } from "./cordon/standing";
import { startCoverage } from "./coverage";
import { startDrills } from "./drill/player";
import { remember, remembered } from "./memory";
import { startMoveUp } from "./moveup";
import { Poll, REFRESH_MS } from "./poll";
import { readRings, type RingSetting } from "./rings";

export const NEAREST_K = 10;
/** Loans are made and ended by people, for hours. */
const LOANS_MS = 10_000;

export const nearest = new Poll<NearestAnswer>();
export const zonesAt = new Poll<ZonesAtAnswer>();
export const rings = new Poll<{ rings: RingAnswer[] }>();
export const unit = new Poll<UnitView>();
/** Who is lent to whom, while a unit is looked at. */
export const loans = new Poll<Loan[]>();

/** Whether the nearest are those who are there first by road, or those who are nearest as the crow flies. */
export const byRoad = signal(remembered("by") !== "distance");

export function switchByRoad(): void {
  byRoad.value = !byRoad.value;
  remember("by", byRoad.value ? "eta" : "distance");
}

export const ringSettings = signal<readonly RingSetting[]>(readRings(remembered("rings")));

export function setRings(settings: readonly RingSetting[]): void {
  ringSettings.value = settings;
  remember("rings", JSON.stringify(settings.map((r) => [r.outer_m, r.need])));
}

export function startAsking(): void {
  startCoverage();
  startClosing();
  startMoveUp();
  startLaying();
  startRunning();
  startStanding();
  startDrills();
  effect(() => {
    const at = place.value;
    if (!at) return nearest.stop();
    const kinds = kindsOn.value.size === KINDS.length ? null : [...kindsOn.value].map((k) => KINDS[k]);
    const road = byRoad.value;
    untracked(() => nearest.start((signal) => getNearest(at, NEAREST_K, kinds, road, signal), REFRESH_MS));
  });
  effect(() => {
    const at = place.value;
    untracked(() => (at ? zonesAt.start((signal) => getZonesAt(at, signal), 0) : zonesAt.stop()));
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
    untracked(() => {
      if (!id) {
        unit.stop();
        loans.stop();
        return;
      }
      unit.start((signal) => getUnit(id, signal), REFRESH_MS);
      loans.start(getLoans, LOANS_MS, loans.asked.value.data !== null);
    });
  });
}
