// What the server answers, as this wall reads it.
import type { Contact, DeviceKind, Kind, Status } from "../words";

export interface Name { zh: string; en: string }

export interface Organisation {
  id: string;
  name: Name;
  level: "city" | "district" | "station";
  parent: string | null;
}

export interface City {
  name: Name;
  bureau: Name;
  synthetic: boolean;
  /** west, south, east, north in degrees */
  bbox: [number, number, number, number];
  /** longitude, latitude in degrees */
  center: [number, number];
  notice: Name;
  /** whom a map of the roads must name; empty when nobody */
  attribution: string;
  counts: Record<string, number>;
  organisations: Organisation[];
  thresholds: Partial<Record<DeviceKind, { stale_s: number; lost_s: number }>>;
  version: string;
}

export interface UnitView {
  id: string;
  callsign: string;
  kind: Kind;
  status: Status;
  alarm: boolean;
  org: string;
  capabilities: string[];
  crew: number;
  devices: { id: string; kind: DeviceKind }[];
  lat: number | null;
  lon: number | null;
  speed_mps: number | null;
  heading_deg: number | null;
  accuracy_m: number | null;
  fix_time: string | null;
  age_s: number | null;
  contact: Contact;
  zones: { id: string; layer: string }[];
}

export interface NearestAnswer {
  units: (UnitView & { distance_m: number })[];
  left_out: { total: number; reasons: Record<string, number> };
  distance: string;
}

export interface ZonesAtAnswer {
  layers: { layer: string; zones: { id: string; name: Name }[] }[];
}

export interface RingAnswer {
  name: string;
  outer_m: number | null;
  total: number;
  have: number;
  need: number | Record<string, number> | null;
  shortfall: number | Record<string, number>;
  by_kind: Record<string, number>;
  by_status: Record<string, number>;
}

/** RFC 9457 problem. */
export interface Problem {
  type?: string;
  title: string;
  status?: number;
  detail?: string;
  field?: string;
  value?: unknown;
  expected?: string;
}
