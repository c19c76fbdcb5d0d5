// A drill on the map in the live city's place: its units, the suspect, the gates, the ring, the ways.
import { computed, effect, untracked } from "@preact/signals";
import type { Area, DrillReport } from "../api/drills";
import { gateStand, mayBeAt, orderAt, scenery, statusAt, stretch, unitAt } from "../state/drill/replay";
import { at_s, cordonNow, drill, playing, second, speed } from "../state/drill/player";
import { UnitStore } from "../units/store";
import { AVAILABLE, KINDS, LIVE, STATUSES } from "../words";
import { DRILL_SOURCES } from "./drillstyle";
import { bearing_deg, collection, feature } from "./geometry";
import type { UnitView } from "./units/instances";
import type { MapView } from "./view";

/** A way grows so often: its end is under its unit anyway. */
const WAYS_MS = 120;
/** What moves, moves; how fast is not told. */
const MOVES_MPS = 10;

const ALL = { kinds: new Set(KINDS.keys()), statuses: new Set(STATUSES.keys()), orgs: null, selected: -1, offline: false };

/** How units are looked at in a drill: who was sent is drawn large. Null: no drill. */
export const drillLook = computed<UnitView | null>(() => {
  const report = drill.value;
  if (!report) return null;
  const sent = report.units.flatMap((unit, slot) => (statusAt(unit, second.value) === "available" ? [] : [slot]));
  return { ...ALL, candidates: new Set(sent) };
});

/** A stage with the units of a drill on it, in their order. */
function stageOf({ units, scene }: DrillReport): UnitStore {
  const stage = new UnitStore();
  stage.setCity([scene.lon, scene.lat], {});
  stage.addRoster(units.map(({ id, callsign, kind }, no) => ({ no, id, callsign, kind, org: "", crew: 0, capabilities: [] })));
  return stage;
}

/** Puts everybody where he is. All fixes are of one moment, so that none of them grows old. */
function place(stage: UnitStore, { units }: DrillReport, s: number): void {
  stage.beginFrame(false);
  units.forEach((unit, no) => {
    const spot = unitAt(unit, s);
    if (!spot) {
      stage.left(no);
      return;
    }
    const at = spot;
    stage.apply({
      no, moved: true, lat_deg: at.lat, lon_deg: at.lon, age_ms: 0, contact: LIVE, alarm: false, status: Math.max(AVAILABLE, STATUSES.indexOf(statusAt(unit, s))),
      speed_mps: at.to ? MOVES_MPS : 0, heading_deg: at.to ? bearing_deg([at.lon, at.lat], at.to) : NaN,
    }, 0, performance.now());
  });
}

const STANDS = { coming: "coming", held: "held", passed: "leak", opened: "open" } as const;

const line = (coordinates: GeoJSON.Position[]): GeoJSON.Feature[] => (coordinates.length > 1 ? [feature({ type: "LineString", coordinates }, {})] : []);

/** Where units came from since they were sent, and where they still go. */
function putWays(view: MapView, report: DrillReport, s: number): void {
  const driven: GeoJSON.Feature[] = [], ahead: GeoJSON.Feature[] = [];
  for (const { id, track } of report.units) {
    const order = orderAt(report.orders, id, s);
    if (!order) continue;
    driven.push(...line(stretch(track, Math.max(order.issued_s, track[0]?.[0] ?? 0), s)));
    ahead.push(...line(stretch(track, s, Math.min(order.arrives_s[1], order.ended_s ?? Infinity))));
  }
  view.put("drill_driven", collection(driven));
  view.put("drill_ahead", collection(ahead));
  view.put("drill_track", collection(line(stretch(report.suspect.track, 0, s))));
}

export function showDrill(view: MapView): void {
  let stage: UnitStore | null = null;
  let lived: { center: [number, number]; zoom: number } | null = null;
  effect(() => {
    const report = drill.value;
    untracked(() => {
      if (report) {
        const { lng, lat } = view.map.getCenter();
        lived ??= { center: [lng, lat], zoom: view.map.getZoom() };
        stage = stageOf(report);
        place(stage, report, at_s.value);
      } else {
        stage = null;
        for (const source of DRILL_SOURCES) view.put(source, collection([]));
      }
      view.rehearse(stage);
      if (report) view.fit(scenery(report), false);
      else if (lived) {
        view.map.jumpTo(lived);
        lived = null;
      }
    });
  });
  let ways = 0;
  const drawWays = (): void => {
    ways = 0;
    if (drill.value) putWays(view, drill.value, at_s.value);
  };
  effect(() => {
    const s = at_s.value, report = drill.value;
    if (!report || !stage) return;
    place(stage, report, s);
    untracked(() => view.changed());
    ways ||= window.setTimeout(drawWays, WAYS_MS);
  });
  effect(() => {
    view.pace = drill.value && playing.value ? speed.value : 1;
  });
  let area: Area | null = null;
  effect(() => {
    const now = drill.value && mayBeAt(drill.value, second.value);
    if (now === area) return;
    area = now;
    view.put("drill_may_be", collection(now ? [feature(now, {})] : []));
  });
  effect(() => {
    const inside = cordonNow.value?.inside ?? [];
    view.put("drill_ring", collection(inside.length > 2 ? [feature({ type: "Polygon", coordinates: [[...inside, inside[0]]] }, {})] : []));
  });
  let stood = "";
  effect(() => {
    const gates = cordonNow.value?.gates ?? [];
    const stands = gates.map((gate) => gateStand(gate, second.value));
    const key = gates.map(({ junction }, n) => `${junction} ${stands[n]}`).join();
    if (key === stood) return;
    stood = key;
    // The first has the least slack and lies on top.
    view.putSigns("drill", gates.map(({ at: { lat, lon }, bearing_deg }, n) => ({ stand: STANDS[stands[n]], lat, lon, bearing_deg })).reverse());
  });
}
