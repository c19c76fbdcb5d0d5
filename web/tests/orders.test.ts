import { describe, expect, it } from "vitest";
import type { Order } from "../src/api/types";
import { isNewer, openByUnit, renewed } from "../src/state/orderlist";
import { renewal } from "../src/state/renewal";
import type { OrderState } from "../src/words";

const order = (id: string, state: OrderState = "issued", unit = `u-${id}`): Order => ({
  id, unit, callsign: unit, purpose: "move_up", to: { lat: 22.8, lon: 108.3 }, place: null, radius_m: 60, state, reason: state === "ended" ? "done" : null,
  issued_at: "2026-01-01T00:00:00.000Z", accepted_at: null, arrived_at: null, ended_at: null, due_at: null, cordon: null, gate: null,
});
const map = (...orders: Order[]) => new Map(orders.map((each) => [each.id, each]));
const none: ReadonlySet<string> = new Set();

describe("orders", () => {
  it("go forward only", () => {
    expect(isNewer(order("a", "accepted"), order("a"))).toBe(true);
    expect(isNewer(order("a"), order("a", "arrived"))).toBe(false);
  });
  it("are each unit's open one", () => {
    expect([...openByUnit(map(order("a", "ended", "x"), order("b", "accepted", "x"), order("c"))).values()].map(({ id }) => id)).toEqual(["b", "c"]);
  });
  it("are what was fetched, but for what was told meanwhile", () => {
    const { known, missed } = renewed(map(order("gone"), order("b", "arrived"), order("new")), [order("a"), order("b", "accepted"), order("over")], new Set(["new", "over"]), none);
    expect([...known].map(([id, { state }]) => [id, state])).toEqual([["a", "issued"], ["b", "arrived"], ["new", "issued"]]);
    expect(missed).toEqual([]);
  });
  it("that somebody looks at stay, and are asked for when they ended unseen", () => {
    const { known, missed } = renewed(map(order("a", "accepted"), order("b", "ended"), order("c")), [], none, new Set(["a", "b"]));
    expect([...known.keys()]).toEqual(["a", "b"]);
    expect(missed).toEqual(["a"]);
  });
});

describe("a renewal", () => {
  it("fetches one at a time, and once more for all that was asked meanwhile", async () => {
    const waiting: (() => void)[] = [];
    const renew = renewal(() => new Promise((done) => waiting.push(done)));
    renew();
    renew();
    renew();
    expect(waiting.length).toBe(1);
    waiting[0]();
    await Promise.resolve().then(() => {});
    expect(waiting.length).toBe(2);
    waiting[1]();
    await Promise.resolve().then(() => {});
    expect(waiting.length).toBe(2);
    renew();
    expect(waiting.length).toBe(3);
  });
});
