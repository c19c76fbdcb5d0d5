import { describe, expect, it } from "vitest";
import type { Cordon, Escape, Gate, Guard, Plan } from "../src/api/cordons";
import { choices, labels, lastSeen, leaks, minutes, once, passed, readMinutes, rows, signed, stepAt, ticks, toneOf, withUnit } from "../src/state/cordon/gates";

const guard = (junction: number, change: Partial<Guard> = {}): Guard => ({
  junction, at: { lat: 22.8, lon: 108.3 }, bearing_deg: 0, place: null, gate: null, ring: 1, unit: `u${junction}`, callsign: `U-${junction}`, kind: "patrol_car",
  unit_s: 60, suspect_s: 200, slack_s: 140, ...change,
});
const gate = (junction: number, state: Gate["state"], change: Partial<Gate> = {}): Gate => ({ ...guard(junction), order: null, why: null, replacement: null, state, ...change });

describe("gates", () => {
  it("are red under the margin, amber under twice the margin, quiet when held", () => {
    const tones = [29, 30, 59, 60].map((slack_s) => toneOf(guard(1, { slack_s }), 30));
    expect(tones).toEqual(["alarm", "warn", "warn", ""]);
    expect([gate(1, "held", { slack_s: -90 }), gate(1, "late"), gate(1, "lost", { slack_s: null })].map((each) => toneOf(each, 30))).toEqual(["", "alarm", "alarm"]);
    expect(toneOf(guard(1, { slack_s: null, suspect_s: null }), 30)).toBe("");
  });
  it("come by urgency: lost, by slack, held", () => {
    const list = [gate(1, "held"), gate(2, "coming", { slack_s: 50 }), gate(3, "lost", { slack_s: null }), gate(4, "late", { slack_s: -9 }), gate(5, "coming", { slack_s: null })];
    expect(rows(list, 30).map(({ guard: { junction } }) => junction)).toEqual([3, 4, 2, 5, 1]);
  });
  it("are numbered clockwise from north; a city's gate keeps its name, two units of one gate share it", () => {
    const at = (lat: number, lon: number) => ({ at: { lat, lon } });
    const list = [guard(1, at(22, 108.1)), guard(2, at(22.1, 108)), guard(3, { ...at(21.9, 108), gate: "K04" }), guard(4, at(22, 107.9)), guard(2, { ...at(22.1, 108), unit: "other" })];
    const names = labels(list);
    expect(list.map((each) => names.get(each))).toEqual(["G02", "G01", "K04", "G04", "G01"]);
  });
  it("change units; two that hold gates change places", () => {
    const list = [gate(1, "coming"), gate(2, "held"), gate(3, "coming")];
    expect(withUnit(list, list[0], "new")?.map(({ unit }) => unit)).toEqual(["new", "u2", "u3"]);
    expect(withUnit(list, list[0], "u3")?.map(({ unit }) => unit)).toEqual(["u3", "u2", "u1"]);
  });
  it("are not changed while another organisation's unit holds one, unless it is that one", () => {
    const list = [gate(1, "coming"), { ...gate(2, "held"), unit: null, callsign: null, kind: null }];
    expect(withUnit(list, list[0], "new")).toBeNull();
    expect(withUnit(list, list[1], "new")?.map(({ unit }) => unit)).toEqual(["u1", "new"]);
  });
});

describe("plans", () => {
  it("that are the same are offered once, with all they are best at", () => {
    const plan = (objective: Plan["objective"], ...guards: Guard[]) => ({ objective, guards }) as Plan;
    const list = choices([plan("fastest", guard(1), guard(2)), plan("tightest", guard(3)), plan("fewest", guard(2), guard(1))]);
    expect(list.map(({ objectives }) => objectives.join())).toEqual(["fastest,fewest", "tightest"]);
  });
});

describe("a way out", () => {
  it("is told by a few of its junctions, the first and the last among them", () => {
    const way = (n: number) => ({ escape: Array.from({ length: n }, (_, junction) => ({ junction }) as Escape), line: [] });
    const junctions = (n: number) => passed(way(n), 4).map(({ junction }) => junction);
    expect([0, 1, 3, 4, 5, 30].map(junctions)).toEqual([[], [0], [0, 1, 2], [0, 1, 2, 3], [0, 1, 3, 4], [0, 10, 19, 29]]);
    expect(once(["a", "a", "b", "a", "a"])).toEqual(["a", "b", "a"]);
  });
  it("is of a cordon that seeks somebody, does not hold and is meant to", () => {
    const cordon = (change: Partial<Cordon>) => ({ suspect: "car", holds: false, state: "closing", ...change }) as Cordon;
    expect([{}, { holds: true }, { state: "opening" }, { state: "ended" }, { suspect: null }].map((change) => leaks(cordon(change as Partial<Cordon>)))).toEqual([true, false, false, false, false]);
  });
  it("begins where he was seen last, in whatever order the places came", () => {
    const at = (seen_at: string) => ({ lat: 1, lon: 1, seen_s_ago: 1, seen_at });
    expect(lastSeen({ starts: [at("2026-01-01T00:01:00Z"), at("2026-01-01T00:02:00Z"), at("2026-01-01T00:00:00Z")] } as Cordon)?.seen_at).toBe("2026-01-01T00:02:00Z");
    expect(lastSeen({ starts: [] as Cordon["starts"] } as Cordon)).toBe(null);
  });
});

describe("times of a cordon", () => {
  it("are signed, and slack is never said longer than it is", () => {
    expect([78, 0, -0.2, -35, -35.5, 59.9].map(signed)).toEqual(["+1:18", "+0:00", "−0:01", "−0:35", "−0:36", "+0:59"]);
    expect([0, 59.6, 185, -3].map(minutes)).toEqual(["0:00", "1:00", "3:05", "0:00"]);
  });
  it("are read as minutes and seconds, or minutes", () => {
    expect(["3:00", " 12:5 ", "4", "3：30", "3:60", "", "x", "-1"].map(readMinutes)).toEqual([180, 725, 240, 210, null, null, null, null]);
  });
  it("have an axis of few whole minutes that reaches the last", () => {
    expect(ticks(250)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(ticks(20)).toEqual([0, 1]);
    for (const s of [361, 1_000, 5_000, 40_000]) {
      const marks = ticks(s);
      expect(marks.length).toBeLessThanOrEqual(8);
      expect(marks[marks.length - 1] * 60).toBeGreaterThanOrEqual(s);
    }
  });
  it("take the step that surely holds him", () => {
    const steps = [{ s: 0 }, { s: 15 }, { s: 60 }];
    expect([-1, 0, 1, 15, 16, 90].map((s) => stepAt(steps, s)?.s)).toEqual([0, 0, 15, 15, 60, 60]);
    expect(stepAt([], 1)).toBe(null);
  });
});
