// The orders that units have: fetched on each subscription, kept true by the stream's notices.
import { computed, signal } from "@preact/signals";
import { endOrder, getOpenOrders, getOrder } from "../api/client";
import type { Order, Problem } from "../api/types";
import { problemOf } from "./failure";
import { isNewer, openByUnit, renewed } from "./orderlist";
import { renewal } from "./renewal";

/** by id: those that are open, and those that ended while somebody looks at them */
export const orders = signal<ReadonlyMap<string, Order>>(new Map());
/** ids of those that are kept when they end */
export const watched = signal<ReadonlySet<string>>(new Set());
/** refusals to cancel, by id */
export const cancelProblems = signal<ReadonlyMap<string, Problem>>(new Map());

export const openOrders = computed(() => openByUnit(orders.value));

/** told since the last fetch was sent: its answer may be older */
const told = new Set<string>();

/** An order as it is now. */
export function tell(order: Order): void {
  told.add(order.id);
  const known = orders.value.get(order.id);
  if (known && !isNewer(order, known)) return;
  const next = new Map(orders.value);
  if (order.state === "ended" && !watched.value.has(order.id)) next.delete(order.id);
  else next.set(order.id, order);
  orders.value = next;
}

export const renewOrders = renewal(async () => {
  told.clear();
  try {
    const open = await getOpenOrders();
    const { known, missed } = renewed(orders.value, open, told, watched.value);
    orders.value = known;
    for (const id of missed) tell(await getOrder(id));
  } catch (error) {
    // Without orders the wall works as before; the next subscription asks again.
    console.warn("orders:", problemOf(error).title);
  }
});

export async function cancel(id: string): Promise<void> {
  const problems = new Map(cancelProblems.value);
  problems.delete(id);
  try {
    tell(await endOrder(id, "cancelled"));
  } catch (error) {
    problems.set(id, problemOf(error));
    renewOrders();
  }
  cancelProblems.value = problems;
}
