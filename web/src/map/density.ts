// Too many units to show one by one, as the server says: how many stand in each part of the map.
import { density, look, onUnits } from "../state/live";
import { collection, feature } from "./geometry";
import type { MapView } from "./view";

/** Beyond the edges of the map so much of it is asked for, too: a small move needs nothing new. */
const MARGIN = 0.4;

/** A count in three signs, as icons are named. */
export const short = (n: number): string => (n < 1_000 ? String(n) : n < 10_000 ? `${(n / 1_000).toFixed(1)}k` : `${Math.round(n / 1_000)}k`);

type Box = [number, number, number, number];

/** The box of the map with a margin, within the world. */
export function around([west, south, east, north]: Box): Box | null {
  const [width, height] = [(east - west) * MARGIN, (north - south) * MARGIN];
  if (east - west + 2 * width >= 360) return null;
  const wrap = (lon: number): number => ((((lon + 180) % 360) + 360) % 360) - 180;
  return [wrap(west - width), Math.max(-90, south - height), wrap(east + width), Math.min(90, north + height)];
}

const holds = ([west, south, east, north]: Box, inner: Box): boolean =>
  west <= inner[0] && south <= inner[1] && inner[2] <= east && inner[3] <= north;

export function showDensity(view: MapView): void {
  let drawn = -1;
  let asked: Box | null = null;
  onUnits(() => {
    if (density.version === drawn) return;
    drawn = density.version;
    view.put("density", collection(density.all().map(({ lat, lon, units, available, alarm, old }) =>
      feature({ type: "Point", coordinates: [lon, lat] }, { units, free: available / units, fresh: 1 - old / units, alarm: alarm > 0, label: `count_${short(units)}` }))));
  });
  view.map.on("moveend", () => {
    const bounds = view.map.getBounds();
    const box: Box = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
    // Everything is one view for all walls, and shared by them: a part is asked for only where everything was too much.
    if ((!density.isShown && asked === null) || (asked !== null && !density.isShown && holds(asked, box))) return;
    asked = around(box);
    look({ bbox: asked, totals: null });
  });
}
