// Roads that are closed or slow on the map, and what somebody draws to close one.
import { effect } from "@preact/signals";
import type { Closure } from "../api/types";
import { reasonText } from "../i18n/reasons";
import { measureOpen } from "../state/app";
import { draft, drawing, firstEnd, meant } from "../state/closing";
import { closureAt, closures } from "../state/closures";
import { drawn } from "../state/drawing";
import { bearing_deg, collection, feature, middleOf } from "./geometry";
import { MapState } from "./mapstate";
import type { MapView } from "./view";

/** A click hits the sign of a closure within this many CSS pixels. */
const SIGN_PX = 12;

/** One way is pointed at, as the line leads; both need no direction. */
function sign({ factor, heading_deg }: Closure, line: GeoJSON.Position[]): Record<string, unknown> {
  const name = factor === null ? "closed" : "slow";
  return heading_deg === null ? { sign: name, bearing_deg: 0 } : { sign: `${name}_way`, bearing_deg: bearing_deg(line[0], line[line.length - 1]) };
}

const looks = ({ id, factor, heading_deg, reason }: Closure) => ({ id, slow: factor !== null, one_way: heading_deg !== null, reason: reasonText(reason) });

/** Its sign stands in the middle of the longest of its lines. */
function signOf(closure: Closure): GeoJSON.Feature[] {
  const lines = closure.geometry.coordinates.filter((line) => line.length > 1);
  if (!lines.length) return [];
  const longest = lines.reduce((a, b) => (extent(b) > extent(a) ? b : a));
  return [feature({ type: "Point", coordinates: middleOf(longest) }, { ...looks(closure), ...sign(closure, longest) })];
}

const extent = (line: GeoJSON.Position[]): number => line.slice(1).reduce((sum, p, n) => sum + Math.hypot(p[0] - line[n][0], p[1] - line[n][1]), 0);

export function showRoads(view: MapView): void {
  effect(() => {
    const list = closures.value ?? [], at = closureAt.value;
    view.put("closures", collection(list.map((closure) => feature(closure.geometry, { ...looks(closure), at: closure.id === at }))));
    view.put("closures_at", collection(list.flatMap(signOf)));
  });
  effect(() => {
    const roads = draft.value ? meant.asked.value.data : null;
    view.put("meant", collection(roads ? [feature(roads.geometry, {})] : []));
  });
  effect(() => {
    const from = firstEnd.value, to = MapState.drawnTo.value;
    const shape = draft.value ?? (from && to ? drawn(drawing.value, from, to) : null);
    // A single place is shown by the road that it means.
    view.put("draft", collection(shape && shape.type !== "Point" ? [feature(shape as GeoJSON.Geometry, {})] : []));
  });
  effect(() => {
    if (!firstEnd.value && !measureOpen.value) MapState.drawnTo.value = null;
  });
}

/** The closure whose sign is at a place of the map, CSS pixels. */
export function pickClosure(view: MapView, { x, y }: { x: number; y: number }): string | null {
  const box: [[number, number], [number, number]] = [[x - SIGN_PX, y - SIGN_PX], [x + SIGN_PX, y + SIGN_PX]];
  const [found] = view.map.queryRenderedFeatures(box, { layers: ["closures-at"] });
  return found ? String(found.properties.id) : null;
}
