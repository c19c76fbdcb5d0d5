// Finds the unit under the pointer in our own arrays: a walk over all of them costs less than a frame.
import { metresPerPixel } from "../units/mercator";
import type { UnitStore } from "../units/store";
import { CLASS_FREE, drawClass } from "./units/look";
import { CITY_MPP, sizes } from "./units/detail";
import { Instances, type UnitView } from "./units/instances";

/** A mouse hits within this many CSS pixels of a unit, but in the city's crowd only just. */
const REACH_PX = 10;
const REACH_CITY_PX = 5;

export interface Camera {
  lat: number;
  zoom: number;
  /** how far quiet units have given way to numbers, 0 to 1 */
  crowd: number;
  project: (mercatorX: number, mercatorY: number) => [x: number, y: number];
}

export function pick(store: UnitStore, view: UnitView, camera: Camera, x: number, y: number, now_ms: number): number {
  const size = sizes(camera.lat, camera.zoom);
  const reach = scaleOf(camera) > CITY_MPP ? REACH_CITY_PX : REACH_PX;
  let best = -1, bestScore = Infinity;
  for (let slot = 0; slot < store.size; slot++) {
    if (!Instances.visible(store, slot, view)) continue;
    const cls = drawClass(store.status[slot], store.alarm[slot] === 1, slot === view.selected, view.candidates.has(slot));
    if (cls <= CLASS_FREE && camera.crowd > 0.5) continue;
    const [px, py] = camera.project(...store.drawn(slot, now_ms));
    const d = Math.hypot(px - x, py - y);
    if (d > Math.max(reach, size[cls] / 2.6)) continue;
    const score = d - cls * 0.5; // of two as near, the one drawn above
    if (score < bestScore) {
      bestScore = score;
      best = slot;
    }
  }
  return best;
}

/** Ground metres of a CSS pixel where the camera looks. */
const scaleOf = (camera: Camera): number => metresPerPixel(camera.lat, camera.zoom);
