// The few facts of the map that the rest of the wall reads: scale, bounds, what the pointer is on.
import { signal } from "@preact/signals";
import { camera } from "../state/permalink";
import { metresPerPixel } from "../units/mercator";
import type { MapView } from "./view";

export interface Seen {
  /** ground metres of a CSS pixel */
  scale_m: number;
  /** west, south, east, north */
  bounds: [number, number, number, number];
}

export const mapState = signal<Seen>({ scale_m: 14, bounds: [-180, -90, 180, 90] });

/** the graphics context is gone and not yet back */
export const gpuLost = signal(false);

let last = "";

export const MapState = {
  pointer: null as { lat: number; lon: number } | null,
  hovered: signal<string | null>(null),
  /** where the pointer is while something is being drawn or measured */
  drawnTo: signal<{ lat: number; lon: number } | null>(null),
  renew(view: MapView): void {
    const b = view.map.getBounds();
    const c = view.map.getCenter();
    const bounds: Seen["bounds"] = [b.getWest(), b.getSouth(), b.getEast(), b.getNorth()];
    const text = bounds.join();
    if (text === last) return;
    last = text;
    mapState.value = { scale_m: metresPerPixel(c.lat, view.map.getZoom()), bounds };
    camera.value = { at: { lat: c.lat, lon: c.lng }, zoom: view.map.getZoom() };
  },
};
