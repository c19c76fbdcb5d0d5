// Lines out of pieces: roads joined by name, zone borders drawn once, the ring road as a polygon,
// a river's middle for its name, circles on the ground. Pure; positions are [longitude, latitude].
import { destination } from "../units/mercator";

export type Position = [number, number];
export type Line = Position[];

const key = (p: GeoJSON.Position): string => `${p[0].toFixed(6)},${p[1].toFixed(6)}`;

/** Joins lines that meet end to end where exactly two ends meet; each piece is used once. */
export function chain(pieces: readonly Line[]): Line[] {
  const ends = new Map<string, number[]>();
  pieces.forEach((piece, n) => {
    for (const end of [piece[0], piece[piece.length - 1]]) {
      const at = key(end);
      const list = ends.get(at);
      if (list) list.push(n);
      else ends.set(at, [n]);
    }
  });
  const used = new Uint8Array(pieces.length);
  const walk = (from: number, start: Position): Line => {
    const line: Line = [start];
    for (let n: number | undefined = from; n !== undefined; ) {
      used[n] = 1;
      const next: Line = pieces[n];
      const piece: Line = key(next[0]) === key(line[line.length - 1]) ? next : [...next].reverse();
      line.push(...piece.slice(1));
      const here: number[] = ends.get(key(line[line.length - 1])) ?? [];
      n = here.length === 2 ? here.find((other) => !used[other]) : undefined;
    }
    return line;
  };
  const lines: Line[] = [];
  const loose = (p: Position) => ends.get(key(p))?.length !== 2;
  pieces.forEach((piece, n) => {
    if (used[n]) return;
    const last = piece[piece.length - 1];
    if (loose(piece[0])) lines.push(walk(n, piece[0]));
    else if (loose(last)) lines.push(walk(n, last));
  });
  pieces.forEach((piece, n) => {
    if (!used[n]) lines.push(walk(n, piece[0])); // closed loops have no loose end
  });
  return lines;
}

const outerRings = (geometry: GeoJSON.Geometry): GeoJSON.Position[][] =>
  geometry.type === "Polygon" ? geometry.coordinates
    : geometry.type === "MultiPolygon" ? geometry.coordinates.flat() : [];

/** The borders of polygons that share edges, each edge once: dashes would fill each other's gaps otherwise. */
export function borders(zones: GeoJSON.FeatureCollection): GeoJSON.FeatureCollection {
  const seen = new Set<string>();
  const pieces: Line[] = [];
  for (const feature of zones.features) {
    for (const ring of outerRings(feature.geometry)) {
      for (let i = 1; i < ring.length; i++) {
        const a = key(ring[i - 1]), b = key(ring[i]);
        const id = a < b ? `${a} ${b}` : `${b} ${a}`;
        if (a === b || seen.has(id)) continue;
        seen.add(id);
        pieces.push([ring[i - 1] as Position, ring[i] as Position]);
      }
    }
  }
  return collection(chain(pieces).map((line) => feature({ type: "LineString", coordinates: line }, {})));
}

/** Road edges joined into roads of one class and name: fewer lines to draw, and names that fit. */
export function joinRoads(edges: GeoJSON.FeatureCollection): GeoJSON.FeatureCollection {
  const groups = new Map<string, { properties: Record<string, unknown>; pieces: Line[] }>();
  for (const edge of edges.features) {
    if (edge.geometry.type !== "LineString") continue;
    const p = edge.properties ?? {};
    const id = `${p.class}|${p.name_zh}|${p.name_en}`;
    const group = groups.get(id) ?? { properties: { class: p.class, name_zh: p.name_zh, name_en: p.name_en }, pieces: [] as Line[] };
    group.pieces.push(edge.geometry.coordinates as Line);
    groups.set(id, group);
  }
  return collection([...groups.values()].flatMap(({ properties, pieces }) =>
    chain(pieces).map((line) => feature({ type: "LineString", coordinates: line }, properties))));
}

/** The ground inside the ring road; null when there is no ring. */
export function ringGround(edges: GeoJSON.FeatureCollection): GeoJSON.Feature | null {
  const pieces = edges.features
    .filter((f) => f.properties?.class === "ring" && f.geometry.type === "LineString")
    .map((f) => (f.geometry as GeoJSON.LineString).coordinates as Line);
  if (!pieces.length) return null;
  const longest = chain(pieces).reduce((a, b) => (b.length > a.length ? b : a));
  const whole = key(longest[0]) === key(longest[longest.length - 1]);
  return polygon(whole ? longest : aroundMiddle(pieces.flatMap((piece) => piece)));
}

