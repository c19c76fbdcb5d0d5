// Quiet units as numbers, where the map is looked at from farther than the whole city. Alarms, units that were sent, candidates and the chosen one
// stay what they are.
import { effect } from "@preact/signals";
import { now_ms, offline } from "../state/connection";
import { store } from "../state/live";
import { crowdLevel, gather } from "../units/crowd";
import { latitude, longitude } from "../units/mercator";
import { short } from "./density";
import { collection, feature } from "./geometry";
import type { MapView } from "./view";

/** Zoom levels that a click on a number goes in. */
const INTO_LEVELS = 2;

/** Keeps the numbers; the function that it gives is to be called when the units were packed anew. */
export function showCrowds(view: MapView): () => void {
  let level = NaN, shown = 0, counted_ms = -Infinity;
  const renew = (): void => {
    if (view.crowd === 0) {
      if (shown) view.put("crowds", collection([]));
      shown = 0;
      return;
    }
    counted_ms = performance.now();
    level = crowdLevel(view.map.getZoom(), level);
    const crowds = gather(store, level, offline.value, (slot) => view.isQuiet(slot));
    shown = crowds.length;
    view.put("crowds", collection(crowds.map(({ x, y, units, live, free }) =>
      feature({ type: "Point", coordinates: [longitude(x), latitude(y)] }, { units, free: free / units, fresh: live / units, label: `count_${short(units)}` }))));
  };
  effect(() => {
    void [now_ms.value, offline.value];
    renew();
  });
  view.map.on("zoom", () => {
    if (view.crowd === 0 ? shown : !shown || crowdLevel(view.map.getZoom(), level) !== level) renew();
  });
  return () => {
    if (performance.now() - counted_ms > COUNT_MS) renew();
  };
}

/** Numbers are counted anew at most so often. */
const COUNT_MS = 500;

/** Goes nearer where a number was clicked; false where there is none. */
export function intoCrowd(view: MapView, point: { x: number; y: number }): boolean {
  if (view.crowd < 0.5) return false;
  const [found] = view.map.queryRenderedFeatures([point.x, point.y], { layers: ["crowds"] });
  if (!found) return false;
  const [lon, lat] = (found.geometry as GeoJSON.Point).coordinates;
  view.lookInto({ lat, lon }, INTO_LEVELS);
  return true;
}
