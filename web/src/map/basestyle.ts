// How the base map is drawn: vector tiles of Protomaps' basemap schema in the wall's own colours, or images, dimmed. Ground, water,
// buildings, roads and names are enough: what the wall is looked at for lies above.
import type { ExpressionSpecification as Expression, LayerSpecification, SourceSpecification } from "maplibre-gl";
import type { BaseMap } from "../api/types";
import type { Lang } from "../i18n/pure";
import type { Palette } from "./palette";
import { grow, MEDIUM, STRONG } from "./styleparts";

export const BASE_SOURCE = "base";

/** What the wall draws of its own where there is no base map: each of these would be there twice. */
export const OWN_GROUND: ReadonlySet<string> = new Set(["city", "parks", "river", "river_name", "roads"]);

const GREEN = ["national_park", "park", "cemetery", "protected_area", "nature_reserve", "forest", "golf_course", "wood", "scrub", "grassland", "grass", "meadow", "garden", "allotments", "zoo"];
const STREAMS = ["river", "stream", "canal"];
/** Names of open water are spread out as far as this at city zooms, CSS pixels. */
const WATER_NAME_PX = 420;
/** Images of map servers have this many pixels a side. */
const IMAGE_PX = 256;

export function baseSource({ tiles, zoom_min, zoom_max }: BaseMap, url: string): SourceSpecification {
  const where = { tiles: [`${url}/{z}/{x}/{y}`], minzoom: zoom_min, maxzoom: zoom_max };
  return tiles === "vector" ? { type: "vector", ...where } : { type: "raster", tileSize: IMAGE_PX, ...where };
}

const kind = (...kinds: string[]): Expression => ["in", ["get", "kind"], ["literal", kinds]];
const detail = (...kinds: string[]): Expression => ["in", ["get", "kind_detail"], ["literal", kinds]];
const shape = (type: "Polygon" | "LineString" | "Point"): Expression => ["==", ["geometry-type"], type];

/** A name in the wall's language, else as it is written there. */
const name = (lang: Lang): Expression =>
  lang === "zh" ? ["coalesce", ["get", "name:zh-Hans"], ["get", "name:zh"], ["get", "name"], ""] : ["coalesce", ["get", "name:en"], ["get", "name"], ""];

const layer = (id: string, type: string, part: string, rest: object): LayerSpecification =>
  ({ id: `base-${id}`, type, source: BASE_SOURCE, "source-layer": part, ...rest }) as LayerSpecification;

/** Below everything of the city's. */
export function baseGround({ css: c, light }: Palette, { tiles }: BaseMap): LayerSpecification[] {
  if (tiles === "raster") {
    const dimmed = light ? { "raster-brightness-min": 0.3, "raster-opacity": 0.8 } : { "raster-brightness-max": 0.42, "raster-opacity": 0.9 };
    return [{ id: "base-image", type: "raster", source: BASE_SOURCE, paint: { "raster-saturation": -0.8, "raster-fade-duration": 0, ...dimmed } }];
  }
  return [
    layer("earth", "fill", "earth", { filter: shape("Polygon"), paint: { "fill-color": c["map-city"], "fill-antialias": false } }),
    layer("cover", "fill", "landcover", { filter: kind("forest", "grassland", "scrub"), paint: { "fill-color": c["map-park"], "fill-opacity": 0.6, "fill-antialias": false } }),
    layer("green", "fill", "landuse", { filter: kind(...GREEN), paint: { "fill-color": c["map-park"], "fill-antialias": false } }),
  ];
}

const line = (id: string, part: string, filter: Expression, paint: object, minzoom = 0): LayerSpecification =>
  layer(id, "line", part, { filter, minzoom, layout: { "line-join": "round", "line-cap": "round" }, paint });

const road = (id: string, filter: Expression, casing: string, colour: string, width: Expression, cased: Expression): LayerSpecification[] => [
  line(`${id}-case`, "roads", filter, { "line-color": casing, "line-width": cased }),
  line(id, "roads", filter, { "line-color": colour, "line-width": width }),
];

