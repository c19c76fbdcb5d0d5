// What one points at on the map, as the roads that a closure is to be on. Pure.
import type { Drawn, Meant, Place } from "../api/types";

export const DRAWINGS = ["road", "line", "box"] as const;
export type Drawing = (typeof DRAWINGS)[number];

const corner = ({ lat, lon }: Place): [number, number] => [lon, lat];

/** One place means the road there; two mean what the line between them crosses, or what lies in the box that they span. */
export function drawn(how: Drawing, from: Place, to: Place): Drawn {
  if (how === "road") return { type: "Point", coordinates: corner(from) };
  if (how === "line") return { type: "LineString", coordinates: [corner(from), corner(to)] };
  const [w, e] = [Math.min(from.lon, to.lon), Math.max(from.lon, to.lon)], [s, n] = [Math.min(from.lat, to.lat), Math.max(from.lat, to.lat)];
  return { type: "Polygon", coordinates: [[[w, s], [e, s], [e, n], [w, n], [w, s]]] };
}

/** The directions of a single stretch that may be driven both ways, degrees clockwise from north; null for anything else. */
export function waysAlong(meant: Meant): [number, number] | null {
  const line = meant.geometry.coordinates[0];
  if (meant.edge_count !== 1 || meant.one_way_count || !line) return null;
  const [a, b] = [line[0], line[line.length - 1]];
  const east = (b[0] - a[0]) * Math.cos((a[1] * Math.PI) / 180), north = b[1] - a[1];
  if (!east && !north) return null; // a loop has no direction to speak of
  const there = ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
  return [there, (there + 180) % 360];
}

export const COMPASS = ["north", "north_east", "east", "south_east", "south", "south_west", "west", "north_west"] as const;

/** The nearest of eight directions. */
export const compass = (deg: number): (typeof COMPASS)[number] => COMPASS[Math.round(deg / 45) % 8];

/** The next moment at which a clock on this machine shows `hh:mm`, ms since the epoch; null when it is no time of day. */
export function nextTime(text: string, now_ms: number): number | null {
  const [, h, m] = /^([01]?\d|2[0-3]):([0-5]\d)/.exec(text) ?? [];
  if (h === undefined) return null;
  const at = new Date(now_ms);
  at.setHours(Number(h), Number(m), 0, 0);
  if (at.getTime() <= now_ms) at.setDate(at.getDate() + 1);
  return at.getTime();
}
