import { describe, expect, it } from "vitest";
import type { Meant } from "../src/api/types";
import { bearing_deg, middleOf } from "../src/map/geometry";
import { compass, drawn, nextTime, waysAlong } from "../src/state/drawing";

const meant = (line: [number, number][], change: Partial<Meant> = {}): Meant => ({
  edge_count: 1, one_way_count: 0, length_m: 100, names: [], geometry: { type: "MultiLineString", coordinates: [line] }, ...change,
});

describe("what is drawn", () => {
  const a = { lat: 22.9, lon: 108.2 }, b = { lat: 22.8, lon: 108.3 };
  it("is a place, a line, or a box whichever corners were pointed at", () => {
    expect(drawn("road", a, a)).toEqual({ type: "Point", coordinates: [108.2, 22.9] });
    expect(drawn("line", a, b)).toEqual({ type: "LineString", coordinates: [[108.2, 22.9], [108.3, 22.8]] });
    const box = { type: "Polygon", coordinates: [[[108.2, 22.8], [108.3, 22.8], [108.3, 22.9], [108.2, 22.9], [108.2, 22.8]]] };
    expect([drawn("box", a, b), drawn("box", b, a)]).toEqual([box, box]);
  });
  it("has two directions where it is one stretch that may be driven both ways", () => {
    const [east, west] = waysAlong(meant([[108, 22], [108.01, 22]])) ?? [];
    expect([east, west]).toEqual([90, 270]);
    expect(waysAlong(meant([[108, 22], [108, 21.9]]))).toEqual([180, 0]);
    expect(waysAlong(meant([[108, 22], [108.01, 22]], { one_way_count: 1 }))).toBe(null);
    expect(waysAlong(meant([[108, 22], [108.01, 22]], { edge_count: 2 }))).toBe(null);
    expect(waysAlong(meant([[108, 22], [108.01, 22], [108, 22]]))).toBe(null);
  });
  it("leads in one of eight directions", () => {
    expect([0, 22, 23, 90, 225, 337, 338, 360].map(compass)).toEqual(["north", "north", "north_east", "east", "south_west", "north_west", "north", "north"]);
  });
});

describe("a time of day", () => {
  const noon = new Date(2026, 2, 1, 12, 0, 0).getTime();
  it("is the next one", () => {
    expect(nextTime("12:30", noon)).toBe(noon + 30 * 60_000);
    expect(nextTime("12:00", noon)).toBe(new Date(2026, 2, 2, 12, 0, 0).getTime());
    expect(nextTime("7:05", noon)).toBe(new Date(2026, 2, 2, 7, 5, 0).getTime());
  });
  it("is none when it is no time", () => {
    expect(["", "24:00", "12:60", "noon"].map((text) => nextTime(text, noon))).toEqual([null, null, null, null]);
  });
});

describe("lines", () => {
  it("have a middle and a direction", () => {
    expect(middleOf([[0, 0], [2, 0], [2, 2]])).toEqual([2, 0]);
    expect(middleOf([[0, 0], [0, 0], [4, 0]])).toEqual([2, 0]);
    expect(middleOf([[1, 1], [1, 1]])).toEqual([1, 1]);
    expect([bearing_deg([0, 0], [0, 1]), bearing_deg([0, 0], [1, 0]), bearing_deg([0, 0], [-1, 0])]).toEqual([0, 90, 270]);
  });
});
