import { describe, expect, it } from "vitest";
import { viewOf } from "./help";
import { Instances, STRIDE_BYTES } from "../src/map/units/instances";
import { drawClass, HELD, LOST_DOT, OUTLINE, showsHeading, SOLID, STALE_DASH, treatment } from "../src/map/units/look";
import { level } from "../src/map/units/detail";
import { sizeAt } from "../src/map/units/signs";
import { freshByKind, shownContact, thresholdsByKind } from "../src/units/age";
import { destination, distance_m, latitude, longitude, mercatorX, mercatorY, NearMercator } from "../src/units/mercator";
import { glide_ms, LEAD_MAX_M, lead_m } from "../src/units/motion";
import { rowsInView } from "../src/ui/rowsInView";
import { UnitStore } from "../src/units/store";
import { LIVE, LOST, NEVER, STALE } from "../src/words";

const NOW = 1_700_000_000_000;
const record = (change: object = {}) => ({
  no: 1, lat_deg: 30.3, lon_deg: 112.2, age_ms: 500, speed_mps: 5, heading_deg: 90,
  status: 1, contact: 0, alarm: false, moved: true, ...change,
});
const entry = (no: number, id: string) => ({ no, id, callsign: id, kind: "patrol_car" as const, org: "S1", crew: 2, capabilities: [] });

function store(...ids: string[]): UnitStore {
  const s = new UnitStore();
  s.setCity([112.2, 30.3], {});
  s.addRoster(ids.map((id, n) => entry(n + 1, id)));
  return s;
}

describe("motion", () => {
  it("glides 900 ms at most and never over a gap", () => {
    expect([glide_ms(400, false), glide_ms(5_000, false), glide_ms(10_000, false)]).toEqual([400, 900, 900]);
    expect([glide_ms(10_001, false), glide_ms(NaN, false), glide_ms(0, false), glide_ms(1_000, true)]).toEqual([0, 0, 0, 0]);
  });

  it("moves a marker in a straight line between two fixes", () => {
    const s = store("C-1");
    const t = s.epoch_ms;
    s.apply(record(), NOW, t);
    s.apply(record({ lon_deg: 112.21 }), NOW + 1_000, t + 1_000);
    const slot = s.slot("C-1");
    expect(s.drawnPlace(slot, t + 1_000).lon).toBeCloseTo(112.2, 6);
    expect(s.drawnPlace(slot, t + 1_450).lon).toBeCloseTo(112.205, 5);
    expect(s.drawnPlace(slot, t + 1_900).lon).toBeCloseTo(112.21, 6);
    expect(s.drawnPlace(slot, t + 9_000).lat).toBeCloseTo(30.3, 6);
  });

  it("jumps when the fixes lie more than ten seconds apart", () => {
    const s = store("C-1");
    s.apply(record(), NOW, s.epoch_ms);
    s.apply(record({ lon_deg: 112.3 }), NOW + 11_000, s.epoch_ms + 11_000);
    expect(s.drawnPlace(0, s.epoch_ms + 11_000).lon).toBeCloseTo(112.3, 6);
  });

  it("jumps to the last of fixes that came at once, from where the unit was long before", () => {
    const s = store("C-1"), t = s.epoch_ms;
    const lons = [112.2, 112.201, 112.202, 112.203], shown = lons.map((lon_deg, n) => {
      s.apply(record({ lon_deg }), NOW + n * 4_000, t + 1_000);
      return s.drawnPlace(0, t + 1_000).lon;
    });
    for (const [n, lon] of [lons[0], lons[0], lons[0], lons[3]].entries()) expect(shown[n]).toBeCloseTo(lon, 6);
    // One that stood still meanwhile glides as ever.
    s.apply(record({ lon_deg: 112.203 }), NOW + 30_000, t + 20_000);
    s.apply(record({ lon_deg: 112.204 }), NOW + 32_000, t + 22_000);
    expect(s.drawnPlace(0, t + 22_450).lon).toBeCloseTo(112.2035, 5);
  });

  it("says how far ahead a unit may be while its fix is fresh, and no further", () => {
    expect([0, 1_000, 9_999, 10_000].map((age) => lead_m(8, age, 10_000, false))).toEqual([0, 8, 79.992, 80]);
    expect([-1, 10_001, NaN].map((age) => lead_m(8, age, 10_000, false))).toEqual([0, 0, 0]);
    expect(lead_m(8, 6_000, 5_000, false)).toBe(0);
    expect(lead_m(50, 9_000, 10_000, false)).toBe(LEAD_MAX_M);
    expect([lead_m(NaN, 1_000, 10_000, false), lead_m(0, 1_000, 10_000, false)]).toEqual([0, 0]);
  });

  it("lets that grow in steps where nothing is to glide", () => {
    expect([4_999, 5_000, 9_999, 10_000, 10_001].map((age) => lead_m(8, age, 10_000, true))).toEqual([0, 40, 40, 80, 0]);
  });

  it("takes a fix for fresh no longer than the server takes its unit for live", () => {
    const fresh = freshByKind(thresholdsByKind({ vehicle_terminal: { stale_s: 5, lost_s: 100 }, radio: { stale_s: 60, lost_s: 90 } }));
    expect([fresh[0], fresh[1], fresh[3]]).toEqual([5_000, 10_000, 10_000]);
  });

  it("keeps gliding after the hourly rebase", () => {
    const s = store("C-1");
    const t = s.epoch_ms;
    s.apply(record(), NOW, t);
    s.apply(record({ lon_deg: 112.21 }), NOW + 1_000, t + 1_000);
    s.rebase(t + 1_200);
    expect(s.drawnPlace(0, t + 1_450).lon).toBeCloseTo(112.205, 5);
  });
});

