// Measuring on the map: the line that is measured, the length of each leg on it, and what a click adds.
import { effect } from "@preact/signals";
import type { Place } from "../api/types";
import { measureOpen } from "../state/app";
import { camera } from "../state/permalink";
import { canClose, closeShape, measured, measureTo, places, shapeClosed } from "../state/measuring";
import { areaText, lengthText } from "../ui/amount";
import { distance_m } from "../units/mercator";
import { collection, feature, polygon, type Position } from "./geometry";
import { MapState } from "./mapstate";
import type { Mark } from "./overlay";
import type { MapView } from "./view";

/** Within this many CSS pixels of the first place a click closes the shape. */
const FIRST_PX = 12;
/** The second click of a double click adds nothing. */
const SAME_PX = 3;

const position = ({ lat, lon }: Place): Position => [lon, lat];

export function showMeasure(view: MapView): void {
  effect(() => {
    const line = places.value.map(position), round = shapeClosed.value ? [...line, line[0]] : line;
    const to = measureOpen.value && !shapeClosed.value ? MapState.drawnTo.value : null;
    view.put("measure", collection([
      ...(shapeClosed.value ? [polygon(round)] : []),
      ...(round.length > 1 ? [feature({ type: "LineString", coordinates: round }, {})] : []),
      ...(to && line.length ? [feature({ type: "LineString", coordinates: [line[line.length - 1], position(to)] }, { ahead: true })] : []),
      ...line.map((coordinates) => feature({ type: "Point", coordinates }, {})),
    ]));
  });
  effect(() => {
    const on = measureOpen.value;
    if (on) MapState.drawnTo.value = MapState.pointer;
    view.map.doubleClickZoom[on ? "disable" : "enable"]();
  });
}

export function measureAt(view: MapView, at: Place): void {
  const here = view.map.project([at.lon, at.lat]);
  const near = (place: Place | undefined, within_px: number): boolean => {
    const there = place && view.map.project([place.lon, place.lat]);
    return there !== undefined && Math.hypot(there.x - here.x, there.y - here.y) <= within_px;
  };
  const list = places.value;
  if (!shapeClosed.value && near(list[list.length - 1], SAME_PX)) return;
  if (canClose.value && near(list[0], FIRST_PX)) closeShape();
  else measureTo(at);
}

const halfway = (a: Place, b: Place): Place => ({ lat: (a.lat + b.lat) / 2, lon: (a.lon + b.lon) / 2 });

export function measureMarks(ofPlace: (lat: number, lon: number) => Mark["at"]): Mark[] {
  if (!measureOpen.value) return [];
  const list = places.value, { legs_m, whole_m, area_m2 } = measured.value;
  const mark = (key: string, at: Place, text: string, rest: Partial<Mark>): Mark =>
    ({ key: `measure-${key}`, look: "mark-unit mark-leg", at: ofPlace(at.lat, at.lon), dx: 14, dy: 0, parts: [{ look: "", text }], ...rest });
  const last = list[list.length - 1];
  const marks: Mark[] = [];
  // The whole comes first: the legs give way to it.
  if (shapeClosed.value && area_m2 !== null) {
    const middle = { lat: list.reduce((sum, { lat }) => sum + lat, 0) / list.length, lon: list.reduce((sum, { lon }) => sum + lon, 0) / list.length };
    marks.push(mark("area", middle, areaText(area_m2), { look: "mark-unit mark-chosen", dx: -40 }));
  } else if (legs_m.length > 1 && last) marks.push(mark("whole", last, lengthText(whole_m), { look: "mark-unit mark-chosen", dy: 26 }));
  const to = MapState.drawnTo.value;
  // Without a pointer the key measures to the middle of the view.
  if (!to && camera.value) marks.push(mark("here", camera.value.at, "", { look: "mark-place", dx: -11, parts: [] }));
  if (to && last && !shapeClosed.value) marks.push(mark("ahead", to, lengthText(distance_m(last, to)), { dx: 18, dy: -22, yields: true }));
  legs_m.forEach((leg, n) => marks.push(mark(`leg-${n}`, halfway(list[n], list[(n + 1) % list.length]), lengthText(leg), { yields: true })));
  return marks;
}
