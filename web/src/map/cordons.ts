// Cordons on the map: where he may be, the ground enclosed, gates and their units, ways out; and what the pointer does to them.
import { computed, effect } from "@preact/signals";
import type { Ground, Guard } from "../api/cordons";
import type { Place } from "../api/types";
import { answer, desk, selectUnit } from "../state/app";
import { now_ms, offline } from "../state/connection";
import { MARGIN_S, rows, stepAt, type GateRow } from "../state/cordon/gates";
import { margin_s, starts } from "../state/cordon/asked";
import { chosen, layAt, partial, plans, whereabouts } from "../state/cordon/laying";
import { gateAt, gatePicked, gateRows, looked, pickGate, proposal, relief, running, sightAt } from "../state/cordon/running";
import { gatePlans, making, planAt } from "../state/cordon/standing";
import { store } from "../state/live";
import { bearing_deg, collection, feature } from "./geometry";
import type { Sign, Stand } from "./units/signs";
import type { MapView } from "./view";

/** A click hits a gate, and a unit is dropped on it, within this many CSS pixels. */
const GATE_PX = 18;
const DROP_PX = 34;
/** Less is a click. */
const DRAG_PX = 8;

/** The gates that are shown: of the plan that was chosen or of the best that can be done, or of the cordon that is looked at. */
export const shownGates = computed<readonly GateRow[]>(() => {
  const laid = chosen.value?.plan.guards ?? partial.value?.guards;
  if (laid) return rows(laid, margin_s.value);
  return gateRows.value;
});

export const cordonUnits = computed(() => shownGates.value.flatMap(({ guard }) => guard.unit ?? []));

const STANDS: Record<GateRow["stand"], Stand> = { planned: "coming", coming: "coming", held: "held", late: "leak", lost: "leak" };

/** How a gate stands: a slack under the margin is a leak. */
const signOf = ({ stand, tone, guard: { at, bearing_deg } }: GateRow): Sign =>
  ({ stand: tone === "alarm" ? "leak" : tone === "warn" ? "tight" : STANDS[stand], ...at, bearing_deg: bearing_deg ?? 0 });

/** A unit on its way: by its road while it is planned, from where it is now once it was sent. */
function way({ guard, stand }: GateRow): GeoJSON.Feature[] {
  if (stand === "held") return [];
  const at = gateAt.value?.junction === guard.junction;
  if (guard.line && guard.line.length > 1) return [feature({ type: "LineString", coordinates: guard.line }, { at })];
  const slot = guard.unit === null ? -1 : store.slot(guard.unit);
  if (slot < 0 || !store.placed(slot)) return [];
  const { lat, lon } = store.drawnPlace(slot, performance.now());
  return [feature({ type: "LineString", coordinates: [[lon, lat], [guard.at.lon, guard.at.lat]] }, { at })];
}

const ground = (geometry: Ground | undefined): GeoJSON.Feature[] => (geometry ? [feature(geometry, {})] : []);

/** The ways past every unit: of a question that cannot be answered, or of a cordon that leaks. */
const escapes = computed<readonly GeoJSON.Position[][]>(() => {
  const impossible = plans.asked.value.data?.impossible;
  const leaks = desk.value?.mode === "lay" ? (partial.value?.leaks ?? (impossible ? [impossible] : [])) : (looked.value?.leaks ?? []);
  const lines = leaks.map(({ line }) => line);
  return lines.filter((line) => line.length > 1);
});

/** Gates of a standing plan, as they would be. */
function standingGates(): Sign[] {
  if (desk.value?.mode !== "gates") return [];
  if (making.value) return making.value.map((at) => ({ stand: "open", ...at, bearing_deg: 0 }));
  const plan = gatePlans.value?.find(({ id }) => id === planAt.value);
  return (plan?.gates ?? []).map(({ at, bearing_deg }) => ({ stand: "open", ...at, bearing_deg: bearing_deg ?? 0 }));
}

