// The one door to the HTTP API: JSON in, JSON out, problems as errors.
import type { City, CoverageAnswer, CoverageGrid, NearestAnswer, Problem, RingAnswer, UnitView, ZonesAtAnswer } from "./types";

const TIMEOUT_MS = 8_000;

/** A refusal or a failure, in the words of the server where it gave any. */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title);
  }
}

async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  let response: Response;
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
  try {
    response = await fetch(path, { ...init, signal, headers: { accept: "application/json", ...init.headers } });
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new ApiError({ title: "no_answer" });
  }
  if (response.ok) return (await response.json()) as T;
  let problem: Problem = { title: response.statusText || `HTTP ${response.status}`, status: response.status };
  if (response.headers.get("content-type")?.includes("json")) {
    problem = { ...problem, ...((await response.json().catch(() => ({}))) as Partial<Problem>) };
  }
  throw new ApiError(problem);
}

export interface Place { lat: number; lon: number }

const at = (place: Place) => `lat=${place.lat.toFixed(7)}&lon=${place.lon.toFixed(7)}`;

export const getCity = () => ask<City>("/v1/city");

export const getLayer = (layer: string) => ask<GeoJSON.FeatureCollection>(`/v1/layers/${encodeURIComponent(layer)}`);

export const getUnit = (id: string, signal: AbortSignal) =>
  ask<UnitView>(`/v1/units/${encodeURIComponent(id)}`, { signal });

export function getNearest(place: Place, k: number, kinds: readonly string[] | null, byRoad: boolean, signal: AbortSignal) {
  const kind = kinds && kinds.length ? `&kind=${kinds.join(",")}` : "";
  const by = byRoad ? "&by=eta&route=true" : "";
  return ask<NearestAnswer>(`/v1/nearest?${at(place)}&k=${k}&status=available${kind}${by}`, { signal });
}

export const getCoverage = (signal: AbortSignal) => ask<CoverageAnswer>("/v1/coverage?holes=5", { signal });

export const getCoverageGrid = (signal: AbortSignal) => ask<CoverageGrid>("/v1/coverage/grid", { signal });

export const getZonesAt = (place: Place, signal: AbortSignal) =>
  ask<ZonesAtAnswer>(`/v1/zones/at?${at(place)}`, { signal });

export function postRings(place: Place, rings: { name: string; outer_m: number; need: number }[], signal: AbortSignal) {
  const body = JSON.stringify({ core: { type: "Point", coordinates: [place.lon, place.lat] }, rings });
  return ask<{ rings: RingAnswer[] }>("/v1/rings", {
    method: "POST", body, signal, headers: { "content-type": "application/json" },
  });
}

/** Whether the server answers at all; used while the stream is down. */
export async function serverAnswers(): Promise<boolean> {
  try {
    return (await fetch("/healthz", { signal: AbortSignal.timeout(3_000), cache: "no-store" })).ok;
  } catch {
    return false;
  }
}
