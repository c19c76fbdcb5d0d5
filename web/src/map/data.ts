// Fetches the layers and turns them into what the style's sources hold.
import { getLayer } from "../api/client";
import type { SourceId } from "./style";
import { borders, circle, collection, feature, joinRoads, middleLine, namePlace, polygon, ringGround, type Line } from "./geometry";

type Made = Partial<Record<SourceId, GeoJSON.FeatureCollection>>;
type Layer = GeoJSON.FeatureCollection;

// Districts reach far out of town; their names belong inside the ring road, whichever of the two comes first.
let ground: Line | null = null;
let districts: Layer | null = null;

function districtNames(): Made {
  if (!districts) return {};
  return {
    districts_name: collection(districts.features.flatMap((f) => {
      const ring = largestRing(f.geometry);
      return ring ? [feature({ type: "Point", coordinates: namePlace(ring, ground) }, f.properties ?? {})] : [];
    })),
  };
}

const MAKERS: Record<string, (layer: Layer) => Made> = {
  roads(layer) {
    const found = ringGround(layer);
    ground = found ? largestRing(found.geometry) : null;
    return { roads: joinRoads(layer), city: collection(found ? [found] : []), ...districtNames() };
  },
  river: (layer) => ({ river: layer, river_name: collection(layer.features.flatMap(riverName)) }),
  parks: (layer) => ({ parks: layer }),
  districts(layer) {
    districts = layer;
    return { districts_border: borders(layer), ...districtNames() };
  },
  rapid: (layer) => ({ rapid: borders(layer) }),
  responsibility: (layer) => ({ responsibility: borders(layer) }),
  beats: (layer) => ({ beats: borders(layer) }),
  posts: (layer) => ({ reach: collection(layer.features.map(reach)) }),
  gates: (layer) => ({ gates: layer }),
  stations: (layer) => ({ stations: layer }),
  service_stations: (layer) => ({ service_stations: layer }),
  cameras: (layer) => ({ cameras: layer }),
};

/** Ground first, then zones, then places: what a map is read by comes before what is on it. */
export const LAYER_ORDER = [
  "roads", "river", "parks", "districts", "rapid", "gates", "responsibility", "beats", "posts", "stations", "service_stations", "cameras",
] as const;

/** Names of zones by id, for the feed and the cards. */
export const zoneNames = new Map<string, { zh: string; en: string }>();

/** Calls `load` for every layer; two at a time keep a slow line busy without making the ground wait for the cameras. */
export async function eachLayer(load: (layer: string) => Promise<void>): Promise<void> {
  const queue: string[] = [...LAYER_ORDER];
  const work = async () => {
    for (let name = queue.shift(); name; name = queue.shift()) await load(name);
  };
  await Promise.all([work(), work()]);
}

/** Fetches one layer and hands over what it makes; false when it did not arrive. */
export async function loadLayer(name: string, put: (id: SourceId, data: Layer) => void): Promise<boolean> {
  const make = MAKERS[name];
  if (!make) return true;
  try {
    const layer = await getLayer(name);
    for (const f of layer.features) {
      const p = f.properties;
      if (p?.id) zoneNames.set(String(p.id), { zh: p.name_zh ?? p.id, en: p.name_en ?? p.id });
    }
    for (const [id, data] of Object.entries(make(layer))) put(id as SourceId, data);
    return true;
  } catch (error) {
    console.warn(`layer ${name}:`, error);
    return false;
  }
}

function riverName(f: GeoJSON.Feature): GeoJSON.Feature[] {
  const ring = largestRing(f.geometry);
  const line = ring ? middleLine(ring) : [];
  return line.length > 3 ? [feature({ type: "LineString", coordinates: line }, f.properties ?? {})] : [];
}

function reach(f: GeoJSON.Feature): GeoJSON.Feature {
  const [lon, lat] = (f.geometry as GeoJSON.Point).coordinates;
  return polygon(circle(lat, lon, Number(f.properties?.reach_m ?? 200), 48), f.properties ?? {});
}

function largestRing(geometry: GeoJSON.Geometry): Line | null {
  const rings = geometry.type === "Polygon" ? [geometry.coordinates[0]]
    : geometry.type === "MultiPolygon" ? geometry.coordinates.map((p) => p[0]) : [];
  return rings.length ? (rings.reduce((a, b) => (area(b) > area(a) ? b : a)) as Line) : null;
}

/** Twice the signed area's size, in square degrees: good enough to compare and to weigh. */
function area(ring: GeoJSON.Position[]): number {
  let sum = 0;
  for (let i = 1; i < ring.length; i++) sum += ring[i - 1][0] * ring[i][1] - ring[i][0] * ring[i - 1][1];
  return Math.abs(sum);
}
