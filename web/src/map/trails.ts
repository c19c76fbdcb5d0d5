// The ways of chosen units on the map.
import { effect } from "@preact/signals";
import { onUnits } from "../state/live";
import { trails, watching } from "../state/trails";
import { collection, feature } from "./geometry";
import type { MapView } from "./view";

export function showTrails(view: MapView): void {
  const draw = (): void => {
    trails.fresh = false;
    view.put("trails", collection(trails.stretches().map(({ known, places }) =>
      feature({ type: "LineString", coordinates: places.map(({ lat, lon }) => [lon, lat]) }, { known }))));
  };
  onUnits(() => trails.fresh && draw());
  effect(() => {
    void watching.value;
    draw();
  });
}
