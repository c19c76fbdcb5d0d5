import { describe, expect, it } from "vitest";
import { EVENT_KINDS, type DrillEvent, type DrillGate, type DrillReport, type DrillUnit, type TrackPoint } from "../src/api/drills";
import { DRILL_SOURCES, isShown } from "../src/map/drillstyle";
import { SOURCES } from "../src/map/style";
import { cordonAt, endOf, eventAt, gateStand, instantOf, markOf, mayBeAt, orderAt, scenery, since, spotOn, statusAt, stepFrom, stretch, tickStep, unitAt } from "../src/state/drill/replay";

const track: TrackPoint[] = [[10, 108, 22], [20, 108.1, 22], [30, 108.1, 22], [40, 108.1, 22.2]];
const near = (a: number | undefined, b: number) => expect(a).toBeCloseTo(b, 9);

describe("a track", () => {
  it("is gone along evenly, and stood at where it says the same twice", () => {
    const quarter = spotOn(track, 12.5);
    near(quarter?.lon, 108.025);
    expect(quarter?.to).toEqual([108.1, 22]);
    expect(spotOn(track, 25)).toEqual({ lon: 108.1, lat: 22, to: null });
    near(spotOn(track, 35)?.lat, 22.1);
  });
  it("begins where it begins and ends where it ends", () => {
    expect(spotOn(track, 0)).toEqual({ lon: 108, lat: 22, to: null });
    expect(spotOn(track, 40)).toEqual({ lon: 108.1, lat: 22.2, to: null });
    expect(spotOn(track, 9_999)).toEqual({ lon: 108.1, lat: 22.2, to: null });
    expect(spotOn([], 5)).toBe(null);
  });
  it("is not joined where its reports are far apart", () => {
    expect(spotOn(track, 15, 10)?.to).toEqual([108.1, 22]);
    expect(spotOn(track, 15, 9)).toEqual({ lon: 108, lat: 22, to: null });
  });
  it("is cut at two times, its ends between its points", () => {
    const line = stretch(track, 15, 35);
    expect(line.map(([lon, lat]) => [lon.toFixed(3), lat.toFixed(3)])).toEqual([["108.050", "22.000"], ["108.100", "22.000"], ["108.100", "22.100"]]);
    expect(stretch(track, 20, 30)).toHaveLength(1); // it stood
    expect(stretch(track, 30, 20)).toEqual([]);
    expect(stretch([], 0, 10)).toEqual([]);
  });
});

describe("a unit", () => {
  const unit = (change: Partial<DrillUnit>): DrillUnit => ({ id: "u", callsign: "U", kind: "patrol_car", patrol: [[-20, 107, 22], [-10, 107.2, 22], [5, 107.4, 22]], track, statuses: [[2, "assigned"], [10, "en_route"], [40, "on_scene"]], ...change });
  it("is on patrol until it was sent, then on its way", () => {
    near(unitAt(unit({}), -15)?.lon ?? undefined, 107.1);
    expect(unitAt(unit({}), 0)?.lon).toBe(107.2); // the next report is too far away to be joined
    expect(unitAt(unit({}), 9.9)?.lon).toBe(107.4);
    near(unitAt(unit({}), 15)?.lon, 108.05);
    expect(unitAt(unit({ patrol: [] }), 0)?.lon).toBe(108);
    expect(unitAt(unit({ patrol: [], track: [] }), 0)).toBe(null);
  });
  it("has the status of the time", () => {
    expect([-5, 2, 10, 39.9, 40, 99].map((s) => statusAt(unit({}), s))).toEqual(["available", "assigned", "en_route", "en_route", "on_scene", "on_scene"]);
    expect(since([], 5, "none")).toBe("none");
  });
  it("does what it was ordered until that ended", () => {
    const order = (unit: string, issued_s: number, ended_s: number | null) => ({ unit, issued_s, arrives_s: [0, 0] as [number, number], ended_s });
    const orders = [order("u", 10, 20), order("v", 0, null), order("u", 20, null)];
    expect([5, 10, 19, 20, 99].map((s) => orders.indexOf(orderAt(orders, "u", s)!))).toEqual([-1, 0, 0, 2, 2]);
  });
});

const gate = (change: Partial<DrillGate> = {}): DrillGate => ({ junction: 1, label: "G01", place: { zh: "", en: "" }, at: { lat: 22, lon: 108 }, bearing_deg: 0, units: [], planned_s: 90, held_s: 100, suspect_s: 200, slack_s: 110, opened_s: 300, passed_s: null, ...change });

