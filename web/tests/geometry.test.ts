import { describe, expect, it } from "vitest";
import { borders, chain, circle, collection, feature, inRing, joinRoads, middleLine, namePlace, polygon, ringGround, type Line } from "../src/map/geometry";
import { distance_m } from "../src/units/mercator";

const square = (x: number, y: number): Line => [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]];
const road = (line: Line, properties: object) => feature({ type: "LineString", coordinates: line }, { name_zh: "路", name_en: "Rd", ...properties });

describe("chains", () => {
  it("joins pieces whichever way they run", () => {
    const lines = chain([[[0, 0], [1, 0]], [[2, 0], [1, 0]], [[2, 0], [3, 0]]]);
    expect(lines).toHaveLength(1);
    expect(lines[0].map((p) => p[0]).sort()).toEqual([0, 1, 2, 3]);
  });
  it("stops where three meet, and closes loops", () => {
    expect(chain([[[0, 0], [1, 0]], [[1, 0], [2, 0]], [[1, 0], [1, 1]]])).toHaveLength(3);
    const [loop] = chain([[[0, 0], [1, 0]], [[1, 0], [1, 1]], [[1, 1], [0, 0]]]);
    expect(loop[0]).toEqual(loop[loop.length - 1]);
    expect(loop).toHaveLength(4);
  });
  it("keeps every piece exactly once", () => {
    const pieces: Line[] = [];
    for (let x = 0; x < 12; x++) for (let y = 0; y < 12; y++) pieces.push([[x, y], [x + 1, y]], [[x, y], [x, y + 1]]);
    const total = chain(pieces).reduce((sum, line) => sum + line.length - 1, 0);
    expect(total).toBe(pieces.length);
  });
});

it("draws a shared border once", () => {
  const lines = borders(collection([polygon(square(0, 0)), polygon(square(1, 0))]));
  const segments = lines.features.reduce((n, f) => n + (f.geometry as GeoJSON.LineString).coordinates.length - 1, 0);
  expect(segments).toBe(7);
});

it("joins road edges of one name and class only", () => {
  const joined = joinRoads(collection([
    road([[0, 0], [1, 0]], { class: "street" }), road([[1, 0], [2, 0]], { class: "street" }),
    road([[2, 0], [3, 0]], { class: "arterial" }),
  ]));
  expect(joined.features).toHaveLength(2);
});

describe("the ground inside the ring road", () => {
  const ring = Array.from({ length: 12 }, (_, n) => [Math.cos((n * Math.PI) / 6), Math.sin((n * Math.PI) / 6)] as [number, number]);
  const edges = ring.map((p, n) => road([p, ring[(n + 1) % 12]], { class: "ring" }));
  it("is the closed ring, in any order of edges", () => {
    const ground = ringGround(collection([...edges.slice(5), ...edges.slice(0, 5)]));
    expect((ground?.geometry as GeoJSON.Polygon).coordinates[0]).toHaveLength(13);
  });
  it("is found though an edge is missing, and null without a ring", () => {
    const ground = ringGround(collection(edges.slice(1)));
    const points = (ground?.geometry as GeoJSON.Polygon).coordinates[0];
    expect(points[0]).toEqual(points[points.length - 1]);
    expect(ringGround(collection([road([[0, 0], [1, 1]], { class: "street" })]))).toBeNull();
  });
});

it("finds the middle of a river", () => {
  const north: Line = [[0, 1], [5, 2], [10, 1]], south: Line = [[10, 0], [5, 1], [0, 0]];
  const line = middleLine([...north, ...south, north[0]], 10);
  expect(line).toHaveLength(9);
  expect(line[4][1]).toBeCloseTo(1.5, 6);
});

it("draws circles of the right size", () => {
  for (const [lon, lat] of circle(30.3, 112.2, 500)) expect(distance_m({ lat: 30.3, lon: 112.2 }, { lat, lon })).toBeCloseTo(500, 3);
});

it("names a zone inside itself and inside the town", () => {
  const zone: Line = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]];
  const [x, y] = namePlace(zone, [[8, 8], [14, 8], [14, 14], [8, 14], [8, 8]]);
  expect(Math.hypot(x - 9, y - 9)).toBeLessThan(0.5);
  const hook: Line = [[0, 0], [10, 0], [10, 1], [1, 1], [1, 10], [0, 10], [0, 0]];
  expect(inRing(hook, ...namePlace(hook, null))).toBe(true);
});
