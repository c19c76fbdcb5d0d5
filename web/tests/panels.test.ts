import { describe, expect, it } from "vitest";
import { age, count, dated, distance, elapsed, pictureName } from "../src/state/format";
import { feedRow } from "../src/state/feed";
import { readRings, RING_MAX_M, RING_MIN_M, soundRings } from "../src/state/rings";
import { heldOrder } from "../src/ui/heldOrder";
import { scaleStep } from "../src/ui/scaleStep";
import { searchRoster } from "../src/ui/searchRoster";
import { CELLS_MAX, strength } from "../src/ui/strength";

describe("a list under the pointer", () => {
  const rows = (...ids: string[]) => ids.map((id, n) => ({ id, n }));
  it("keeps its order and takes fresh figures", () => {
    const held = heldOrder(rows("a", "b", "c"), [{ id: "b", n: 10 }, { id: "a", n: 11 }, { id: "d", n: 12 }], true);
    expect(held.rows).toEqual([{ id: "a", n: 11 }, { id: "b", n: 10 }, { id: "c", n: 2 }]);
    expect(held.waiting).toBe(3);
  });
  it("follows the answer when nobody points at it", () => {
    expect(heldOrder(rows("a"), rows("b"), false)).toEqual({ rows: rows("b"), waiting: 0 });
  });
});

describe("ring strength", () => {
  it("shows one cell a place: held, coming, missing", () => {
    const s = strength({ have: 6, by_status: { available: 3, en_route: 2, assigned: 1 } }, 8);
    expect(s.cells.join(" ")).toBe("held held held coming coming coming missing missing");
    expect(s.short).toBe(2);
  });
  it("never draws more cells than fit", () => {
    const s = strength({ have: 100, by_status: {} }, 200);
    expect(s.cells.length).toBe(CELLS_MAX);
    expect(s.cells.filter((c) => c === "missing").length).toBe(CELLS_MAX / 2);
  });
  it("has nothing missing when more are there than needed", () => {
    expect(strength({ have: 20, by_status: { en_route: 1 } }, 8).short).toBe(0);
    expect(strength({ have: 56, by_status: { en_route: 33 } }, 56).cells).not.toContain("missing");
    expect(strength({ have: 0, by_status: {} }, 0).cells).toEqual([]);
  });
});

describe("search", () => {
  const roster = ["C-021", "C-210", "M-021", "C-02"].map((callsign, no) => ({ no, id: `u${no}`, callsign, kind: "patrol_car" as const, org: "", crew: 1, capabilities: [] }));
  const found = (text: string) => searchRoster(roster, text).map((e) => e.callsign);
  it("ranks exact, beginning, containing", () => {
    expect(found("c02")).toEqual(["C-02", "C-021"]);
    expect(found("021")).toEqual(["C-021", "M-021"]);
    expect(found("C-21")).toEqual(["C-210"]);
    expect(found("  ")).toEqual([]);
  });
});

describe("the feed", () => {
  const at = "2026-01-01T00:00:00Z";
  const word = (event: Parameters<typeof feedRow>[0], watched = false, was = false) => feedRow(event, () => watched, was)?.word ?? null;
  it("tells of contact and alarms, and of zones only for who is watched", () => {
    expect(word({ type: "contact", unit: "a", contact: "lost", at })).toBe("feed_lost");
    expect(word({ type: "contact", unit: "a", contact: "stale", at })).toBe(null);
    expect(word({ type: "status", unit: "a", status: "busy", alarm: false, at })).toBe(null);
    expect(word({ type: "status", unit: "a", status: "busy", alarm: true, at })).toBe("feed_alarm_on");
    expect(word({ type: "status", unit: "a", status: "busy", alarm: true, at }, false, true)).toBe(null);
    expect(word({ type: "status", unit: "a", status: "busy", alarm: false, at }, false, true)).toBe("feed_alarm_off");
    expect(word({ type: "zone", action: "enter", unit: "a", zone: "z", layer: "beats", at })).toBe(null);
    expect(word({ type: "zone", action: "enter", unit: "a", zone: "z", layer: "beats", at }, true)).toBe("feed_enter");
  });
});

describe("figures", () => {
  it("reads well", () => {
    expect([count(3500), count(12), count(1234567)]).toEqual(["3,500", "12", "1,234,567"]);
    expect([elapsed(48_900), elapsed(3_661_000)]).toEqual(["00:48", "1:01:01"]);
    expect([distance(37.6).value, distance(318).value, distance(994).value, distance(1_040).value]).toEqual(["38", "320", "990", "1.0"]);
    expect([age(420).values.s, age(61_000).values.s, age(200_000).values.m, age(9_000_000).values.h]).toEqual(["0.4", "61", "3", "3"]);
  });
  it("finds a round bar for the scale", () => {
    for (const mpp of [0.3, 1, 3.7, 13.8, 200]) {
      const { metres, px } = scaleStep(mpp);
      expect([1, 2, 5]).toContain(Number(String(metres)[0]));
      expect(px).toBeGreaterThan(60);
      expect(px).toBeLessThanOrEqual(160);
    }
  });
});

describe("ring settings", () => {
  const usual = readRings(null);
  it("are 500 m, 1 km and 3 km at first", () => {
    expect(usual.map((r) => r.outer_m)).toEqual([500, 1_000, 3_000]);
  });
  it("come back as they were remembered, unless unsound", () => {
    expect(readRings("[[200,1],[400,2],[900,3]]").map((r) => [r.outer_m, r.need])).toEqual([[200, 1], [400, 2], [900, 3]]);
    for (const bad of ["[[400,1],[400,2],[900,3]]", "[[1,1]]", "{", '[["x",1],[2,2],[3,3]]', "[[200,1.5],[400,2],[900,3]]"]) expect(readRings(bad)).toEqual(usual);
  });
  it("hold at their limits and not past them", () => {
    const first = (outer_m: number) => soundRings([{ ...usual[0], outer_m }]);
    expect([first(RING_MIN_M), first(RING_MAX_M), first(RING_MIN_M - 1), first(RING_MAX_M + 1)]).toEqual([true, true, false, false]);
  });
});

describe("a picture", () => {
  const ms = Date.UTC(2026, 10, 22, 6, 32, 7, 900);
  it("has a file name of plain letters, with the time in UTC", () => {
    expect(pictureName("Qinglan", ms)).toBe("citygate-Qinglan-20261122T063207Z.png");
    expect(pictureName("../St. John's", ms)).toBe("citygate-St-John-s-20261122T063207Z.png");
    expect(pictureName("清澜", ms)).toBe("citygate-20261122T063207Z.png");
  });
  it("says its zone, so that its time is one moment", () => {
    const [, day, time, sign, h, m] = /^(\S+) (\S+) UTC([+−])(\d\d):(\d\d)$/.exec(dated(ms)) ?? [];
    expect(Date.parse(`${day}T${time}${sign === "−" ? "-" : "+"}${h}:${m}`)).toBe(ms - 900);
  });
});
