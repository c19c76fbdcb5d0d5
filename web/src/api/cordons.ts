// Cordons over the HTTP API: what is asked, what comes back. Seconds are from the answer's moment and may be negative.
import type { Kind } from "../words";
import { ask, PLAN_TIMEOUT_MS, sent } from "./client";
import type { Name, Place, Problem } from "./types";

export const SUSPECTS = ["car", "motorcycle", "foot"] as const;
export type Suspect = (typeof SUSPECTS)[number];
export type Objective = "fastest" | "tightest" | "fewest" | "balanced" | "gates";
export type Protect = { gates: true } | { zone: string } | { radius_m: number };
export type Ground = GeoJSON.Polygon | GeoJSON.MultiPolygon | null;

export interface Start extends Place { seen_s_ago: number }

export interface CordonAsk {
  starts: Start[];
  suspect: Suspect;
  protect: Protect;
  margin_s: number;
  /** how many times as fast as everybody he goes; as the way he goes has it when not given */
  faster?: number;
  set_up_s?: number;
  kinds?: Kind[];
  orgs?: string[];
  /** so many available units of each organisation stay behind */
  reserve?: number;
  urgent?: boolean;
  /** how many units hold a junction of a ring road or motorway */
  wide?: number;
  rings?: number;
  /** how many times as many units hold each ring, the innermost first */
  strength?: number[];
  name?: Name;
  /** so long a commander may take to choose */
  decide_s?: number;
}

/** One unit at one junction. */
export interface GuardAsk { junction: number; unit: string; ring?: number }

export interface Guard {
  junction: number;
  at: Place;
  bearing_deg: number | null;
  place: Name | null;
  /** the city's gate that it is */
  gate: string | null;
  ring: number;
  /** null, as all that is of the unit alone: one of another organisation, that one does not see */
  unit: string | null;
  callsign: string | null;
  kind: Kind | null;
  unit_s: number | null;
  /** null: he cannot come here */
  suspect_s: number | null;
  slack_s: number | null;
  line?: GeoJSON.Position[];
}

/** How many units a ring is to have, has or will have in time, and how many of them are there. */
export interface RingStrength { ring: number; asked: number; have: number; held: number }

export interface Plan {
  objective: Objective;
  closed_s: number;
  units: number;
  strength: RingStrength[];
  enclosed_junctions: number;
  enclosed_road_m: number;
  optimal: boolean;
  slack_s: number | null;
  if_10_percent_faster: boolean;
  if_30_s_more: boolean;
  guards: Guard[];
  inside: Ground;
}

export interface Escape { junction: number; at: Place; suspect_s: number; first_unit_s: number | null }

/** A way out past every unit. */
export interface Leak { escape: Escape[]; line: GeoJSON.Position[] }

export interface PlanAnswer {
  server_time: string;
  now_s: number;
  plans: Plan[];
  impossible: (Leak & { proof: "fence" | "search" }) | null;
  /** where it is impossible: the best that can be done, and what stays open */
  partial?: { guards: Guard[]; leaks: Leak[] } | null;
  /** ways out that share no junction: so many units are needed at least */
  routes: GeoJSON.Position[][];
}

export interface Gate extends Guard {
  order: string | null;
  state: "coming" | "held" | "late" | "lost";
  why: "no_contact" | "status" | "alarm" | "order_ended" | "left" | "no_way" | null;
  replacement: { unit: string; callsign: string; kind: Kind; unit_s: number; slack_s: number | null } | null;
}

export interface Cordon {
  id: string;
  name: Name | null;
  state: "ordered" | "closing" | "closed" | "opening" | "ended";
  /** null: gates only, against nobody in particular */
  suspect: Suspect | null;
  margin_s: number | null;
  starts: (Start & { seen_at: string })[];
  ordered_at: string;
  closed_at: string | null;
  ended_at: string | null;
  holds: boolean;
  closed_s: number | null;
  gates: Gate[];
  strength: RingStrength[];
  leaks: Leak[];
  inside: Ground;
  /** what it should be: where it leaks, or after a sighting */
  proposal: Plan | null;
}

export type Sighted = Cordon & { done: boolean };

/** Where he may be: each step holds those before. */
export interface SuspectAnswer {
  server_time: string;
  steps: { s: number; road_m: number; polygon: Ground }[];
}

export interface GatePlan {
  id: string;
  name: Name;
  gates: { at: Place; gate: string | null; place: Name | null; bearing_deg: number | null; need: number; unit: string | null }[];
}

/** A refusal that names the way out. */
export type LeakProblem = Problem & { leaks?: Leak[] };

const path = (id: string): string => `/v1/cordons/${encodeURIComponent(id)}`;
const planPath = (id: string): string => `/v1/gate-plans/${encodeURIComponent(id)}`;

export const postCordonPlan = (question: CordonAsk, budget_ms: number) =>
  ask<PlanAnswer>("/v1/cordons/plan", sent("POST", { ...question, budget_ms }), PLAN_TIMEOUT_MS);

/** Orders a plan, or what leaks where that is accepted. */
export const postCordon = (question: CordonAsk, what: { objective: Objective } | { accept_leaks: true }, guards: GuardAsk[]) =>
  ask<Cordon>("/v1/cordons", sent("POST", { ...question, ...what, guards }), PLAN_TIMEOUT_MS);

export const getCordons = async (): Promise<Cordon[]> => (await ask<{ cordons: Cordon[] }>("/v1/cordons")).cordons;

export const getCordon = (id: string) => ask<Cordon>(path(id));

export const patchCordon = (id: string, change: { guards: GuardAsk[] } | { state: "opening" | "ended" }) =>
  ask<Cordon>(path(id), sent("PATCH", change), PLAN_TIMEOUT_MS);

export const postSighting = (id: string, seen: Start) =>
  ask<Sighted>(`${path(id)}/sightings`, sent("POST", seen), PLAN_TIMEOUT_MS);

export const getSuspect = ({ lat, lon, seen_s_ago }: Start, suspect: Suspect, signal: AbortSignal) =>
  ask<SuspectAnswer>(`/v1/suspect?lat=${lat}&lon=${lon}&seen_s_ago=${seen_s_ago.toFixed(1)}&suspect=${suspect}`, { signal }, PLAN_TIMEOUT_MS);

export const getGatePlans = async (): Promise<GatePlan[]> => (await ask<{ plans: GatePlan[] }>("/v1/gate-plans")).plans;

export const putGatePlan = (id: string, name: Name, gates: { at: Place }[]) =>
  ask<GatePlan>(planPath(id), sent("PUT", { name, gates }));

export const deleteGatePlan = (id: string) => ask<void>(planPath(id), { method: "DELETE" });

export const runGatePlan = (id: string) => ask<Cordon>(`${planPath(id)}/run`, sent("POST", {}), PLAN_TIMEOUT_MS);