it("a gate is shut, held, and opened; or he was through before", () => {
  expect([0, 99.9, 100, 299, 300].map((s) => gateStand(gate(), s))).toEqual(["coming", "coming", "held", "held", "opened"]);
  expect(gateStand(gate({ held_s: null, opened_s: null }), 9_999)).toBe("coming");
  expect([94, 95, 500].map((s) => gateStand(gate({ passed_s: 95 }), s))).toEqual(["coming", "passed", "passed"]);
});

const event = (at_s: number, kind: DrillEvent["kind"] = "sent", at: DrillEvent["at"] = null): DrillEvent => ({ at_s, kind, title: { zh: "", en: "" }, detail: { zh: "", en: "" }, units: [], at, late_s: null });
const square = (west: number): GeoJSON.MultiPolygon => ({ type: "MultiPolygon", coordinates: [[[[west, 22], [west + 1, 22], [west + 1, 23], [west, 22]]]] });
const cordon = (ordered_s: number, ended_s: number | null) => ({ name: { zh: "", en: "" }, ordered_s, closed_s: null, ended_s, gates: [], inside: [] });
const report: DrillReport = {
  name: { zh: "", en: "" }, summary: { zh: "", en: "" }, begins: "2026-11-03T15:59:50.000Z", utc_offset_s: 28_800, seed: 1, lasts_s: 600, scene: { lat: 22, lon: 108 },
  outcome: { ending: "stopped", at_s: 480, place: { zh: "", en: "" }, by: [], flows_again_s: null },
  events: [event(25), event(36, "sighting", { lat: 22.5, lon: 108.5 }), event(36), event(480, "stopped")],
  suspect: { track }, may_be: [{ from_s: 25, until_s: 40, area: square(1) }, { from_s: 40, until_s: 70, area: square(2) }, { from_s: 100, until_s: 115, area: square(3) }],
  units: [], cordons: [cordon(50, 80), cordon(80, 300)], orders: [], rows: [], late: [], better: [],
};

describe("a drill", () => {
  it("knows its last event, the next and the one before; those of one moment are one", () => {
    expect([0, 25, 36, 479, 480, 600].map((s) => eventAt(report.events, s))).toEqual([-1, 0, 2, 2, 3, 3]);
    expect([0, 25, 36, 480].map((s) => stepFrom(report.events, s, 1))).toEqual([25, 36, 480, null]);
    expect([0, 25, 36, 40, 480].map((s) => stepFrom(report.events, s, -1))).toEqual([null, null, 25, 36, 36]);
  });
  it("has the cordon that runs, and where he may be as far as is known", () => {
    expect([49, 50, 80, 299, 300].map((s) => report.cordons.indexOf(cordonAt(report, s)!))).toEqual([-1, 0, 1, 1, -1]);
    expect([24, 25, 39.9, 40, 70, 99, 100, 115].map((s) => (mayBeAt(report, s) as GeoJSON.MultiPolygon | null)?.coordinates[0][0][0][0] ?? null)).toEqual([null, 1, 1, 2, null, null, 3, null]);
  });
  it("lasts until all is over, and has the clock of its place", () => {
    expect([endOf(report), endOf({ ...report, lasts_s: 0 })]).toEqual([600, 480]);
    expect(instantOf(report, 9.6).toISOString()).toBe("2026-11-04T00:00:00.000Z");
  });
  it("is seen whole: the scene, his way, the sightings", () => {
    expect(scenery(report)).toEqual([[108, 22], ...track.map(([, lon, lat]) => [lon, lat]), [108.5, 22.5]]);
  });
});

it("on the map a drill is alone with the ground, and the live city has nothing of it", () => {
  const live = SOURCES.filter((source) => isShown(source, false)), played = SOURCES.filter((source) => isShown(source, true));
  expect(SOURCES.filter((source) => !live.includes(source))).toEqual([...DRILL_SOURCES]);
  expect(played).toEqual(["city", "parks", "river", "river_name", "roads", "districts_name", "gates", ...DRILL_SOURCES]);
});

it("the time line has marks for what matters and ten figures at most", () => {
  expect(EVENT_KINDS.filter((kind) => markOf(kind) === null)).toEqual(["arrived", "kept", "changed", "released"]);
  for (const lasts_s of [1, 299, 628, 3_735, 18_000]) expect(lasts_s / tickStep(lasts_s)).toBeLessThanOrEqual(10);
});