/** Above the coverage, below the zones. */
export function baseRoads({ css: c, light }: Palette, { tiles }: BaseMap): LayerSpecification[] {
  if (tiles === "raster") return [];
  const isMain = detail("trunk", "primary", "trunk_link", "primary_link");
  return [
    layer("water", "fill", "water", { filter: shape("Polygon"), paint: { "fill-color": c["map-water"] } }),
    line("stream", "water", ["all", shape("LineString"), kind(...STREAMS)], { "line-color": c["map-water"], "line-width": grow(0.8, 2, 6) }),
    layer("buildings", "fill", "buildings", { filter: shape("Polygon"), minzoom: 13.2, paint: { "fill-color": light ? c["road-case"] : c["road-m"], "fill-opacity": light ? 0.5 : 0.75 } }),
    line("path", "roads", kind("path", "other"), { "line-color": light ? c["line-3"] : c["road-ring"], "line-width": grow(0.6, 1.2, 2.4), "line-dasharray": [2, 1.6], "line-opacity": 0.7 }, 14.2),
    line("rail", "roads", kind("rail"), { "line-color": light ? c["line-3"] : c["road-ring"], "line-width": grow(0.7, 1.4, 2.6), "line-dasharray": [5, 2], "line-opacity": 0.7 }, 11),
    ...road("minor", kind("minor_road"), c["road-case"], c["road-m"], grow(1, 4.5, 15), grow(0, 6, 18)),
    ...road("medium", ["any", kind("medium_road"), ["all", kind("major_road"), ["!", isMain]]], c["road-case"], c["road-s"], grow(1.7, 7, 20), grow(2.8, 9, 23)),
    ...road("major", ["all", kind("major_road"), isMain], c["road-case"], c["road-a"], grow(3.2, 11, 28), grow(5, 13.5, 32)),
    line("border", "boundaries", kind("country", "region"), { "line-color": c["text-3"], "line-width": 1, "line-opacity": 0.35, "line-dasharray": [4, 3] }),
  ];
}

/** Above the zones, as the city's own ring road and motorways. */
export function baseHighways({ css: c }: Palette, { tiles }: BaseMap): LayerSpecification[] {
  return tiles === "raster" ? [] : road("highway", kind("highway"), c["road-case"], c["road-ring"], grow(3.6, 12, 30), grow(5.6, 15, 34));
}

/** Names, where the city's own stand. */
export function baseNames({ css: c }: Palette, { tiles }: BaseMap, lang: Lang): LayerSpecification[] {
  if (tiles === "raster") return [];
  const halo = { "text-color": c["map-text"], "text-halo-color": c["map-halo"], "text-halo-width": 1.8 };
  const water = { "text-color": c["map-water-text"], "text-halo-color": c["map-water"], "text-halo-width": 1 };
  const along = { "symbol-placement": "line", "text-font": MEDIUM, "text-field": name(lang), "text-size": 14, "text-padding": 12 };
  const places = { "text-font": STRONG, "text-field": name(lang), "text-padding": 8, "text-max-width": 8, "symbol-sort-key": ["-", 0, ["coalesce", ["get", "population_rank"], 0]] };
  return [
    layer("stream-name", "symbol", "water", { minzoom: 12, filter: ["all", shape("LineString"), kind(...STREAMS)], layout: { ...along, "symbol-spacing": WATER_NAME_PX }, paint: water }),
    layer("water-name", "symbol", "water", { filter: shape("Point"), layout: { "text-font": MEDIUM, "text-field": name(lang), "text-size": 14, "text-padding": 12, "text-max-width": 7 }, paint: water }),
    layer("minor-name", "symbol", "roads", { minzoom: 15, filter: kind("minor_road"), layout: { ...along, "symbol-spacing": 520, "text-max-angle": 30 }, paint: halo }),
    layer("road-name", "symbol", "roads", { minzoom: 13.3, filter: kind("highway", "major_road", "medium_road"), layout: { ...along, "symbol-spacing": 520, "text-max-angle": 30 }, paint: halo }),
    layer("part-name", "symbol", "places", { minzoom: 12, maxzoom: 16, filter: kind("macrohood", "neighbourhood"), layout: { ...places, "text-font": MEDIUM, "text-size": 14 }, paint: halo }),
    layer("place-name", "symbol", "places", { maxzoom: 14.6, filter: kind("locality"), layout: { ...places, "text-size": ["interpolate", ["linear"], ["zoom"], 8, 14, 13, 18] }, paint: halo }),
  ];
}
