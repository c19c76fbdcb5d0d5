// The base map's file: MapLibre asks for a tile, the reader of PMTiles asks the server for its bytes. While it cannot be read the city's
// own ground is drawn, and it is tried again.
import { effect } from "@preact/signals";
import * as maplibregl from "maplibre-gl";
import { PMTiles } from "pmtiles";
import { city } from "../state/app";
import { baseOwed, baseReady, baseShown } from "../state/base";
import { BASE_SOURCE } from "./basestyle";
import type { MapView } from "./view";

const FILE = "/v1/map/base.pmtiles";
const PROTOCOL = "base";
/** Where MapLibre asks for tiles. */
export const BASE_URL = `${PROTOCOL}://tiles`;

/** A file that cannot be read is tried again after this long, then after twice as long, and so on: one that stays wrong does not flicker. */
const AGAIN_MS = 5_000;
const AGAIN_MOST_MS = 300_000;
/** Of whom it is owed to so much is shown. */
const OWED_CHARS = 200;

let file = new PMTiles(FILE);

maplibregl.addProtocol(PROTOCOL, async ({ url }, { signal }) => {
  const [z, x, y] = url.split("/").slice(-3).map(Number);
  const tile = await file.getZxy(z, x, y, signal);
  // Where the file has nothing: a tile without features, or an image of nothing.
  return { data: tile?.data ?? (city.value?.base_map?.tiles === "vector" ? new Uint8Array() : await createImageBitmap(new ImageData(1, 1))) };
});

/** The words of a text that may be HTML: it is parsed apart from the page and no part of it is run or asked for. */
const words = (html: unknown): string =>
  typeof html === "string" ? (new DOMParser().parseFromString(html, "text/html").body.textContent ?? "").trim().slice(0, OWED_CHARS) : "";

let again_ms = AGAIN_MS;
function openSoon(): void {
  setTimeout(open, again_ms);
  again_ms = Math.min(again_ms * 2, AGAIN_MOST_MS);
}

async function open(): Promise<void> {
  // A new one each time: what was refused is not kept.
  file = new PMTiles(FILE);
  try {
    baseOwed.value = words(((await file.getMetadata()) as { attribution?: unknown } | null)?.attribution);
    baseReady.value = true;
  } catch (error) {
    console.warn("base map:", error);
    openSoon();
  }
}

export function showBase(view: MapView): void {
  effect(() => {
    void baseShown.value;
    view.showLayers();
  });
  view.map.on("error", (event) => {
    if ((event as { sourceId?: string }).sourceId !== BASE_SOURCE || !baseReady.value) return;
    baseReady.value = false;
    openSoon();
  });
  void open();
}
