// What is known of orders, against what comes in. Pure.
import type { Order } from "../api/types";
import { ORDER_STATES } from "../words";

const rank = (order: Order): number => ORDER_STATES.indexOf(order.state);

/** An order goes forward only: news of an earlier state came late. */
export const isNewer = (order: Order, known: Order): boolean => rank(order) >= rank(known);

/** Each unit's open order, of which it has one at most. */
export const openByUnit = (orders: ReadonlyMap<string, Order>): Map<string, Order> =>
  new Map([...orders.values()].filter((order) => order.state !== "ended").map((order) => [order.unit, order]));

/**
 * What is known after the open orders were fetched: those, what was told meanwhile, and what is watched though it ended.
 * `missed` are watched ones that ended unseen.
 */
export function renewed(
  known: ReadonlyMap<string, Order>, open: readonly Order[], told: ReadonlySet<string>, watched: ReadonlySet<string>,
): { known: Map<string, Order>; missed: string[] } {
  const next = new Map<string, Order>();
  const missed: string[] = [];
  for (const order of open) {
    const old = known.get(order.id);
    // One that is told of and not known ended meanwhile.
    if (old || !told.has(order.id)) next.set(order.id, old && !isNewer(order, old) ? old : order);
  }
  for (const [id, order] of known) {
    if (next.has(id)) continue;
    if (told.has(id) || watched.has(id)) next.set(id, order);
    if (!told.has(id) && watched.has(id) && order.state !== "ended") missed.push(id);
  }
  return { known: next, missed };
}
