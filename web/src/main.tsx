// The wall's start: styles, state, screen, and the hook that browser tests look through.
import "./styles/font.css";
import "./styles/tokens.css";
import "./styles/wall.css";
import "./styles/panels.css";
import "./styles/map.css";
import "./styles/cordon.css";
import "./styles/drill.css";
import "./styles/tools.css";
import "./styles/print.css";
import { render } from "preact";
import { unitPosition } from "./map/wire";
import { fitWidth } from "./state/app";
import { looked } from "./state/cordon/running";
import { startAsking } from "./state/ask";
import { shownUnits } from "./state/counts";
import { startLive, stats, store } from "./state/live";
import { spent } from "./state/spent";
import { startPermalink } from "./state/permalink";
import { startRoom } from "./state/room";
import { sounded, startSounds } from "./state/sound";
import { startTrails, trails } from "./state/trails";
import { startWallMode } from "./state/wallmode";
import { App, mapView } from "./ui/App";

const still = matchMedia("(prefers-reduced-motion: reduce)");
store.reducedMotion = still.matches;
still.addEventListener("change", () => (store.reducedMotion = still.matches));

fitWidth();
addEventListener("resize", fitWidth);
startLive();
startAsking();
startSounds();
startTrails();
startWallMode();
startPermalink();
startRoom();
const root = document.getElementById("app");
if (root) render(<App />, root);

declare global {
  interface Window {
    /** Read-only look inside, for browser tests. Positions are those drawn now; x and y are CSS pixels in the map. */
    citygate: {
      unitPosition(id: string): { lat: number; lon: number; x: number; y: number } | null;
      /** The newest fix of a unit that the wall has: where, and when by the server's clock. */
      unitFix(id: string): { lat: number; lon: number; at_ms: number } | null;
      unitCount(): number;
      /** How many units the map shows: of a drill while one is played. */
      drawnCount(): number;
      project(lon: number, lat: number): [x: number, y: number] | null;
      stats(): typeof stats & { pictures: number; spent: typeof spent; sounded: { alarm: number; leak: number } };
      /** Whether the ground is drawn as far as it is in view. */
      settled(): boolean;
      /** The id of the cordon that is looked at. */
      looked(): string | null;
      /** The stretches of the trails that are drawn: whether what lay between their fixes is known, and how many fixes. */
      trails(): { known: boolean; fixes: number }[];
    };
  }
}

window.citygate = {
  unitPosition: (id) => unitPosition(mapView(), id),
  unitFix(id) {
    const slot = store.slot(id);
    return slot >= 0 && store.placed(slot) ? { ...store.drawnPlace(slot, Infinity), at_ms: store.fix_ms[slot] } : null;
  },
  unitCount: () => store.present,
  drawnCount: () => shownUnits.value,
  project(lon, lat) {
    const p = mapView()?.map.project([lon, lat]);
    return p ? [p.x, p.y] : null;
  },
  stats: () => ({ ...stats, pictures: mapView()?.pictures ?? 0, spent: { ...spent }, sounded: { ...sounded } }),
  looked: () => looked.value?.id ?? null,
  trails: () => trails.stretches().map(({ known, places }) => ({ known, fixes: places.length })),
  settled: () => mapView()?.map.areTilesLoaded() ?? false,
};
