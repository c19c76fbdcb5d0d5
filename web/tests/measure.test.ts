import { describe, expect, it } from "vitest";
import { measuredArea, measuredLength } from "../src/state/format";
import { destination, EARTH_RADIUS_M } from "../src/units/mercator";
import { measure } from "../src/units/measure";

const at = (lat: number, lon: number) => ({ lat, lon });
/** A circle's area on the sphere: that of a cap. */
const cap_m2 = (radius_m: number) => 2 * Math.PI * EARTH_RADIUS_M ** 2 * (1 - Math.cos(radius_m / EARTH_RADIUS_M));
const round = (lat: number, lon: number, radius_m: number, n: number) =>
  Array.from({ length: n }, (_, i) => { const [x, y] = destination(lat, lon, (i * 360) / n, radius_m); return at(y, x); });

describe("lengths", () => {
  it("are those of great circles on the server's sphere", () => {
    const { legs_m, whole_m } = measure([at(0, 0), at(0, 90), at(90, 0)], false);
    const quarter = (Math.PI / 2) * EARTH_RADIUS_M;
    expect(legs_m).toHaveLength(2);
    for (const leg of legs_m) expect(leg).toBeCloseTo(quarter, 3);
    expect(whole_m).toBeCloseTo(2 * quarter, 3);
  });
  it("go back to the first place once the shape is closed", () => {
    const places = [at(22.8, 108.3), at(22.9, 108.3), at(22.9, 108.4)];
    const open = measure(places, false), closed = measure(places, true);
    expect(open.area_m2).toBeNull();
    expect(closed.legs_m.slice(0, 2)).toEqual(open.legs_m);
    expect(closed.legs_m).toHaveLength(3);
    expect(closed.whole_m).toBeGreaterThan(open.whole_m);
  });
  it("of nothing and of one place are nothing", () => {
    expect(measure([], false)).toEqual({ legs_m: [], whole_m: 0, area_m2: null });
    expect(measure([at(1, 2)], false)).toEqual({ legs_m: [], whole_m: 0, area_m2: null });
  });
});

describe("areas", () => {
  it("of an eighth of the sphere", () => {
    const { area_m2 } = measure([at(0, 0), at(0, 90), at(90, 45)], true);
    expect((area_m2 ?? 0) / ((Math.PI / 2) * EARTH_RADIUS_M ** 2)).toBeCloseTo(1, 9);
  });
  it("of a fine polygon in a circle come near the circle's, whichever way round", () => {
    for (const [lat, lon, radius_m] of [[22.85, 108.4, 500], [60.2, 24.9, 3_000], [-33.9, 151.2, 50]]) {
      const ring = round(lat, lon, radius_m, 360);
      const one = measure(ring, true).area_m2 ?? 0, other = measure([...ring].reverse(), true).area_m2 ?? 0;
      expect(one / cap_m2(radius_m)).toBeGreaterThan(0.9998);
      expect(one / cap_m2(radius_m)).toBeLessThan(1);
      expect(other / one).toBeCloseTo(1, 6);
    }
  });
  it("have no meaning where sides cross", () => {
    const bow = [at(22.8, 108.3), at(22.9, 108.4), at(22.9, 108.3), at(22.8, 108.4)];
    expect(measure(bow, true).area_m2).toBeNull();
    expect(measure([bow[0], bow[2], bow[1], bow[3]], true).area_m2).toBeGreaterThan(0);
  });
});

it("says lengths and areas with as many figures as mean something", () => {
  expect([0, 7.4, 840.4, 999.4, 999.6, 1_240, 23_456].map(measuredLength).map(({ unit, value }) => `${value} ${unit}`))
    .toEqual(["0 metres", "7 metres", "840 metres", "999 metres", "1.00 km", "1.24 km", "23.46 km"]);
  expect([12_345, 99_999, 100_000, 20_340_000].map(measuredArea).map(({ unit, value }) => `${value} ${unit}`))
    .toEqual(["12,345 m2", "99,999 m2", "0.10 km2", "20.34 km2"]);
});
