// What the user has chosen: selection, place, layers, filters, language-free view settings.
import { computed, effect, signal } from "@preact/signals";
import type { City, Place, Problem } from "../api/types";
import { KINDS, OFF_DUTY, STATUSES, type MapLayer } from "../words";
import { query, remember, remembered } from "./memory";

export const city = signal<City | null>(null);
/** The refusal of a fetch that the map cannot do without, and what was asked for. */
export const cityProblem = signal<Problem | null>(null);
export const layerProblem = signal<string | null>(null);

export type Theme = "dark" | "light";
const asked = query("theme") ?? remembered("theme");
export const theme = signal<Theme>(asked === "light" ? "light" : "dark");
effect(() => {
  document.documentElement.dataset.theme = theme.value;
});
export function switchTheme(): void {
  theme.value = theme.value === "dark" ? "light" : "dark";
  remember("theme", theme.value);
}

/** `?panel=none` is a map alone, `?map=none` lists alone: two walls side by side. */
export const withPanels = query("panel") !== "none";
export const withMap = query("map") !== "none";

/** The widths at which the layout changes, in CSS pixels of a wall whose panels are not enlarged. */
const NARROW_PX = 1280;
const COMPACT_PX = 1700;
const ZOOM_MIN = 0.5, ZOOM_MAX = 3;

/** `?zoom=1.6` enlarges the panels for a wall that is read from afar. */
export function fitWidth(): void {
  const asked = Number(query("zoom"));
  const zoom = asked >= ZOOM_MIN && asked <= ZOOM_MAX ? asked : 1;
  const root = document.documentElement;
  root.style.setProperty("--wall-zoom", String(zoom));
  const width = innerWidth / zoom;
  root.classList.toggle("compact", width < COMPACT_PX);
  root.classList.toggle("narrow", width < NARROW_PX);
}

export const selected = signal<string | null>(null);
export const follow = signal(false);
export const place = signal<Place | null>(null);
/** the panel of closed roads, where a click on the map closes one */
export const roadsOpen = signal(false);
/** the panel of drills */
export const drillsOpen = signal(false);
/** the measuring tool, where a click on the map adds a place */
export const measureOpen = signal(false);
/** the tree of organisations */
export const orgsOpen = signal(false);
export const mirror = signal(!withMap);
export const keysOpen = signal(false);
export const layersOpen = signal(false);

/** The cordon desk: one is being laid, one is looked at, or the standing gates are. */
export type Desk = { mode: "lay" } | { mode: "run"; id: string } | { mode: "gates" };
export const desk = signal<Desk | null>(null);

/** What the right column answers: the thing asked for last. */
export const answer = computed(() => (measureOpen.value ? "measure" : selected.value ? "unit" : desk.value ? (desk.value.mode === "gates" ? "gates" : "cordon") : place.value ? "place" : roadsOpen.value ? "roads" : drillsOpen.value ? "drills" : "overview"));

export function selectUnit(id: string | null): void {
  follow.value = measureOpen.value = false;
  selected.value = id;
}

export function askPlace(at: Place | null): void {
  selectUnit(null);
  desk.value = null;
  place.value = at;
}

/** One step back; false when there was nothing to leave. */
export function stepBack(): boolean {
  if (keysOpen.value) keysOpen.value = false;
  else if (layersOpen.value) layersOpen.value = false;
  else if (measureOpen.value) measureOpen.value = false;
  else if (selected.value) selectUnit(null);
  else if (desk.value) desk.value = null;
  else if (place.value) place.value = null;
  else if (roadsOpen.value) roadsOpen.value = false;
  else if (drillsOpen.value) drillsOpen.value = false;
  else if (mirror.value && withMap) mirror.value = false;
  else return false;
  return true;
}

const SHOWN_AT_FIRST: readonly MapLayer[] = ["rapid", "gates", "posts", "stations", "service_stations", "districts", "base"];
export const layersOn = signal<ReadonlySet<MapLayer>>(new Set(SHOWN_AT_FIRST));

export const kindsOn = signal<ReadonlySet<number>>(new Set(KINDS.keys()));
const STATUSES_AT_FIRST = [...STATUSES.keys()].filter((s) => s !== OFF_DUTY);
export const statusesOn = signal<ReadonlySet<number>>(new Set(STATUSES_AT_FIRST));
export const orgOn = signal<string | null>(null);

export function clearFilters(): void {
  kindsOn.value = new Set(KINDS.keys());
  statusesOn.value = new Set(STATUSES.keys());
  orgOn.value = null;
}

/** The chosen organisation and all below it; null means everybody. */
export const orgsShown = computed<ReadonlySet<string> | null>(() => {
  if (!orgOn.value) return null;
  const shown = new Set([orgOn.value]);
  // Levels are three deep; each pass adds one.
  for (let pass = 0; pass < 3; pass++) {
    for (const org of city.value?.organisations ?? []) if (org.parent && shown.has(org.parent)) shown.add(org.id);
  }
  return shown;
});

export function toggled<T>(set: ReadonlySet<T>, item: T): Set<T> {
  const next = new Set(set);
  if (!next.delete(item)) next.add(item);
  return next;
}