/** Points put in order round their middle: good for any ring that its middle can see. */
function aroundMiddle(points: Line): Line {
  const x = points.reduce((s, p) => s + p[0], 0) / points.length;
  const y = points.reduce((s, p) => s + p[1], 0) / points.length;
  const ordered = [...points].sort((a, b) => Math.atan2(a[1] - y, a[0] - x) - Math.atan2(b[1] - y, b[0] - x));
  return [...ordered, ordered[0]];
}

/** A line through the middle of a long polygon, west to east, for its name to lie on. */
export function middleLine(ring: readonly GeoJSON.Position[], steps = 48): Line {
  const west = Math.min(...ring.map((p) => p[0])), east = Math.max(...ring.map((p) => p[0]));
  const line: Line = [];
  for (let n = 1; n < steps; n++) {
    const x = west + ((east - west) * n) / steps;
    const cuts: number[] = [];
    for (let i = 1; i < ring.length; i++) {
      const [a, b] = [ring[i - 1], ring[i]];
      if (a[0] > x !== b[0] > x) cuts.push(a[1] + ((x - a[0]) * (b[1] - a[1])) / (b[0] - a[0]));
    }
    cuts.sort((a, b) => a - b);
    if (cuts.length < 2) continue;
    // Of several arms take the one that goes on from the last point.
    let best = (cuts[0] + cuts[1]) / 2;
    const last = line[line.length - 1];
    for (let c = 0; c + 1 < cuts.length; c += 2) {
      const middle = (cuts[c] + cuts[c + 1]) / 2;
      if (last && Math.abs(middle - last[1]) < Math.abs(best - last[1])) best = middle;
    }
    line.push([x, best]);
  }
  return line;
}

/** Whether a point lies in a ring. */
export function inRing(ring: readonly GeoJSON.Position[], x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [ax, ay] = ring[i], [bx, by] = ring[j];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

/** A good place for a zone's name: inside it, near its middle, and inside `within` where the two meet. */
export function namePlace(zone: Line, within: Line | null, steps = 36): Position {
  const west = Math.min(...zone.map((p) => p[0])), east = Math.max(...zone.map((p) => p[0]));
  const south = Math.min(...zone.map((p) => p[1])), north = Math.max(...zone.map((p) => p[1]));
  const all: Line = [], both: Line = [];
  for (let i = 0; i < steps; i++) {
    for (let j = 0; j < steps; j++) {
      const x = west + ((east - west) * (i + 0.5)) / steps, y = south + ((north - south) * (j + 0.5)) / steps;
      if (!inRing(zone, x, y)) continue;
      all.push([x, y]);
      if (within && inRing(within, x, y)) both.push([x, y]);
    }
  }
  const points = both.length ? both : all;
  if (!points.length) return zone[0];
  const mx = points.reduce((s, p) => s + p[0], 0) / points.length, my = points.reduce((s, p) => s + p[1], 0) / points.length;
  return points.reduce((a, b) => (Math.hypot(a[0] - mx, a[1] - my) <= Math.hypot(b[0] - mx, b[1] - my) ? a : b));
}

/** The direction from one place to another, degrees clockwise from north: flat, which is true enough within a city. */
export function bearing_deg([lon_a, lat_a]: GeoJSON.Position, [lon_b, lat_b]: GeoJSON.Position): number {
  const east = (lon_b - lon_a) * Math.cos((lat_a * Math.PI) / 180);
  return ((Math.atan2(east, lat_b - lat_a) * 180) / Math.PI + 360) % 360;
}

/** The middle of a line, by its length in degrees. */
export function middleOf(line: readonly GeoJSON.Position[]): GeoJSON.Position {
  const steps = line.slice(1).map((p, n) => Math.hypot(p[0] - line[n][0], p[1] - line[n][1]));
  let left = steps.reduce((sum, step) => sum + step, 0) / 2;
  for (const [n, step] of steps.entries()) {
    if (left <= step && step > 0) {
      const [a, b] = [line[n], line[n + 1]], share = left / step;
      return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share];
    }
    left -= step;
  }
  return line[0];
}

/** A circle on the ground. */
export function circle(lat: number, lon: number, radius_m: number, steps = 96): Line {
  return Array.from({ length: steps + 1 }, (_, n) => destination(lat, lon, (n * 360) / steps, radius_m));
}

export const feature = (geometry: GeoJSON.Geometry, properties: Record<string, unknown>): GeoJSON.Feature =>
  ({ type: "Feature", geometry, properties });

export const polygon = (ring: Line, properties: Record<string, unknown> = {}): GeoJSON.Feature =>
  feature({ type: "Polygon", coordinates: [ring] }, properties);

export const collection = (features: GeoJSON.Feature[]): GeoJSON.FeatureCollection =>
  ({ type: "FeatureCollection", features });