describe("age", () => {
  const threshold = { stale_ms: 30_000, lost_ms: 180_000 };
  it("runs on between fixes and never says better than the server", () => {
    expect(shownContact(LIVE, 30_000, threshold)).toBe(LIVE);
    expect(shownContact(LIVE, 30_001, threshold)).toBe(STALE);
    expect(shownContact(LIVE, 180_001, threshold)).toBe(LOST);
    expect(shownContact(LOST, 5, threshold)).toBe(LOST);
    expect(shownContact(NEVER, 5, threshold)).toBe(NEVER);
  });

  it("takes the most patient device of a kind", () => {
    const by = thresholdsByKind({ vehicle_terminal: { stale_s: 20, lost_s: 100 }, radio: { stale_s: 60, lost_s: 90 } });
    expect(by[0]).toEqual({ stale_ms: 20_000, lost_ms: 100_000 });
    expect(by[1]).toEqual({ stale_ms: 60_000, lost_ms: 100_000 });
    expect(by[3]).toEqual(threshold);
  });

  it("turns a silent unit stale, then lost", () => {
    const s = store("C-1");
    s.apply(record(), NOW, s.epoch_ms);
    expect(s.age(NOW + 20_000)).toBe(false);
    expect(s.age(NOW + 31_000)).toBe(true);
    expect(s.contact[0]).toBe(STALE);
  });
});

describe("the store", () => {
  it("counts who is there, through snapshots, removals and new numbers", () => {
    const s = store("C-1", "C-2");
    s.beginFrame(true);
    s.apply(record({ no: 1 }), NOW, 0);
    s.apply(record({ no: 2 }), NOW, 0);
    s.apply(record({ no: 99 }), NOW, 0); // nobody's number
    expect(s.present).toBe(2);
    s.beginFrame(false);
    s.apply(record({ no: 2 }), NOW, 0);
    [1, 2, 99].forEach((no) => s.left(no)); // the second came to another part of the map
    expect(s.present).toBe(1);
    s.newConnection();
    s.addRoster([entry(7, "C-1")]);
    s.beginFrame(true);
    s.apply(record({ no: 7 }), NOW, 0);
    expect([s.present, s.slot("C-1"), s.here[1]]).toEqual([1, 0, 0]);
  });

  it("grows past its first size without losing anybody", () => {
    const s = new UnitStore();
    s.addRoster(Array.from({ length: 20_000 }, (_, n) => entry(n, `C-${n}`)));
    for (let no = 0; no < 20_000; no++) s.apply(record({ no, lat_deg: 30 + no / 1e5 }), NOW, s.epoch_ms);
    expect(s.present).toBe(20_000);
    expect(s.drawnPlace(s.slot("C-19999"), s.epoch_ms).lat).toBeCloseTo(30.19999, 5);
  });

  it("keeps a unit hollow after a break until it reports anew", () => {
    const s = store("C-1");
    s.apply(record(), NOW, 0);
    s.hold();
    s.apply(record({ age_ms: 10_500 }), NOW + 10_000, 0); // the same fix again
    expect(s.isLive(0)).toBe(false);
    s.apply(record({ age_ms: 100 }), NOW + 11_000, 0);
    expect(s.isLive(0)).toBe(true);
  });

  it("has no place for a unit that never had a fix", () => {
    const s = store("C-1");
    s.apply(record({ contact: 3, moved: false }), NOW, 0);
    expect([s.present, s.placed(0)]).toEqual([1, false]);
  });
});