export function showCordons(view: MapView): void {
  // Who chose a plan, or opened a cordon, wants to see all of it; where he cannot be held, the ways out.
  let seen = "";
  effect(() => {
    const of = desk.value?.mode === "run" ? desk.value.id : desk.value?.mode === "lay" ? `lay ${chosen.value?.objectives[0] ?? ""} ${starts.value.map(({ at, seen_ms }) => `${at.lat} ${seen_ms}`).join()}` : "";
    const gates = shownGates.value.map(({ guard: { at } }) => [at.lon, at.lat]);
    const shown = desk.value?.mode === "lay" ? [...gates, ...escapes.value.flat()] : gates;
    if (of === seen || (of && !shown.length)) return;
    seen = of;
    if (shown.length) view.fit(shown);
  });
  effect(() => {
    const others = running.value.filter(({ id }) => id !== looked.value?.id).flatMap(({ gates, margin_s }) => rows(gates, margin_s ?? MARGIN_S));
    // The most urgent comes last and lies on top.
    view.putSigns("live", [...standingGates(), ...others.map(signOf), ...[...shownGates.value].reverse().map(signOf)]);
  });
  effect(() => view.put("cordon_inside", collection(ground(proposal.value?.inside ?? chosen.value?.plan.inside ?? looked.value?.inside))));
  effect(() => view.put("cordon_out", collection((desk.value?.mode === "lay" ? (plans.asked.value.data?.routes ?? []) : []).map((coordinates) => feature({ type: "LineString", coordinates }, {})))));
  let moving = false;
  effect(() => {
    const shown = shownGates.value;
    if (!shown.length && !moving) return;
    if (desk.value?.mode === "run") void now_ms.value; // units drive on
    moving = shown.length > 0;
    view.put("cordon_ways", collection(shown.flatMap(way)));
  });
  effect(() => {
    const lines = escapes.value;
    view.put("escapes", collection(lines.map((coordinates) => feature({ type: "LineString", coordinates }, {}))));
    view.put("escapes_end", collection(lines.map((line) => {
      const end = line[line.length - 1];
      return feature({ type: "Point", coordinates: end }, { bearing_deg: bearing_deg(line[line.length - 2], end) });
    })));
  });
  let shown: readonly unknown[] = [];
  effect(() => {
    const steps = (whereabouts.asked.value.data ?? []).map(({ steps, server_time }) => stepAt(steps, (now_ms.value - Date.parse(server_time)) / 1000));
    if (steps.length === shown.length && steps.every((step, n) => step === shown[n])) return;
    shown = steps;
    view.put("suspect", collection(steps.flatMap((step) => ground(step?.polygon))));
  });
}

/** What a click means while the cordon desk is open; false when it means what it always means. */
export function pointAtCordon(view: MapView, point: { x: number; y: number }, at: Place, unit: () => string | null): boolean {
  if (offline.value) return false;
  switch (desk.value?.mode) {
    case "lay":
      layAt(at);
      return true;
    case "gates":
      if (making.value) making.value = [...making.value, at];
      return making.value !== null;
    case "run": {
      const gate = gateNear(point, view, GATE_PX);
      const id = gate ? null : unit();
      if (gate) pickGate(gate);
      else if (id && gatePicked.value) choose(id);
      else if (id) selectUnit(id);
      else if (looked.value?.suspect && looked.value.state !== "ended") sightAt(at);
      return true;
    }
    default:
      return false;
  }
}

function choose(id: string): void {
  relief.value = { unit: id, callsign: store.roster[store.slot(id)]?.callsign ?? id };
}

function gateNear(point: { x: number; y: number }, view: MapView, within_px: number): Guard | null {
  let best: Guard | null = null, least = within_px;
  for (const { guard } of gateRows.value) {
    const p = view.map.project([guard.at.lon, guard.at.lat]);
    const far = Math.hypot(p.x - point.x, p.y - point.y);
    if (far <= least) [best, least] = [guard, far];
  }
  return best;
}

/** A unit that is dragged to a gate is offered as its relief; a named button sends it. */
export function dragUnits(view: MapView, under: (x: number, y: number) => string | null): void {
  let from: { id: string; x: number; y: number } | null = null;
  const draw = (line: GeoJSON.Position[]) => view.put("drag", collection(line.length ? [feature({ type: "LineString", coordinates: line }, {})] : []));
  const far = (point: { x: number; y: number }): boolean => from !== null && Math.hypot(point.x - from.x, point.y - from.y) > DRAG_PX;
  view.map.on("mousedown", (event) => {
    if (desk.value?.mode !== "run" || answer.value !== "cordon" || offline.value || gateNear(event.point, view, GATE_PX)) return;
    const id = under(event.point.x, event.point.y);
    if (!id) return;
    event.preventDefault(); // the map stays where it is
    from = { id, ...event.point };
  });
  view.map.on("mousemove", (event) => {
    const slot = from && far(event.point) ? store.slot(from.id) : -1;
    if (slot < 0) return;
    const { lat, lon } = store.drawnPlace(slot, performance.now());
    draw([[lon, lat], event.lngLat.toArray()]);
  });
  // Over a label, too, or beside the map.
  addEventListener("mouseup", ({ clientX, clientY }) => {
    const box = view.map.getContainer().getBoundingClientRect();
    const point = { x: clientX - box.left, y: clientY - box.top };
    const [id, moved] = [from?.id, far(point)];
    from = null;
    if (!id || !moved) return;
    draw([]);
    const gate = gateNear(point, view, DROP_PX);
    if (!gate) return;
    pickGate(gate);
    choose(id);
  });
}
