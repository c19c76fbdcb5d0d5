// Ties the map to the wall's state: what is selected, asked, frozen, and what the pointer does.
import { effect, untracked } from "@preact/signals";
import type { City } from "../api/types";
import { answer, askPlace, desk, follow, kindsOn, layerProblem, layersOn, measureOpen, orgsShown, place, selected, selectUnit, statusesOn, theme } from "../state/app";
import { byRoad, nearest, ringSettings } from "../state/ask";
import { firstEnd, openRoads, pointAt } from "../state/closing";
import { closureAt } from "../state/closures";
import { conn, now_ms, offline } from "../state/connection";
import { coverage, coverageGrid, coverageOn } from "../state/coverage";
import { shownUnits } from "../state/counts";
import { drill } from "../state/drill/player";
import { alarms, onUnits, onZones, store } from "../state/live";
import { linked } from "../state/permalink";
import { steered } from "../state/room";
import { lang } from "../i18n";
import { latitude, longitude } from "../units/mercator";
import { LOST } from "../words";
import { showBase } from "./base";
import { eachLayer, loadLayer } from "./data";
import { cordonUnits, dragUnits, pointAtCordon, showCordons } from "./cordons";
import { intoCrowd, showCrowds } from "./crowds";
import { showDensity } from "./density";
import { drillLook, showDrill } from "./drill";
import { drillMarks } from "./drillmarks";
import { circle, collection, feature, polygon } from "./geometry";
import { MapState, mapState } from "./mapstate";
import { marks } from "./marks";
import { measureAt, showMeasure } from "./measuring";
import { Overlay } from "./overlay";
import { pick } from "./pick";
import { plannedUnits, showPlans } from "./plans";
import { pickClosure, showRoads } from "./roads";
import { showTrails } from "./trails";
import type { UnitView } from "./units/instances";
import { MapView } from "./view";

/** A lost unit may have gone this fast since, up to a bound beyond which a circle says nothing. */
const DOUBT_MPS = 14;
const DOUBT_MAX_M = 1_000;
const HOVER_MS = 60;
/** A layer that did not arrive is asked for again after this long. */
const AGAIN_MS = 5_000;

export function startMap(container: HTMLElement, labels: HTMLElement, at: City): MapView {
  const view = new MapView(container, at, lookNow());
  const overlay = new Overlay(labels);
  const count = showCrowds(view);
  view.onBuilt = (drawn) => {
    shownUnits.value = drawn;
    count();
  };
  view.onFrame = () => {
    overlay.place(container.clientWidth, container.clientHeight);
    MapState.renew(view);
  };
  view.beforeFrame = () => {
    if (!follow.value || !selected.value) return;
    const slot = store.slot(selected.value);
    if (slot >= 0 && store.placed(slot)) {
      const p = store.drawnPlace(slot, performance.now());
      view.map.setCenter([p.lon, p.lat]);
    }
  };
  const load = async (layer: string): Promise<void> => {
    const arrived = await loadLayer(layer, (id, data) => view.put(id, data));
    if (!arrived) {
      layerProblem.value = layer;
      setTimeout(load, AGAIN_MS, layer);
    } else if (layerProblem.value === layer) layerProblem.value = null;
  };
  void eachLayer(load);
  onZones((layer) => void load(layer));
  onUnits(() => view.changed());

  effect(() => {
    view.look = drillLook.value ?? lookNow();
    view.changed(drillLook.value !== null || selected.value !== null || place.value !== null || plannedUnits.value.length > 0 || cordonUnits.value.length > 0);
  });
  effect(() => {
    void [theme.value, lang.value, offline.value];
    untracked(() => view.restyle());
  });
  effect(() => {
    void layersOn.value;
    view.showLayers();
  });
  effect(() => {
    const p = place.value;
    const rings = ringSettings.value;
    view.put("rings", collection(p ? [...rings.entries()].reverse().map(([ring, { outer_m }]) => polygon(circle(p.lat, p.lon, outer_m), { ring })) : []));
  });
  effect(() => {
    const found = place.value && byRoad.value ? (nearest.asked.value.data?.units ?? []) : [];
    const routes = found.flatMap((unit, n) => (unit.route ? [feature(unit.route, { rank: n + 1 })] : []));
    view.put("routes", collection(routes.reverse()));
  });
  effect(() => {
    if (linked.value) view.lookAt(linked.value);
  });
  effect(() => {
    if (steered.value) view.lookAt(steered.value, true);
  });
  if (at.base_map) showBase(view);
  showCoverage(view);
  showRoads(view);
  showPlans(view);
  showCordons(view);
  showDrill(view);
  showTrails(view);
  showDensity(view);
  showMeasure(view);
  let doubted = false;
  effect(() => {
    void now_ms.value;
    const areas = doubt();
    if (areas.length || doubted) view.put("doubt", collection(areas));
    doubted = areas.length > 0;
  });
  effect(() => {
    void [now_ms.value, mapState.value.scale_m]; // timers in labels; labels that depend on scale
    overlay.sync(drill.value ? drillMarks(view) : marks(view));
    overlay.place(container.clientWidth, container.clientHeight);
  });
  pointer(view, container);
  return view;
}

