// Which words lie over the map now: alarms, the selected unit, candidates, ring names, the asked place.
import { lang, t } from "../i18n";
import { amount } from "../ui/amount";
import { kept } from "../state/trails";
import { placeText } from "../ui/orderwords";
import { place, selected, selectUnit } from "../state/app";
import { nearest, ringSettings } from "../state/ask";
import { now_ms } from "../state/connection";
import { alarmSince } from "../state/feed";
import { elapsed } from "../state/format";
import { alarms, store } from "../state/live";
import { destination, distance_m, mercatorX, mercatorY } from "../units/mercator";
import { cordonMarks } from "./cordonmarks";
import { mapState, MapState } from "./mapstate";
import { measureMarks } from "./measuring";
import type { Mark } from "./overlay";
import { pendingMoves, sentTo } from "./plans";
import { CITY_MPP } from "./units/detail";
import type { MapView } from "./view";

/** Seen from far, only the first few candidates are named. */
const NAMED_FROM_FAR = 3;

export function marks(view: MapView): Mark[] {
  void lang.value;
  const ofUnit = (id: string) => () => {
    const slot = store.slot(id);
    return slot >= 0 && store.placed(slot) ? view.camera().project(...store.drawn(slot, performance.now())) : null;
  };
  const ofPlace = (lat: number, lon: number) => () => view.camera().project(mercatorX(lon), mercatorY(lat));
  const list: Mark[] = [];
  const named = new Set<string>();
  const callsign = (id: string) => store.roster[store.slot(id)]?.callsign ?? id;

  for (const id of alarms.value) {
    named.add(id);
    const since = alarmSince.get(id);
    list.push({
      key: `alarm-${id}`, look: "mark-alarm", at: ofUnit(id), dx: 32, dy: 0, click: () => selectUnit(id),
      parts: [{ look: "", text: since ? `${callsign(id)} · ${elapsed(now_ms.value - since)}` : callsign(id) }],
      edge: () => {
        const slot = store.slot(id);
        const c = view.map.getCenter();
        return amount(distance_m(store.drawnPlace(slot, performance.now()), { lat: c.lat, lon: c.lng }));
      },
    });
  }
  const p = place.value;
  if (p) list.push({ key: "place", look: "mark-place", at: ofPlace(p.lat, p.lon), dx: -11, dy: 0, parts: [] });
  if (selected.value && !named.has(selected.value)) {
    named.add(selected.value);
    list.push({ key: `unit-${selected.value}`, look: "mark-unit mark-chosen", at: ofUnit(selected.value), dx: 24, dy: 0, parts: [{ look: "strong", text: callsign(selected.value) }] });
  }
  list.push(...measureMarks(ofPlace), ...cordonMarks(ofPlace));
  const order = sentTo.value;
  if (order) {
    const at = ofPlace(order.to.lat, order.to.lon);
    list.push({ key: "sent", look: "mark-target", at, dx: -11, dy: 0, parts: [] });
    list.push({ key: "sent-place", look: "mark-unit", at, dx: 18, dy: 0, yields: true, parts: [{ look: "", text: placeText(order) }] });
  }
  for (const { move, rank } of pendingMoves.value) {
    if (named.has(move.unit)) continue;
    named.add(move.unit);
    list.push({
      key: `move-${move.unit}`, look: "mark-unit", at: ofUnit(move.unit), dx: 22, dy: 0, yields: true, click: () => selectUnit(move.unit),
      parts: [{ look: "rank", text: String(rank) }, { look: "", text: move.callsign }, { look: "strong", text: elapsed(move.there_s * 1000) }],
    });
  }
  for (const id of kept.value) {
    if (named.has(id)) continue;
    named.add(id);
    list.push({ key: `kept-${id}`, look: "mark-unit", at: ofUnit(id), dx: 22, dy: 0, yields: true, parts: [{ look: "", text: callsign(id) }] });
  }
  if (p) {
    const units = nearest.asked.value.data?.units ?? [];
    const few = mapState.value.scale_m > CITY_MPP ? NAMED_FROM_FAR : units.length;
    units.slice(0, few).forEach((unit, n) => {
      if (named.has(unit.id)) return;
      list.push({
        key: `near-${unit.id}`, look: "mark-unit", at: ofUnit(unit.id), dx: 22, dy: 0, yields: true,
        parts: [{ look: "rank", text: String(n + 1) }, { look: "", text: unit.callsign }, { look: "strong", text: typeof unit.eta_s === "number" ? elapsed(unit.eta_s * 1000) : amount(unit.distance_m) }],
      });
    });
    for (const ring of ringSettings.value) {
      const [lon, lat] = destination(p.lat, p.lon, 0, ring.outer_m);
      list.push({ key: `ring-${ring.name}`, look: "mark-ring", at: ofPlace(lat, lon), dx: -32, dy: 0, yields: true, parts: [{ look: "", text: t(ring.name) }] });
    }
  }
  const over = MapState.hovered.value;
  if (over && !named.has(over)) {
    list.push({ key: "hover", look: "mark-unit mark-hover", at: ofUnit(over), dx: 14, dy: 0, parts: [{ look: "", text: callsign(over) }] });
  }
  return list;
}
