import { describe, expect, it } from "vitest";
import { TRAIL_FIXES_MAX, TRAIL_MS, Trails } from "../src/units/trails";
import { UnitStore } from "../src/units/store";

const nobody = () => null;
const lons = (trails: Trails) => trails.stretches().map(({ known, places }) => [known, places.map(({ lon }) => lon)]);
/** A fix each second from `from` on, east by one each time. */
const drive = (trails: Trails, slot: number, from: number, to: number) => {
  for (let s = from; s <= to; s++) trails.add(slot, 30, s, s * 1_000);
};

describe("a trail", () => {
  it("is kept of those alone that are watched", () => {
    const trails = new Trails();
    trails.add(1, 30, 1, 1_000);
    trails.watch(new Set([1]), nobody);
    expect(trails.stretches()).toEqual([]);
    drive(trails, 1, 2, 4);
    drive(trails, 2, 2, 4);
    expect(lons(trails)).toEqual([[true, [2, 3, 4]]]);
    trails.watch(new Set([2]), nobody);
    expect(trails.stretches()).toEqual([]);
  });
  it("begins at the last fix, and goes on while others are chosen beside it", () => {
    const trails = new Trails();
    trails.watch(new Set([1]), () => ({ lat: 30, lon: 0, at_ms: 0 }));
    drive(trails, 1, 1, 2);
    trails.watch(new Set([1, 2]), nobody);
    drive(trails, 1, 3, 3);
    expect(lons(trails)).toEqual([[true, [0, 1, 2, 3]]]);
  });
  it("is not joined over a gap of more than ten seconds", () => {
    const trails = new Trails();
    trails.watch(new Set([1]), nobody);
    drive(trails, 1, 0, 2);
    drive(trails, 1, 12, 13); // ten seconds later: still known
    drive(trails, 1, 24, 25); // eleven
    expect(lons(trails)).toEqual([[true, [0, 1, 2, 12, 13]], [false, [13, 24]], [true, [24, 25]]]);
  });
  it("takes no fix twice and none out of turn", () => {
    const trails = new Trails();
    trails.watch(new Set([1]), nobody);
    drive(trails, 1, 5, 6);
    trails.fresh = false;
    drive(trails, 1, 3, 6);
    expect([trails.fresh, lons(trails)]).toEqual([false, [[true, [5, 6]]]]);
  });
  it("is bounded in fixes and in time", () => {
    const trails = new Trails();
    trails.watch(new Set([1]), nobody);
    drive(trails, 1, 1, TRAIL_FIXES_MAX + 50);
    const [[, places]] = lons(trails) as [boolean, number[]][];
    expect([places.length, places[0]]).toEqual([TRAIL_FIXES_MAX, 51]);
    const later_s = TRAIL_FIXES_MAX + 50 + TRAIL_MS / 1_000;
    drive(trails, 1, later_s + 1, later_s + 2);
    expect(lons(trails)).toEqual([[true, [later_s + 1, later_s + 2]]]);
  });
});

it("the store tells each new fix once", () => {
  const store = new UnitStore();
  store.setCity([112.2, 30.3], {});
  store.addRoster([{ no: 1, id: "C-1", callsign: "C-1", kind: "patrol_car", org: "S1", crew: 2, capabilities: [] }]);
  const told: number[][] = [];
  store.onFix = (slot, { lat_deg, lon_deg }) => void told.push([slot, lat_deg, lon_deg, store.fix_ms[slot]]);
  const record = { no: 1, lat_deg: 30.3, lon_deg: 112.2, age_ms: 500, speed_mps: 5, heading_deg: 90, status: 1, contact: 0, alarm: false, moved: true };
  store.apply(record, 10_000, 0);
  store.apply({ ...record, age_ms: 1_500 }, 11_000, 1_000); // the same fix, a second older
  store.apply({ ...record, lon_deg: 112.21 }, 12_000, 2_000);
  store.apply({ ...record, moved: false }, 13_000, 3_000); // no fix at all
  expect(told).toEqual([[0, 30.3, 112.2, 9_500], [0, 30.3, 112.21, 11_500]]);
});
