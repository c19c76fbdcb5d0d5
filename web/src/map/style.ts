// The map's style: ground, water, roads, zones, things that stand still, rings. The units' own layer
// goes in before `ABOVE_UNITS`.
import type { ExpressionSpecification as Expression, LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";
import type { BaseMap } from "../api/types";
import type { Lang } from "../i18n/pure";
import type { MapLayer } from "../words";
import { baseGround, baseHighways, baseNames, baseRoads, baseSource, BASE_SOURCE } from "./basestyle";
import { countLayers } from "./countstyle";
import { drillLayers, DRILL_SOURCES } from "./drillstyle";
import type { Palette } from "./palette";
import { grow, MEDIUM, STRONG } from "./styleparts";

const EMPTY: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };

/** Sources by id; each is filled when its data comes. */
export const SOURCES = [
  "city", "coverage", "coverage_gap", "parks", "river", "river_name", "roads", "districts_border", "districts_name", "rapid", "responsibility", "beats",
  "reach", "gates", "stations", "service_stations", "cameras", "closures", "closures_at", "meant", "draft", "rings", "routes", "moves", "moves_end", "sent", "doubt", "suspect", "cordon_inside", "cordon_ways", "cordon_out", "escapes", "escapes_end", "drag", "trails", "measure", "pin", "density", "crowds",
  ...DRILL_SOURCES,
] as const;
export type SourceId = (typeof SOURCES)[number];

/** Circles are to look round at every zoom. */
const ROUND: ReadonlySet<string> = new Set(["reach", "rings", "doubt"]);

const ROUND_LINE = { layout: { "line-join": "round", "line-cap": "round" } };

/** Which style layers a switch of the bottom bar shows and hides. */
export const STYLE_LAYERS_OF: Record<MapLayer, readonly string[]> = {
  rapid: ["rapid"], responsibility: ["responsibility"], beats: ["beats"],
  gates: ["gates"], posts: ["reach-fill", "reach-line"],
  stations: ["stations"], service_stations: ["service_stations"], cameras: ["cameras"],
  districts: ["districts-border", "districts-name"],
  base: [], // stands in for the city's own ground
};

const isClass = (...names: string[]): Expression => ["in", ["get", "class"], ["literal", names]];

