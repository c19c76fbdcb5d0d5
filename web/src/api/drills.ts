// Drills over the HTTP API: what can be played, and what was. Times are seconds since the offence.
import type { Kind, Status } from "../words";
import { ask, sent } from "./client";
import type { Name, Place } from "./types";

/** The server plays an hour of a whole city. */
const PLAY_TIMEOUT_MS = 180_000;

export interface Scenario {
  id: string;
  name: Name;
  summary: Name;
  begins: string | null;
  /** it ends then at the latest */
  lasts_s: number | null;
  /** why it cannot be played */
  problem: string | null;
}

/** seconds, longitude, latitude */
export type TrackPoint = [s: number, lon: number, lat: number];

export const EVENT_KINDS = [
  "reported", "sent", "nobody", "sighting", "arrived", "ordered", "moved", "kept", "impossible", "held", "closed", "leak", "changed", "passed", "broken",
  "stopped", "out", "released", "over",
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

export interface DrillEvent {
  at_s: number;
  kind: EventKind;
  title: Name;
  detail: Name;
  units: string[];
  at: Place | null;
  late_s: number | null;
}

export interface DrillUnit {
  id: string;
  callsign: string;
  kind: Kind;
  /** what it reported before it was sent: true at these moments alone */
  patrol: TrackPoint[];
  /** where it drove and stood from then on */
  track: TrackPoint[];
  statuses: [s: number, status: Status][];
}

export interface DrillGate {
  junction: number;
  label: string;
  place: Name;
  at: Place;
  bearing_deg: number;
  units: string[];
  planned_s: number;
  held_s: number | null;
  suspect_s: number | null;
  slack_s: number | null;
  opened_s: number | null;
  passed_s: number | null;
}

export interface DrillCordon {
  name: Name;
  ordered_s: number;
  closed_s: number | null;
  ended_s: number | null;
  gates: DrillGate[];
  /** a line round through its gates */
  inside: GeoJSON.Position[];
}

export interface DrillOrder {
  unit: string;
  issued_s: number;
  arrives_s: [planned: number, real: number];
  ended_s: number | null;
}

export type Ending = "stopped" | "out" | "inside";

export type Area = GeoJSON.Polygon | GeoJSON.MultiPolygon;

export interface DrillReport {
  name: Name;
  summary: Name;
  begins: string;
  utc_offset_s: number;
  seed: number;
  lasts_s: number;
  scene: Place;
  outcome: { ending: Ending; at_s: number; place: Name; by: string[]; flows_again_s: number | null };
  events: DrillEvent[];
  suspect: { track: TrackPoint[] };
  /** where he may be, as far as is known: one area after the other */
  may_be: { from_s: number; until_s: number; area: Area }[];
  units: DrillUnit[];
  cordons: DrillCordon[];
  orders: DrillOrder[];
  rows: { what: Name; is_time: boolean; plan: number | null; drill: number | null; good: boolean }[];
  late: { unit: string; late_s: number; why: Name }[];
  better: Name[];
}

export const getDrills = async (): Promise<Scenario[]> => (await ask<{ drills: Scenario[] }>("/v1/drills")).drills;

export const playDrill = (id: string, signal: AbortSignal) =>
  ask<DrillReport>(`/v1/drills/${encodeURIComponent(id)}/play`, { ...sent("POST", {}), signal }, PLAY_TIMEOUT_MS);
