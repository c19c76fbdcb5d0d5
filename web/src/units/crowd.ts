// Farther out than the whole city a unit is smaller than its mark: quiet units are then told as numbers, counted from the wall's own
// store, so that nothing is asked of the server and what the lists say stays as true as ever. Pure.
import { AVAILABLE } from "../words";
import { worldPixels } from "./mercator";
import type { UnitStore } from "./store";

/** So many zoom levels beyond the whole city units begin to fade and numbers to show. */
export const CROWD_BEGINS = 1.75;
/** So many levels beyond it there are numbers alone. */
export const CROWD_WHOLE = 2.25;
/** Side of a part that is counted, CSS pixels at its level. */
const PART_PX = 72;
/** A level is left only so far from it: at its edge the parts do not change to and fro. */
const HOLD_LEVELS = 0.65;

/** 0: single units; 1: numbers alone. Without a step between, so that nothing flickers at the threshold. */
export const crowding = (zoom: number, cityZoom: number): number =>
  Math.min(1, Math.max(0, (cityZoom - zoom - CROWD_BEGINS) / (CROWD_WHOLE - CROWD_BEGINS)));

/** The level whose parts are counted at a zoom, `before` being the last. */
export const crowdLevel = (zoom: number, before: number): number => (Math.abs(zoom - before) <= HOLD_LEVELS ? before : Math.round(zoom));

export interface Crowd {
  /** the middle of its units, Mercator */
  x: number;
  y: number;
  units: number;
  /** of them known to be there now */
  live: number;
  /** of those available */
  free: number;
}

/** Counts the units that `counted` picks by parts of the map. One walk over the store. */
export function gather(store: UnitStore, level: number, offline: boolean, counted: (slot: number) => boolean): Crowd[] {
  const across = worldPixels(level) / PART_PX, rows = Math.ceil(across);
  const parts = new Map<number, Crowd>();
  for (let slot = 0; slot < store.size; slot++) {
    if (!counted(slot)) continue;
    const x = store.originX + store.toX[slot], y = store.originY + store.toY[slot];
    const key = Math.floor(x * across) * rows + Math.floor(y * across);
    let part = parts.get(key);
    if (!part) parts.set(key, (part = { x: 0, y: 0, units: 0, live: 0, free: 0 }));
    part.x += x;
    part.y += y;
    part.units += 1;
    if (offline || !store.isLive(slot)) continue;
    part.live += 1;
    if (store.status[slot] === AVAILABLE) part.free += 1;
  }
  return Array.from(parts.values(), (part) => ({ ...part, x: part.x / part.units, y: part.y / part.units }));
}