/** `cityZoom`: at which the whole city is in view. */
export function layers(palette: Palette, lang: Lang, cityZoom: number, base: BaseMap | null): LayerSpecification[] {
  const c = palette.css;
  const name: Expression = ["coalesce", ["get", `name_${lang}`], ["get", "name_en"], ""];
  const line = (id: string, source: SourceId, paint: object, rest: object = {}): LayerSpecification =>
    ({ id, type: "line", source, layout: { "line-join": "round", "line-cap": "butt" }, paint, ...rest }) as LayerSpecification;
  const road = (id: string, filter: Expression, colour: string, width: Expression, casing: Expression, minzoom = 0, cased = true): LayerSpecification[] => {
    const round = { layout: { "line-join": "round", "line-cap": "round" } };
    const body = line(id, "roads", { "line-color": colour, "line-width": width }, { filter, minzoom, ...round });
    return [line(`${id}-case`, "roads", { "line-color": c["road-case"], "line-width": casing, "line-opacity": cased ? 1 : 0 }, { filter, minzoom, ...round }), body];
  };
  const label = { "text-font": MEDIUM, "text-field": name };
  const halo = { "text-color": c["map-text"], "text-halo-color": c["map-halo"], "text-halo-width": 1.8 };
  return [
    { id: "land", type: "background", paint: { "background-color": c["map-land"] } },
    { id: "city", type: "fill", source: "city", paint: { "fill-color": c["map-city"], "fill-antialias": false } },
    ...(base ? baseGround(palette, base) : []),
    // Before the first answer a cell has no state and shows nothing. In the dark its green is that of units: theirs comes first.
    { id: "coverage", type: "fill", source: "coverage", paint: { "fill-antialias": false, "fill-opacity": palette.light ? 0.85 : 0.5, "fill-color": ["match", ["coalesce", ["feature-state", "within"], 4], 0, c["cov-1"], 1, c["cov-3"], 2, c["cov-5"], "rgba(0,0,0,0)"] } },
    { id: "coverage-gap", type: "fill", source: "coverage_gap", paint: { "fill-antialias": false, "fill-pattern": "gap" } },
    { id: "parks", type: "fill", source: "parks", paint: { "fill-color": c["map-park"] } },
    { id: "river", type: "fill", source: "river", paint: { "fill-color": c["map-water"] } },
    ...road("street", isClass("street"), c["road-m"], grow(1, 4.5, 15), grow(0, 6, 18), 0, palette.light),
    // Of an imported map. Paths and yards come out where the streets have names; a ferry is no road.
    ...road("service", isClass("service"), c["road-m"], grow(0.6, 2.6, 8), grow(0, 3.8, 10), 13.2, palette.light),
    line("path", "roads", { "line-color": palette.light ? c["line-3"] : c["road-ring"], "line-width": grow(0.6, 1.2, 2.4), "line-dasharray": [2, 1.6] }, { filter: isClass("path"), minzoom: 13.8 }),
    line("ferry", "roads", { "line-color": c["map-water-text"], "line-width": grow(1, 1.6, 3), "line-dasharray": [4, 3], "line-opacity": 0.8 }, { filter: isClass("ferry") }),
    ...road("secondary", isClass("secondary"), c["road-s"], grow(1.7, 7, 20), grow(2.8, 9, 23)),
    ...road("arterial", isClass("arterial", "highway"), c["road-a"], grow(3.2, 11, 28), grow(5, 13.5, 32)),
    ...(base ? baseRoads(palette, base) : []),
    line("beats", "beats", { "line-color": c["zone-beat"], "line-width": 1.2, "line-dasharray": [1.25, 3.3] }),
    line("responsibility", "responsibility", { "line-color": c["zone-resp"], "line-width": 1.4, "line-dasharray": [5, 3.6] }),
    line("rapid", "rapid", { "line-color": c["zone-rapid"], "line-width": 2, "line-opacity": 0.62 }),
    // Zones end at the ring road; the road is the stronger line.
    ...road("motorway", isClass("motorway"), c["road-ring"], grow(3.6, 12, 30), grow(5.6, 15, 34)),
    ...road("ring", isClass("ring"), c["road-ring"], grow(5, 14, 34), grow(7.5, 17, 38)),
    ...(base ? baseHighways(palette, base) : []),
    line("districts-border", "districts_border", { "line-color": c["text-3"], "line-width": 1, "line-opacity": 0.28 }),
    { id: "reach-fill", type: "fill", source: "reach", minzoom: 12.7, paint: { "fill-color": c["ring-fill"], "fill-opacity": 0.06 } },
    line("reach-line", "reach", { "line-color": c["ring-line"], "line-width": 1, "line-opacity": 0.28 }, { minzoom: 12.7 }),
    ...(base ? baseNames(palette, base, lang) : []),
    {
      id: "river-name", type: "symbol", source: "river_name",
      layout: { ...label, "symbol-placement": "line", "symbol-spacing": 420, "text-size": ["interpolate", ["linear"], ["zoom"], 11, 13, 14, 18], "text-letter-spacing": lang === "zh" ? 1.2 : 0.35, "text-transform": lang === "en" ? "uppercase" : "none", "text-max-angle": 60 },
      paint: { "text-color": c["map-water-text"], "text-halo-color": c["map-water"], "text-halo-width": 1 },
    },
    {
      id: "road-name", type: "symbol", source: "roads", minzoom: 13.3,
      filter: isClass("arterial", "secondary", "ring", "highway", "motorway"),
      layout: { ...label, "symbol-placement": "line", "symbol-spacing": 520, "text-size": 14, "text-padding": 12, "text-max-angle": 30 },
      paint: halo,
    },
    ...closed("closures", palette.light ? 1 : 0.95),
    {
      id: "cameras", type: "symbol", source: "cameras",
      layout: { "icon-image": "camera", "icon-size": ["interpolate", ["linear"], ["zoom"], 12, 0.6, 15, 1], "icon-allow-overlap": true },
      paint: { "icon-opacity": 0.75 },
    },
    place("stations", "station", 13.4),
    place("service_stations", "service_station", 13.8),
    {
      id: "gates", type: "symbol", source: "gates",
      layout: {
        "icon-image": "gate", "icon-rotate": ["get", "bearing_deg"], "icon-rotation-alignment": "map", "icon-allow-overlap": true,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 11, 0.62, 12.3, 0.8, 14.2, 1.2, 16, 1.8],
        "text-font": MEDIUM, "text-field": ["step", ["zoom"], "", 13.2, ["get", "id"]], "text-size": 14, "text-offset": [0, 1.5], "text-optional": true,
      },
      paint: halo,
    },
    {
      id: "districts-name", type: "symbol", source: "districts_name", maxzoom: 14.6,
      layout: { ...label, "text-font": STRONG, "text-size": ["interpolate", ["linear"], ["zoom"], 11, 15, 13.5, 20], "text-letter-spacing": lang === "zh" ? 0.22 : 0.04, "text-padding": 4 },
      paint: { ...halo, "text-halo-width": 2.4 },
    },
    {
      id: "closures-at", type: "symbol", source: "closures_at",
      layout: {
        "icon-image": ["get", "sign"], "icon-rotate": ["get", "bearing_deg"], "icon-rotation-alignment": "map", "icon-allow-overlap": true, "icon-ignore-placement": true,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 10, 0.6, 12.3, 0.75, 14.2, 1],
        "text-font": MEDIUM, "text-field": ["step", ["zoom"], "", 13.6, ["get", "reason"]], "text-size": 14, "text-offset": [0, 1.1], "text-anchor": "top", "text-max-width": 12, "text-optional": true,
      },
      paint: { ...halo, "text-color": c["text-1"] },
    },
    // What somebody draws now: the roads that it means, and the line or box itself.
    line("meant", "meant", { "line-color": c["focus"], "line-width": grow(3, 6, 14), "line-opacity": 0.85 }, ROUND_LINE),
    { id: "draft-fill", type: "fill", source: "draft", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": c["focus"], "fill-opacity": 0.12 } },
    line("draft", "draft", { "line-color": c["focus"], "line-width": 2, "line-dasharray": [3, 2] }),
    { id: "doubt", type: "fill", source: "doubt", paint: { "fill-color": c["st-off"], "fill-opacity": 0.12, "fill-outline-color": c["st-off"] } },
    { id: "rings-fill", type: "fill", source: "rings", filter: ["==", ["get", "ring"], 0], paint: { "fill-color": c["ring-fill"], "fill-opacity": 0.09 } },
    // Under the rings: the last to arrive first, so that the first lies on top.
    line("route-far", "routes", { "line-color": c["route-2"], "line-width": 3, "line-dasharray": [0.7, 2.7] }, { filter: [">", ["get", "rank"], 3], ...ROUND_LINE }),
    line("route-case", "routes", { "line-color": c["road-case"], "line-width": ["case", ["==", ["get", "rank"], 1], 10, 7] }, { filter: ["<=", ["get", "rank"], 3], ...ROUND_LINE }),
    line("route-near", "routes", { "line-color": c["route"], "line-width": ["case", ["==", ["get", "rank"], 1], 7, 4] }, { filter: ["<=", ["get", "rank"], 3], ...ROUND_LINE }),
    // Units on their way to better places, and where a selected unit was sent.
    line("moves-case", "moves", { "line-color": c["road-case"], "line-width": 8 }, ROUND_LINE),
    line("moves", "moves", { "line-color": c["route"], "line-width": 4 }, { ...ROUND_LINE }),
    { id: "moves-end", type: "symbol", source: "moves_end", layout: { "icon-image": "arrow", "icon-rotate": ["get", "bearing_deg"], "icon-rotation-alignment": "map", "icon-allow-overlap": true, "icon-ignore-placement": true } },
    line("sent-case", "sent", { "line-color": c["road-case"], "line-width": 6 }, ROUND_LINE),
    line("sent", "sent", { "line-color": c["route"], "line-width": 3, "line-dasharray": [0.2, 2.2] }, ROUND_LINE),
    // Where he may be; the ground that a cordon encloses; who comes to hold it; the ways out of it.
    { id: "suspect", type: "fill", source: "suspect", paint: { "fill-color": c["text-1"], "fill-opacity": 0.1 } },
    line("suspect-line", "suspect", { "line-color": c["text-1"], "line-width": 1.4, "line-opacity": 0.7, "line-dasharray": [1, 2] }),
    { id: "cordon-inside", type: "fill", source: "cordon_inside", paint: { "fill-color": c["ring-fill"], "fill-opacity": 0.09 } },
    line("cordon-case", "cordon_inside", { "line-color": c["road-case"], "line-width": 5, "line-opacity": 0.8 }),
    line("cordon-line", "cordon_inside", { "line-color": c["ring-line"], "line-width": 2.6 }),
    line("cordon-out", "cordon_out", { "line-color": c["route-2"], "line-width": 1.6, "line-dasharray": [2, 3], "line-opacity": 0.8 }),
    line("cordon-ways", "cordon_ways", { "line-color": c["route"], "line-width": ["case", ["get", "at"], 5, 2.6], "line-dasharray": [0.2, 2] }, ROUND_LINE),
    line("escape-case", "escapes", { "line-color": c["road-case"], "line-width": 9, "line-opacity": 0.9 }, ROUND_LINE),
    line("escape", "escapes", { "line-color": c["alarm"], "line-width": 5.5, "line-dasharray": [3.3, 1.1] }),
    { id: "escape-end", type: "symbol", source: "escapes_end", layout: { "icon-image": "arrow_escape", "icon-rotate": ["get", "bearing_deg"], "icon-rotation-alignment": "map", "icon-allow-overlap": true, "icon-ignore-placement": true } },
    ...countLayers(palette, cityZoom),
    // Where chosen units have been; dots where nothing is known between two fixes.
    line("trails-case", "trails", { "line-color": c["road-case"], "line-width": 6, "line-opacity": 0.8 }, { filter: ["==", ["get", "known"], true], ...ROUND_LINE }),
    line("trails", "trails", { "line-color": c["text-2"], "line-width": 3 }, { filter: ["==", ["get", "known"], true], ...ROUND_LINE }),
    line("trails-gap", "trails", { "line-color": c["text-2"], "line-width": 3, "line-dasharray": [0.1, 2.4] }, { filter: ["==", ["get", "known"], false], ...ROUND_LINE }),
    { id: "measure-area", type: "fill", source: "measure", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": c["focus"], "fill-opacity": 0.12 } },
    line("measure-case", "measure", { "line-color": c["road-case"], "line-width": 6 }, { filter: ["all", ["==", ["geometry-type"], "LineString"], ["!", ["has", "ahead"]]], ...ROUND_LINE }),
    line("measure", "measure", { "line-color": c["focus"], "line-width": 2.6 }, { filter: ["all", ["==", ["geometry-type"], "LineString"], ["!", ["has", "ahead"]]], ...ROUND_LINE }),
    line("measure-ahead", "measure", { "line-color": c["focus"], "line-width": 2, "line-dasharray": [3, 2] }, { filter: ["has", "ahead"] }),
    { id: "measure-places", type: "circle", source: "measure", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 5, "circle-color": c["map-halo"], "circle-stroke-color": c["focus"], "circle-stroke-width": 2.4 } },
    line("drag", "drag", { "line-color": c["focus"], "line-width": 3, "line-dasharray": [1.5, 1.5] }),
    line("rings-case", "rings", { "line-color": c["road-case"], "line-width": 4, "line-opacity": 0.8 }),
    ringLine(0, 3.6, null), ringLine(1, 3, [16 / 3, 7 / 3]), ringLine(2, 2.2, [0.9, 3.2]),
    ...drillLayers(palette),
  ];

  // Bars across the road, as a closed road stands in every atlas; two broken rails beside one that is slow. No hue: red and
  // amber mean other things.
  function closed(source: "closures", opacity: number): LayerSpecification[] {
    const isSlow: Expression = ["==", ["get", "slow"], true], isShut: Expression = ["==", ["get", "slow"], false];
    return [
      line("closures-chosen", source, { "line-color": c["focus"], "line-width": grow(9, 17, 38), "line-opacity": 0.55 }, { filter: ["==", ["get", "at"], true], ...ROUND_LINE }),
      line("closures-case", source, { "line-color": c["map-land"], "line-width": grow(5.5, 12, 30) }),
      line("closures-shut", source, { "line-color": c["text-1"], "line-width": grow(4, 9, 24), "line-dasharray": [0.28, 0.5], "line-opacity": opacity }, { filter: isShut }),
      line("closures-slow", source, { "line-color": c["text-1"], "line-width": grow(1.2, 1.8, 3), "line-gap-width": grow(1.6, 5, 16), "line-dasharray": [3.2, 2], "line-opacity": opacity }, { filter: isSlow }),
      {
        id: "closures-way", type: "symbol", source, minzoom: 13, filter: ["==", ["get", "one_way"], true],
        layout: { "symbol-placement": "line", "symbol-spacing": 70, "icon-image": "arrow_closed", "icon-rotate": 90, "icon-allow-overlap": true, "icon-ignore-placement": true },
      },
    ];
  }

  function ringLine(ring: number, width: number, dash: number[] | null): LayerSpecification {
    return line(`ring-${ring}`, "rings", { "line-color": c["ring-line"], "line-width": width, ...(dash && { "line-dasharray": dash }) },
      { filter: ["==", ["get", "ring"], ring] });
  }

  function place(source: "stations" | "service_stations", icon: string, named: number): LayerSpecification {
    return {
      id: source, type: "symbol", source, minzoom: 12.4,
      layout: {
        "icon-image": icon, "icon-allow-overlap": true, "icon-size": ["interpolate", ["linear"], ["zoom"], 12.4, 0.7, 15, 1.1],
        "text-font": MEDIUM, "text-field": ["step", ["zoom"], "", named + 0.8, name], "text-size": 14, "text-offset": [0, 1.1], "text-anchor": "top", "text-optional": true,
      },
      paint: { ...halo, "icon-opacity": 0.85 },
    };
  }
}

/** `url` is where the base map's tiles are. */
export function style(palette: Palette, lang: Lang, cityZoom: number, base: BaseMap | null, url: string): StyleSpecification {
  const sources: Record<string, SourceSpecification> = base ? { [BASE_SOURCE]: baseSource(base, url) } : {};
  for (const id of SOURCES) sources[id] = { type: "geojson", data: EMPTY, maxzoom: 15, tolerance: ROUND.has(id) ? 0.05 : 0.4 };
  return { version: 8, sources, layers: layers(palette, lang, cityZoom, base) }; // no `glyphs`: letters are drawn on this machine
}