/** Cells keep their place; of an answer only those that changed are drawn anew. */
function showCoverage(view: MapView): void {
  let shown = "";
  effect(() => {
    const cells = coverageOn.value ? (coverageGrid.value?.features ?? []) : [];
    shown = "";
    view.put("coverage", collection(cells.map((cell, id) => ({ ...cell, id }))));
    if (!cells.length) view.put("coverage_gap", collection([]));
  });
  effect(() => {
    const grid = coverageGrid.value, answer = coverage.asked.value.data;
    if (!coverageOn.value || !grid || answer?.cells.version !== grid.version || answer.cells.within === shown) return;
    const within = answer.cells.within, before = shown;
    shown = within;
    const changed = [...grid.features.keys()].filter((n) => within[n] !== before[n]);
    view.mark("coverage", changed.map((n): [number, { within: number }] => [n, { within: Number(within[n]) }]));
    view.put("coverage_gap", collection(grid.features.filter((_, n) => within[n] === String(answer.limits_s.length))));
  });
}

function lookNow(): UnitView {
  const near = place.value ? (nearest.asked.value.data?.units ?? []).map((unit) => unit.id) : [];
  const slots = [...near, ...plannedUnits.value, ...cordonUnits.value].map((id) => store.slot(id)).filter((slot) => slot >= 0);
  void alarms.value;
  return {
    kinds: kindsOn.value, statuses: statusesOn.value, orgs: orgsShown.value,
    selected: selected.value ? store.slot(selected.value) : -1,
    candidates: new Set(slots),
    offline: conn.value === "offline",
  };
}

/** Where a lost unit that is selected may be by now. */
function doubt(): GeoJSON.Feature[] {
  const slot = selected.value ? store.slot(selected.value) : -1;
  if (slot < 0 || store.contact[slot] !== LOST) return [];
  const p = store.drawnPlace(slot, performance.now());
  const radius_m = Math.min(DOUBT_MAX_M, ((now_ms.value - store.fix_ms[slot]) / 1000) * DOUBT_MPS);
  return [polygon(circle(p.lat, p.lon, radius_m))];
}

function pointer(view: MapView, container: HTMLElement): void {
  const under = (x: number, y: number): string | null => {
    if (drill.value) return null;
    const slot = pick(store, view.look, view.camera(), x, y, performance.now());
    return slot >= 0 ? (store.roster[slot]?.id ?? null) : null;
  };
  view.map.on("click", (event) => {
    view.map.getCanvas().blur(); // a click is not a wish to steer by arrow keys
    if (drill.value) return;
    const at = { lat: event.lngLat.lat, lon: event.lngLat.lng };
    if (measureOpen.value) {
      measureAt(view, at);
      return;
    }
    if (desk.value && !selected.value && pointAtCordon(view, event.point, at, () => under(event.point.x, event.point.y))) return;
    const closure = firstEnd.value ? null : pickClosure(view, event.point);
    const closing = answer.value === "roads" && !offline.value;
    const id = closing ? null : under(event.point.x, event.point.y);
    if (id) selectUnit(id);
    else if (closure) {
      openRoads();
      closureAt.value = closure;
    } else if (closing) pointAt(at);
    else if (!intoCrowd(view, event.point)) askPlace(at);
  });
  dragUnits(view, under);
  view.map.on("dragstart", () => (follow.value = false));
  let last_ms = 0;
  view.map.on("mousemove", (event) => {
    MapState.pointer = { lat: event.lngLat.lat, lon: event.lngLat.lng };
    const now = performance.now();
    if (firstEnd.value || measureOpen.value) MapState.drawnTo.value = MapState.pointer;
    if (now - last_ms < HOVER_MS || event.originalEvent.buttons) return;
    last_ms = now;
    const id = answer.value === "roads" || measureOpen.value ? null : under(event.point.x, event.point.y);
    view.map.getCanvas().style.cursor = id ? "pointer" : "crosshair";
    if (id !== MapState.hovered.value) MapState.hovered.value = id;
  });
  container.addEventListener("mouseleave", () => {
    MapState.pointer = null;
    MapState.hovered.value = null;
    if (measureOpen.value) MapState.drawnTo.value = null;
  });
}

/** The middle of the view, or where the pointer is: what a key asks about. */
export function askedPlace(view: MapView): { lat: number; lon: number } {
  if (MapState.pointer) return MapState.pointer;
  const c = view.map.getCenter();
  return { lat: c.lat, lon: c.lng };
}

/** Exposed for browser tests: where things are drawn and what was received. */
export function unitPosition(view: MapView | null, id: string): { lat: number; lon: number; x: number; y: number } | null {
  const slot = store.slot(id);
  if (slot < 0 || !store.placed(slot)) return null;
  const [mx, my] = store.drawn(slot, performance.now());
  const [x, y] = view ? view.camera().project(mx, my) : [NaN, NaN];
  return { lat: latitude(my), lon: longitude(mx), x, y };
}

