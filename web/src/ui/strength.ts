// A ring's strength as cells, one a place: held, on the way, missing. Pure.
import type { RingAnswer } from "../api/types";

export type Cell = "held" | "coming" | "missing";
/** A need of hundreds is drawn in this many cells, each standing for several places. */
export const CELLS_MAX = 40;

export interface Strength { held: number; coming: number; short: number; cells: Cell[] }

export function strength(ring: Pick<RingAnswer, "have" | "by_status">, need: number): Strength {
  const coming = Math.min(ring.have, (ring.by_status.en_route ?? 0) + (ring.by_status.assigned ?? 0));
  const held = ring.have - coming;
  const places = Math.min(need, CELLS_MAX);
  const scale = need > CELLS_MAX ? CELLS_MAX / need : 1;
  const heldCells = Math.min(places, Math.floor(held * scale));
  // Nothing is missing where there are enough.
  const comingCells = ring.have >= need ? places - heldCells : Math.min(places - heldCells, Math.floor(coming * scale));
  const cells: Cell[] = [];
  for (let n = 0; n < places; n++) cells.push(n < heldCells ? "held" : n < heldCells + comingCells ? "coming" : "missing");
  return { held, coming, short: Math.max(0, need - ring.have), cells };
}
