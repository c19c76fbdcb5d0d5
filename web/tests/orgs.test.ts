import { describe, expect, it } from "vitest";
import type { Organisation } from "../src/api/types";
import { branches, placesOf, rowsOf, step, strengths } from "../src/ui/orgTree";
import { UnitStore } from "../src/units/store";

const org = (id: string, parent: string | null): Organisation => ({ id, name: { zh: id, en: id }, level: "station", parent });
const ORGS = [org("city", null), org("north", "city"), org("n1", "north"), org("n2", "north"), org("south", "city"), org("s1", "south")];
const ids = (open: string[]) => rowsOf(branches(ORGS), new Set(open)).map(({ org: { id }, level }) => `${level}${id}`);

/** One unit each of an organisation, status, contact and age. */
function storeOf(units: [org: string, status: number, contact?: number][]): UnitStore {
  const store = new UnitStore();
  store.setCity([112.2, 30.3], {});
  store.addRoster(units.map(([org], n) => ({ no: n + 1, id: `U-${n}`, callsign: `U-${n}`, kind: "patrol_car", org, crew: 2, capabilities: [] })));
  units.forEach(([, status, contact = 0], n) => store.apply({ no: n + 1, lat_deg: 30.3, lon_deg: 112.2, moved: contact !== 3, age_ms: 500, speed_mps: 0, heading_deg: NaN, status, contact, alarm: false }, 10_000, 0));
  return store;
}

describe("the tree", () => {
  it("shows what is open", () => {
    expect(ids([])).toEqual(["1city"]);
    expect(ids(["city", "north"])).toEqual(["1city", "2north", "3n1", "3n2", "2south"]);
    expect(ids(["north"])).toEqual(["1city"]);
  });
  it("has at its top whoever's parent is not known, and ends where organisations name each other", () => {
    expect(rowsOf(branches(ORGS.slice(1)), new Set()).map((b) => b.org.id)).toEqual(["north", "south"]);
    expect(branches([org("a", "b"), org("b", "a"), org("c", null)]).map((b) => b.org.id)).toEqual(["c"]);
  });
});

it("counts each unit once, and with all above it", () => {
  const store = storeOf([["n1", 1], ["n1", 3], ["n2", 5], ["north", 1], ["s1", 4], ["s1", 1, 2], ["s1", 1, 3], ["south", 0], ["elsewhere", 1]]);
  const found = strengths(store, branches(ORGS));
  expect(Object.fromEntries(found)).toMatchObject({
    n1: { available: 1, committed: 1, other: 0 }, n2: { available: 0, committed: 0, other: 1 }, north: { available: 2, committed: 1, other: 1 },
    s1: { available: 0, committed: 1, other: 2 }, south: { available: 0, committed: 1, other: 3 }, city: { available: 2, committed: 2, other: 4 },
  });
});

it("finds the places of an organisation's units, of those that have one", () => {
  const places = placesOf(storeOf([["n1", 1], ["s1", 1], ["n2", 1, 3], ["n2", 0]]), new Set(["n1", "n2"]), 0);
  expect(places.map((place) => place.map((degrees) => degrees.toFixed(4)))).toEqual([["112.2000", "30.3000"], ["112.2000", "30.3000"]]);
});

it("goes by arrow keys as trees do", () => {
  const open = new Set(["city", "north"]), rows = rowsOf(branches(ORGS), open);
  const go = (at: string, key: string) => step(rows, open, at, key);
  expect([go("city", "ArrowDown"), go("south", "ArrowUp"), go("south", "ArrowDown"), go("n1", "Home"), go("n1", "End")]).toEqual([{ to: "north" }, { to: "n2" }, null, { to: "city" }, { to: "south" }]);
  expect([go("south", "ArrowRight"), go("north", "ArrowRight"), go("n1", "ArrowRight")]).toEqual([{ flip: "south" }, { to: "n1" }, null]);
  expect([go("north", "ArrowLeft"), go("n2", "ArrowLeft"), go("south", "ArrowLeft"), go("nobody", "ArrowDown"), go("city", "x")]).toEqual([{ flip: "north" }, { to: "north" }, { to: "city" }, null, null]);
});
