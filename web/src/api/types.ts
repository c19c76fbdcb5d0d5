// What the server answers, as this wall reads it.
import type { Contact, DeviceKind, Kind, OrderPurpose, OrderReason, OrderState, Status } from "../words";

export interface Name { zh: string; en: string }

export interface Organisation {
  id: string;
  name: Name;
  level: "region" | "city" | "district" | "station";
  parent: string | null;
}

/** A file of tiles that the wall draws under the city. */
export interface BaseMap {
  tiles: "vector" | "raster";
  /** the zooms of its coarsest and finest tiles */
  zoom_min: number;
  zoom_max: number;
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
  /** null where the site has none */
  base_map: BaseMap | null;
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

/** How far a unit is: as the crow flies always, by road where that was asked. */
export interface Found extends UnitView {
  distance_m: number;
  /** seconds until it is there, turn-out included; null when it cannot say */
  eta_s?: number | null;
  /** metres along the road; null for what flies */
  road_m?: number | null;
  /** the way there */
  route?: GeoJSON.LineString | null;
}

/** A unit that is nearer as the crow flies than somebody of the answer, and is not in it. */
export interface PassedOver {
  id: string;
  callsign: string;
  kind: Kind;
  status: Status;
  contact: Contact;
  distance_m: number;
  /** a status, a contact, `off_roads`, `no_way` or `later` */
  why: string;
  /** how much later than the first, seconds */
  later_s: number | null;
  over_water: boolean | null;
}

export interface NearestAnswer {
  units: Found[];
  /** as the crow flies: how many are nearer and why they were left out */
  left_out?: { total: number; reasons: Record<string, number> };
  /** by road: who is nearer, and why not */
  passed_over?: PassedOver[];
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

export interface CoverageShare { reached_m: number; total_m: number; share: number }

export interface CoverageAnswer {
  limits_s: number[];
  units: number;
  city: CoverageShare[];
  /** a digit a cell of the grid: 0, 1, 2 the limit within which most of its road is reached, 3 none */
  cells: { res: number; version: number; within: string };
  holes: { cell: string; lat: number; lon: number; missing_m: number; total_m: number }[];
}

export type CoverageGrid = GeoJSON.FeatureCollection & { version: number };

/** Somewhere, in degrees. */
export interface Place { lat: number; lon: number }

/** What a closure is drawn as. */
export type Drawn =
  | { type: "Point"; coordinates: GeoJSON.Position }
  | { type: "LineString"; coordinates: GeoJSON.Position[] }
  | { type: "Polygon"; coordinates: GeoJSON.Position[][] }
  | { type: string };

/** A road that is closed or slow. */
export interface Closure {
  id: string;
  where: Drawn;
  /** only the way that leads there; null: both ways */
  heading_deg: number | null;
  /** so many times as slow as when it is free; null: closed */
  factor: number | null;
  reason: string;
  since: string;
  until: string | null;
  edge_count: number;
  length_m: number;
  names: Name[];
  /** where one way alone is closed the lines lead that way */
  geometry: GeoJSON.MultiLineString;
}

export interface ClosureAsk {
  where: Drawn;
  heading_deg?: number;
  factor?: number;
  reason: string;
  until?: string;
}

/** The roads that something drawn means. */
export interface Meant {
  edge_count: number;
  one_way_count: number;
  length_m: number;
  /** the name that most of them have first, at most five */
  names: Name[];
  geometry: GeoJSON.MultiLineString;
}

/** The road nearest to a place, as far as the wall reads it. */
export interface RoadAt { name: Name }

/** One unit sent to one place. */
export interface Order {
  id: string;
  unit: string;
  callsign: string;
  purpose: OrderPurpose;
  to: Place;
  place: Name | null;
  radius_m: number;
  state: OrderState;
  /** why it ended; null while it is open */
  reason: OrderReason | null;
  issued_at: string;
  accepted_at: string | null;
  arrived_at: string | null;
  ended_at: string | null;
  due_at: string | null;
  /** the cordon that it is a guard of */
  cordon: string | null;
  /** the city's gate that it is sent to for that */
  gate: string | null;
}

export interface OrderAsk {
  unit: string;
  purpose: OrderPurpose;
  to: Place;
  place?: Name;
  due_s?: number;
}

export interface OrdersPosted {
  orders: Order[];
  refused?: { index: number; problem: Problem }[];
}

/** One unit that would be shifted. */
export interface Move {
  unit: string;
  callsign: string;
  kind: Kind;
  from: Place;
  to: Place;
  /** seconds until it is there, turn-out included */
  there_s: number;
  /** metres of road that are reached in time by this move, and were not before it */
  gain_m: number;
  line: GeoJSON.Position[];
}

export interface MoveUpAnswer {
  server_time: string;
  limit_s: number;
  before: CoverageShare;
  after: CoverageShare;
  /** no plan within the question's limits reaches more */
  bound: CoverageShare;
  moves: Move[];
  /** how many units and places were considered */
  units: number;
  posts: number;
}

/** How the server is. */
export interface Health {
  status: string;
  server_time: string;
  /** why commands are refused, while they are */
  journal?: string;
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
