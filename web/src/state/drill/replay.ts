// How things stood at a moment of a drill: where everybody was, what was held, what had happened. Pure.
import type { Area, DrillCordon, DrillEvent, DrillGate, DrillOrder, DrillReport, DrillUnit, EventKind, TrackPoint } from "../../api/drills";
import type { Place } from "../../api/types";
import type { Status } from "../../words";

/** Two reports of a patrol that are farther apart are not joined: what lay between is not known. */
const JOINED_S = 10;
/** An event is over when it is so near. */
const SAME_S = 0.05;

/** Where somebody is, and where to; `null`: stands. */
export interface Spot extends Place { to: GeoJSON.Position | null }

/** How many points of a track are not after a time. */
function passed(track: readonly TrackPoint[], s: number): number {
  let low = 0, high = track.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (track[middle][0] <= s) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where a track is at a time; between two points one moves evenly, unless they are more than `joined_s` apart. */
export function spotOn(track: readonly TrackPoint[], s: number, joined_s = Infinity): Spot | null {
  const next = passed(track, s);
  const a = track[next - 1] ?? track[0], b = track[next];
  if (!a) return null;
  const [from_s, lon, lat] = a;
  if (!next || !b || (lon === b[1] && lat === b[2]) || b[0] - from_s > joined_s) return { lon, lat, to: null };
  const share = (s - from_s) / (b[0] - from_s);
  return { lon: lon + (b[1] - lon) * share, lat: lat + (b[2] - lat) * share, to: [b[1], b[2]] };
}

/** Where a unit is: as it reported on patrol, then as it drove. */
export function unitAt(unit: DrillUnit, s: number): Spot | null {
  const sent = unit.track[0];
  return (sent && s >= sent[0]) || !unit.patrol.length ? spotOn(unit.track, s) : spotOn(unit.patrol, s, JOINED_S);
}

/** The last of some values that hold from a time on. */
export function since<T>(values: readonly (readonly [s: number, value: T])[], s: number, before: T): T {
  let found = before;
  for (const [from_s, value] of values) if (from_s <= s) found = value;
  return found;
}

export const statusAt = ({ statuses }: DrillUnit, s: number): Status => since(statuses, s, "available");

/** What a unit is ordered to do, if anything. */
export const orderAt = (orders: readonly DrillOrder[], unit: string, s: number): DrillOrder | null =>
  orders.find((order) => order.unit === unit && order.issued_s <= s && (order.ended_s ?? Infinity) > s) ?? null;

/** A track between two times, its ends where it was then. */
export function stretch(track: readonly TrackPoint[], from_s: number, until_s: number): GeoJSON.Position[] {
  const first = spotOn(track, from_s), last = spotOn(track, until_s);
  if (!first || !last || until_s <= from_s) return [];
  const between = track.slice(passed(track, from_s), passed(track, until_s)).map(([, lon, lat]) => [lon, lat]);
  const line = [[first.lon, first.lat], ...between, [last.lon, last.lat]];
  return line.filter((at, n) => n === 0 || at[0] !== line[n - 1][0] || at[1] !== line[n - 1][1]);
}

export type GateStand = "coming" | "held" | "passed" | "opened";

export function gateStand({ passed_s, opened_s, held_s }: DrillGate, s: number): GateStand {
  const is = (when_s: number | null): boolean => when_s !== null && when_s <= s;
  return is(passed_s) ? "passed" : is(opened_s) ? "opened" : is(held_s) ? "held" : "coming";
}

/** The cordon that runs: the last that was ordered and has not ended. */
export const cordonAt = ({ cordons }: DrillReport, s: number): DrillCordon | null =>
  cordons.findLast(({ ordered_s, ended_s }) => ordered_s <= s && (ended_s ?? Infinity) > s) ?? null;

/** The area that surely holds the suspect, as far as is known then. */
export const mayBeAt = ({ may_be }: DrillReport, s: number): Area | null =>
  may_be.find(({ from_s, until_s }) => from_s <= s && s < until_s)?.area ?? null;

/** The number of the last event that has happened; -1 before the first. */
export const eventAt = (events: readonly DrillEvent[], s: number): number => events.findLastIndex(({ at_s }) => at_s <= s + SAME_S);

/** When the next event is, or with `by` -1 the one before; events of one moment are one. Null: there is none. */
export function stepFrom(events: readonly DrillEvent[], s: number, by: 1 | -1): number | null {
  const found = by > 0 ? events.find(({ at_s }) => at_s > s + SAME_S) : events.findLast(({ at_s }) => at_s < s - SAME_S);
  return found?.at_s ?? null;
}

export const endOf = ({ lasts_s, outcome }: DrillReport): number => Math.max(lasts_s, outcome.at_s, 1);

/** What an event is on the time line; null: left out, or the line would be full of them. */
export type EventMark = "order" | "sighting" | "held" | "bad" | "end" | null;

const MARKS: Partial<Record<EventKind, EventMark>> = {
  reported: "sighting", sighting: "sighting", sent: "order", ordered: "order", moved: "order", held: "held", closed: "held", nobody: "bad", impossible: "bad",
  leak: "bad", passed: "bad", broken: "bad", out: "bad", stopped: "end", over: "end",
};
export const markOf = (kind: EventKind): EventMark => MARKS[kind] ?? null;

/** How many seconds lie between two figures of the time line, so that there are ten at most. */
export const tickStep = (lasts_s: number): number => [30, 60, 120, 300, 600, 900, 1800].find((step_s) => lasts_s / step_s <= 10) ?? 3600;

/** The drill's clock at its place: to be read as UTC. */
export const instantOf = ({ begins, utc_offset_s }: DrillReport, s: number): Date => new Date(Date.parse(begins) + (utc_offset_s + Math.round(s)) * 1000);

/** What of a drill a map must show: the suspect's way and where he was seen. */
export function scenery({ scene, suspect, events }: DrillReport): GeoJSON.Position[] {
  const seen = events.flatMap(({ kind, at }) => (kind === "sighting" && at ? [[at.lon, at.lat]] : []));
  return [[scene.lon, scene.lat], ...suspect.track.map(([, lon, lat]) => [lon, lat]), ...seen];
}
