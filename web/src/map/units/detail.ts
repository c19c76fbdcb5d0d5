// Level of detail. Steps go by metres in a pixel, not by zoom, so that a laptop and a wall that show
// the same ground show it alike; the sizes are of the 24 box, of which a silhouette takes about 17.
import { metresPerPixel } from "../../units/mercator";

/** Above this many metres in a pixel the whole city is in view. */
export const CITY_MPP = 9;
/** Below this many the streets have names and units carry pictograms. */
export const STREET_MPP = 4.3;

/** 0 in the city, 1 in a district, 2 in the street, with short ramps so that nothing pops. */
export function level(mpp: number): number {
  const ramp = (edge: number) => Math.min(1, Math.max(0, Math.log2(edge / mpp) / 0.35 + 0.5));
  return ramp(CITY_MPP) + ramp(STREET_MPP);
}

const between = (steps: readonly [number, number, number], at: number): number =>
  at <= 1 ? steps[0] + (steps[1] - steps[0]) * at : steps[1] + (steps[2] - steps[1]) * (at - 1);

// By class: off, busy, free, committed, candidate, selected, alarm.
const SIZES: readonly (readonly [number, number, number])[] = [
  [9, 16, 22], [9.5, 16, 24], [9.5, 16, 25], [15, 19, 27], [18, 24, 29], [24, 27, 30], [24, 27, 33],
];
const ALPHAS: readonly (readonly [number, number, number])[] = [
  [0.55, 0.6, 0.7], [0.5, 0.6, 0.75], [0.75, 0.85, 0.95], [1, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 1],
];

export function sizes(lat: number, zoom: number): number[] {
  const at = level(metresPerPixel(lat, zoom));
  return SIZES.map((s) => between(s, at));
}

export function alphas(lat: number, zoom: number): number[] {
  const at = level(metresPerPixel(lat, zoom));
  return ALPHAS.map((s) => between(s, at));
}

/** A step of half a pixel at this speed is the least that an eye follows. */
const FAST_MPS = 20;

/** Time between frames while units move: in the city's view a car crawls, so fewer frames do. */
export function frameInterval_ms(lat: number, zoom: number): number {
  const ms = ((0.5 * metresPerPixel(lat, zoom)) / FAST_MPS) * 1000;
  return Math.min(250, Math.max(16, ms));
}

/** Opacity of the lines ahead of moving units: in the street, where they are longer than the unit's own mark. */
export const leadAlpha = (lat: number, zoom: number): number => Math.max(0, level(metresPerPixel(lat, zoom)) - 1);