describe("look", () => {
  it("never lets an old fix look fresh", () => {
    for (const status of [1, 2, 3, 4, 5]) {
      expect(treatment(status, STALE, false)).toBe(STALE_DASH);
      expect(treatment(status, LOST, false)).toBe(LOST_DOT);
      expect(treatment(status, LIVE, true)).toBe(HELD);
    }
    expect(treatment(0, LOST, false)).toBe(OUTLINE);
    expect(treatment(1, LIVE, false)).toBe(SOLID);
  });

  it("shows a heading only when it is fresh and means something", () => {
    expect(showsHeading(0, SOLID, 5, 90, 9_000, 10_000)).toBe(true);
    expect(showsHeading(0, SOLID, 5, 90, 11_000, 10_000)).toBe(false);
    expect(showsHeading(0, SOLID, 0.5, 90, 100, 10_000)).toBe(false);
    expect(showsHeading(0, SOLID, NaN, NaN, 100, 10_000)).toBe(false);
    expect(showsHeading(5, SOLID, 5, 90, 100, 10_000)).toBe(false);
  });

  it("draws alarms last and whoever is off first", () => {
    const order = [drawClass(0, false, false, false), drawClass(5, false, false, false), drawClass(1, false, false, false), drawClass(3, false, false, false), drawClass(1, false, false, true), drawClass(1, false, true, false), drawClass(1, true, true, true)];
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("steps through city, district and street", () => {
    expect([level(14), level(6), level(3)]).toEqual([0, 1, 2]);
  });
});

describe("instances", () => {
  it("hold what the filters let through, in draw order", () => {
    const s = store("C-1", "C-2", "C-3", "C-4");
    s.apply(record({ no: 1, alarm: true }), NOW, 0);
    s.apply(record({ no: 2, status: 0 }), NOW, 0);
    s.apply(record({ no: 3, status: 3 }), NOW, 0);
    s.apply(record({ no: 4, status: 1 }), NOW, 0);
    const built = new Instances();
    built.build(s, viewOf({ statuses: new Set([1, 3]) }), NOW, s.epoch_ms);
    expect(built.count).toBe(3);
    const classes = Array.from({ length: 3 }, (_, n) => new Uint8Array(built.data.buffer, n * STRIDE_BYTES + 26, 1)[0]);
    expect(classes).toEqual([2, 3, 6]);
  });

  it("tell the shader when a fix was true and how fast its unit went, of those alone that may be ahead of it", () => {
    const s = store("C-1", "C-2", "C-3", "C-4", "C-5");
    const local = s.epoch_ms + 4_000;
    const moving = { age_ms: 3_000, speed_mps: 8 };
    s.apply(record({ ...moving, no: 1 }), NOW, local);
    s.apply(record({ ...moving, no: 2, age_ms: 10_500 }), NOW, local);
    s.apply(record({ ...moving, no: 3, speed_mps: 0.5 }), NOW, local);
    s.apply(record({ ...moving, no: 4, contact: 1 }), NOW, local);
    s.apply(record({ ...moving, no: 5, status: 4 }), NOW, local);
    const built = new Instances();
    built.build(s, viewOf(), NOW + 500, local + 500);
    const at = (n: number) => ({ speed: new Uint8Array(built.data.buffer)[n * STRIDE_BYTES + 31], fix_ms: built.data[(n * STRIDE_BYTES) / 4 + 8] });
    expect(at(0)).toEqual({ speed: 16, fix_ms: 1_000 });
    expect([1, 2, 3, 4].map((n) => at(n).speed)).toEqual([0, 0, 0, 0]);
    expect(built.leadingUntil_ms).toBe(s.epoch_ms + 11_000);
    built.build(s, viewOf({ offline: true }), NOW + 500, local + 500);
    expect(at(0).speed).toBe(0);
  });
});

describe("mercator", () => {
  it("goes there and back", () => {
    expect(longitude(mercatorX(112.2))).toBeCloseTo(112.2, 9);
    expect(latitude(mercatorY(30.3))).toBeCloseTo(30.3, 9);
  });

  it("is the same near a latitude as anywhere", () => {
    const near = new NearMercator();
    for (const middle of [-60, -22.8, 0, 22.8, 60]) {
      for (let d = -0.06; d <= 0.06; d += 0.001) {
        const lat = middle + d;
        expect(Math.abs(near.y_of(lat) - mercatorY(lat)) * 40_075_017).toBeLessThan(1e-4);
      }
    }
    expect(Math.abs(near.y_of(85) - mercatorY(85))).toBeLessThan(1e-12);
    expect(Math.abs(near.y_of(84.951) - mercatorY(84.951)) * 40_075_017).toBeLessThan(0.02);
  });

  it("finds the place at a distance", () => {
    const [lon, lat] = destination(30.3, 112.2, 60, 3_000);
    expect(distance_m({ lat: 30.3, lon: 112.2 }, { lat, lon })).toBeCloseTo(3_000, 3);
  });
});

it("the list has alarms, committed, free and other units, each by call sign", () => {
  const s = store("C-3", "C-1", "C-2", "C-5", "C-4");
  [1, 1, 3, 5, 1].forEach((status, n) => s.apply(record({ no: n + 1, status, alarm: n === 4 }), NOW, 0));
  const rows = () => rowsInView(s, { bounds: null, ...viewOf() }, 0).map((slot) => s.roster[slot]?.callsign);
  expect(rows()).toEqual(["C-4", "C-2", "C-1", "C-3", "C-5"]);
  s.addRoster([entry(6, "C-0")]);
  s.apply(record({ no: 6 }), NOW, 0);
  expect(rows()).toEqual(["C-4", "C-2", "C-0", "C-1", "C-3", "C-5"]);
});

describe("gates of a cordon", () => {
  it("grow with the map, and neither vanish nor fill it", () => {
    expect([3, 10, 12.3, 16, 20].map(sizeAt)).toEqual([0.62, 0.62, 0.85, 1.8, 1.8]);
    expect(sizeAt(13.25)).toBeCloseTo(1.05, 6);
  });
});
