import { describe, expect, it } from "vitest";
import { viewOf } from "./help";
import { Instances } from "../src/map/units/instances";
import { crowding, crowdLevel, gather } from "../src/units/crowd";
import { mercatorX, mercatorY } from "../src/units/mercator";
import { UnitStore } from "../src/units/store";

const NOW = 1_700_000_000_000;

/** So many units over a city of some 50 km, of every status, some of them stale, some in alarm. */
function city(units: number): UnitStore {
  const store = new UnitStore();
  store.setCity([108.3, 22.8], {});
  store.addRoster(Array.from({ length: units }, (_, no) => ({ no, id: `u-${no}`, callsign: `U-${no}`, kind: "patrol_car" as const, org: "a", crew: 1, capabilities: [] })));
  for (let no = 0; no < units; no++) {
    store.apply({
      no, moved: true, lat_deg: 22.6 + ((no * 7919) % 1_000) / 2_500, lon_deg: 108.1 + ((no * 104_729) % 1_000) / 2_500, age_ms: 500, speed_mps: 5, heading_deg: 90,
      status: no % 7, contact: no % 11 === 0 ? 1 : 0, alarm: no % 97 === 0,
    }, NOW, store.epoch_ms);
  }
  return store;
}

function packed(store: UnitStore, change = {}): Instances {
  const instances = new Instances();
  instances.build(store, viewOf(change), NOW, store.epoch_ms);
  return instances;
}

describe("crowds", () => {
  it("begin well beyond the whole city, and come without a step", () => {
    expect([12, 11, 9.26].map((zoom) => crowding(zoom, 11))).toEqual([0, 0, 0]);
    expect([8.75, 8, 4].map((zoom) => crowding(zoom, 11))).toEqual([1, 1, 1]);
    let before = 0;
    for (let zoom = 9.25; zoom > 8.75; zoom -= 0.01) {
      const now = crowding(zoom, 11);
      expect(now - before).toBeLessThan(0.021);
      expect(now).toBeGreaterThanOrEqual(before);
      before = now;
    }
  });

  it("keep their parts while the zoom goes to and fro at a level's edge", () => {
    expect(crowdLevel(8.4, NaN)).toBe(8);
    expect([8.45, 8.55, 8.45, 8.6].map((zoom) => crowdLevel(zoom, 8))).toEqual([8, 8, 8, 8]);
    expect([crowdLevel(8.7, 8), crowdLevel(8.4, 9), crowdLevel(8.3, 9)]).toEqual([9, 9, 8]);
  });

  it("count every quiet unit once, and none that was sent, is in alarm, chosen or a candidate", () => {
    const store = city(3_500);
    const instances = packed(store, { selected: 1, candidates: new Set([8]) });
    const quiet = [...store.roster.keys()].filter((slot) => [0, 1, 5, 6].includes(store.status[slot]) && !store.alarm[slot] && slot !== 1 && slot !== 8);
    for (const level of [7, 8, 9]) {
      const crowds = gather(store, level, false, (slot) => instances.isQuiet(slot));
      const sum = (of: "units" | "live" | "free") => crowds.reduce((all, crowd) => all + crowd[of], 0);
      expect(sum("units")).toBe(quiet.length);
      expect(sum("live")).toBe(quiet.filter((slot) => slot % 11).length);
      expect(sum("free")).toBe(quiet.filter((slot) => slot % 11 && store.status[slot] === 1).length);
      expect(crowds.length).toBeLessThan(200);
    }
  });

  it("stand among their units", () => {
    const store = city(50);
    const [all] = gather(store, 0, false, () => true);
    const mean = (of: (slot: number) => number) => [...store.roster.keys()].reduce((sum, slot) => sum + of(slot), 0) / 50;
    expect(all.units).toBe(50);
    expect(all.x).toBeCloseTo(mean((slot) => mercatorX(108.1 + ((slot * 104_729) % 1_000) / 2_500)), 8);
    expect(all.y).toBeCloseTo(mean((slot) => mercatorY(22.6 + ((slot * 7919) % 1_000) / 2_500)), 8);
  });

  it("follow the filters, and know nobody to be there while the server is away", () => {
    const store = city(700);
    const instances = packed(store, { statuses: new Set([1]) });
    const crowds = gather(store, 8, true, (slot) => instances.isQuiet(slot));
    expect(crowds.reduce((sum, { units }) => sum + units, 0)).toBe([...store.roster.keys()].filter((slot) => store.status[slot] === 1 && !store.alarm[slot]).length);
    expect(crowds.every(({ live, free }) => live === 0 && free === 0)).toBe(true);
  });
});
