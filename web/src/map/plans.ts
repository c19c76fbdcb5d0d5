// Ways that units are to go: the moves of a proposal, and where the selected unit was sent.
import { computed, effect } from "@preact/signals";
import type { Move, Order } from "../api/types";
import { selected } from "../state/app";
import { now_ms } from "../state/connection";
import { store } from "../state/live";
import { orderOf, proposed } from "../state/moveup";
import { openOrders } from "../state/orders";
import { bearing_deg, collection, feature } from "./geometry";
import type { MapView } from "./view";

/** A move is drawn until its order is over or its unit is there. */
const pending = (move: Move): boolean => {
  const state = orderOf(move)?.state;
  return state !== "arrived" && state !== "ended";
};

export const pendingMoves = computed(() => proposed.value.map((move, n) => ({ move, rank: n + 1 })).filter(({ move }) => pending(move)));

/** Who takes part in a proposal. */
export const plannedUnits = computed(() => proposed.value.map((move) => move.unit));

/** The order of the selected unit, while it is on its way. */
export const sentTo = computed<Order | null>(() => {
  const order = selected.value ? openOrders.value.get(selected.value) : undefined;
  return order ?? null;
});

/** Its way, or straight where it has none. */
export const lineOf = ({ from, to, line }: Move): GeoJSON.Position[] => (line.length > 1 ? line : [[from.lon, from.lat], [to.lon, to.lat]]);

export function showPlans(view: MapView): void {
  // Who asks for a plan wants to see it.
  effect(() => view.fit(proposed.value.flatMap(lineOf)));
  effect(() => {
    const lines = pendingMoves.value.map(({ move }) => lineOf(move));
    view.put("moves", collection(lines.map((coordinates) => feature({ type: "LineString", coordinates }, {}))));
    view.put("moves_end", collection(lines.map((line) => {
      const end = line[line.length - 1];
      return feature({ type: "Point", coordinates: end }, { bearing_deg: bearing_deg(line[line.length - 2], end) });
    })));
  });
  let shown = false;
  effect(() => {
    const order = sentTo.value;
    if (!order && !shown) return;
    void now_ms.value; // the unit goes on
    const slot = order ? store.slot(order.unit) : -1;
    shown = order !== null;
    if (!order || slot < 0 || !store.placed(slot)) {
      view.put("sent", collection([]));
      return;
    }
    // Where its way by road is drawn, a straight line says no more.
    const known = pendingMoves.value.some(({ move }) => move.unit === order.unit && move.line.length > 1);
    const { lat, lon } = store.drawnPlace(slot, performance.now());
    view.put("sent", collection(known ? [] : [feature({ type: "LineString", coordinates: [[lon, lat], [order.to.lon, order.to.lat]] }, {})]));
  });
}
