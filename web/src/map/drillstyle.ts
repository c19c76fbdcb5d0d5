// How a drill is drawn: the layers of its sources, and what of the live map goes on under it.
import type { LayerSpecification } from "maplibre-gl";
import type { MapLayer } from "../words";
import type { Palette } from "./palette";

export const DRILL_SOURCES = ["drill_may_be", "drill_ring", "drill_driven", "drill_ahead", "drill_track"] as const;

const isOfDrill: ReadonlySet<string> = new Set(DRILL_SOURCES);

/** The ground: what is true of a drill, too. */
const GROUND: ReadonlySet<string> = new Set(["base", "city", "parks", "river", "river_name", "roads", "districts_name", "gates"]);
export const GROUND_LAYERS: ReadonlySet<MapLayer> = new Set(["gates", "districts"]);

/** Whether a layer with this source is shown: of a drill only what is its own and the ground, live nothing of a drill. */
export const isShown = (source: string, inDrill: boolean): boolean => GROUND.has(source) || inDrill === isOfDrill.has(source);

export function drillLayers({ css }: Palette): LayerSpecification[] {
  const line = (id: string, source: string, paint: object): LayerSpecification =>
    ({ id, type: "line", source, layout: { "line-join": "round", "line-cap": "round" }, paint }) as LayerSpecification;
  return [
    { id: "drill-may-be", type: "fill", source: "drill_may_be", paint: { "fill-color": css["text-1"], "fill-opacity": 0.1 } },
    line("drill-may-be-line", "drill_may_be", { "line-color": css["text-1"], "line-width": 1.4, "line-opacity": 0.6, "line-dasharray": [1, 2] }),
    { id: "drill-ring", type: "fill", source: "drill_ring", paint: { "fill-color": css["ring-fill"], "fill-opacity": 0.07 } },
    line("drill-ring-case", "drill_ring", { "line-color": css["road-case"], "line-width": 5, "line-opacity": 0.8 }),
    line("drill-ring-line", "drill_ring", { "line-color": css["ring-line"], "line-width": 2.4, "line-dasharray": [5, 3] }),
    line("drill-driven", "drill_driven", { "line-color": css["route"], "line-width": 2.6, "line-opacity": 0.75 }),
    line("drill-ahead", "drill_ahead", { "line-color": css["text-3"], "line-width": 2.6, "line-dasharray": [0.2, 2.4] }),
    line("drill-track-case", "drill_track", { "line-color": css["map-halo"], "line-width": 8 }),
    line("drill-track", "drill_track", { "line-color": css["incident"], "line-width": 4.5 }),
  ];
}
