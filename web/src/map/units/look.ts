// Which treatment, colour, class and flags a unit is drawn with. One rule for the map, the lists and the legend.
import {
  ASSIGNED, AVAILABLE, BUSY, EN_ROUTE, FOOT, LOST, OFF_DUTY, ON_SCENE, OUT_OF_SERVICE, POST, STALE,
} from "../../words";

/** How a silhouette is filled; the shader counts in the same order. */
export const TREATMENTS = ["solid", "dot", "arrow", "bar", "half", "outline", "slash", "stale", "lost", "held"] as const;
export type Treatment = (typeof TREATMENTS)[number];
export const SOLID = 0, DOT = 1, ARROW = 2, BAR = 3, HALF = 4, OUTLINE = 5, SLASH = 6, STALE_DASH = 7, LOST_DOT = 8, HELD = 9;

const OF_STATUS: Record<number, number> = {
  [OFF_DUTY]: OUTLINE, [AVAILABLE]: SOLID, [ASSIGNED]: DOT, [EN_ROUTE]: ARROW,
  [ON_SCENE]: BAR, [BUSY]: HALF, [OUT_OF_SERVICE]: SLASH,
};

/** `held`: the unit's freshness is not known (offline, or no fix since). Age wins over status, both over nothing. */
export function treatment(status: number, contact: number, held: boolean): number {
  if (held) return contact === LOST ? LOST_DOT : HELD;
  // Who is off duty or out of service is not expected to report.
  if (status !== OFF_DUTY && status !== OUT_OF_SERVICE) {
    if (contact === LOST) return LOST_DOT;
    if (contact === STALE) return STALE_DASH;
  }
  return OF_STATUS[status] ?? OUTLINE;
}

/** Index of the colour: 0-6 a status, then grey, then alarm. */
export const GREY = 7, RED = 8;
export function colour(status: number, treat: number, alarm: boolean): number {
  if (alarm) return RED;
  return treat === LOST_DOT || treat === HELD ? GREY : status;
}

/** Draw order, later above earlier. The class also decides size and opacity. */
export const CLASS_OFF = 0, CLASS_BUSY = 1, CLASS_FREE = 2, CLASS_COMMITTED = 3, CLASS_CANDIDATE = 4, CLASS_SELECTED = 5, CLASS_ALARM = 6;
export const CLASSES = 7;

export function drawClass(status: number, alarm: boolean, selected: boolean, candidate: boolean): number {
  if (alarm) return CLASS_ALARM;
  if (selected) return CLASS_SELECTED;
  if (candidate) return CLASS_CANDIDATE;
  if (status === AVAILABLE) return CLASS_FREE;
  if (status === BUSY) return CLASS_BUSY;
  return status === OFF_DUTY || status === OUT_OF_SERVICE ? CLASS_OFF : CLASS_COMMITTED;
}

/** A heading is shown only when it is fresh, the unit moves, and its kind has a front. */
export function showsHeading(kind: number, treat: number, speed_mps: number, heading_deg: number, age_ms: number, fresh_ms: number): boolean {
  const turned = kind <= FOOT && kind !== POST;
  const treated = treat === SOLID || treat === DOT || treat === HALF || treat === ARROW;
  return turned && treated && speed_mps >= 1 && heading_deg >= 0 && age_ms <= fresh_ms;
}
