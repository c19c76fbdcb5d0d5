// Lengths along places that somebody pointed at, and the ground that they enclose. Pure; on the sphere that the server measures on.
import type { Place } from "../api/types";
import { distance_m, EARTH_RADIUS_M } from "./mercator";

export interface Measured {
  /** from each place to the next; of a closed shape also from the last to the first */
  legs_m: number[];
  whole_m: number;
  /** null while the shape is open, or where its sides cross and there is no inside to speak of */
  area_m2: number | null;
}

const RADIANS = Math.PI / 180;

export function measure(places: readonly Place[], closed: boolean): Measured {
  const round = closed ? [...places, places[0]] : places;
  const legs_m = round.slice(1).map((place, n) => distance_m(round[n], place));
  return { legs_m, whole_m: legs_m.reduce((sum, leg) => sum + leg, 0), area_m2: closed && !crosses(places) ? area_m2(places) : null };
}

/** The ground inside a shape whose sides are great circles: the sum of what lies between each side and the equator. */
function area_m2(places: readonly Place[]): number {
  let excess = 0;
  places.forEach((a, n) => {
    const b = places[(n + 1) % places.length];
    const [s, t] = [Math.tan((a.lat * RADIANS) / 2), Math.tan((b.lat * RADIANS) / 2)];
    excess += 2 * Math.atan((Math.tan(((b.lon - a.lon) * RADIANS) / 2) * (s + t)) / (1 + s * t));
  });
  return Math.abs(excess) * EARTH_RADIUS_M ** 2;
}

/** Whether two sides that are not neighbours meet. O(n²). */
function crosses(places: readonly Place[]): boolean {
  const side = (n: number): [Place, Place] => [places[n], places[(n + 1) % places.length]];
  for (let n = 0; n < places.length; n++) {
    for (let m = n + 2; m < places.length; m++) {
      if ((m + 1) % places.length !== n && meet(side(n), side(m))) return true;
    }
  }
  return false;
}

/** Which side of the line from `a` to `b` a place lies on: the sign says. */
const turn = (a: Place, b: Place, c: Place): number => (b.lon - a.lon) * (c.lat - a.lat) - (b.lat - a.lat) * (c.lon - a.lon);

const meet = ([a, b]: [Place, Place], [c, d]: [Place, Place]): boolean =>
  turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0;
