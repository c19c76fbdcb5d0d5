// The one door to the HTTP API: JSON in, JSON out, problems as errors.
import type {
  City, Closure, ClosureAsk, CoverageAnswer, CoverageGrid, Drawn, Health, Meant, MoveUpAnswer, NearestAnswer, Order, OrderAsk, OrdersPosted, Place, Problem,
  RingAnswer, RoadAt, UnitView, ZonesAtAnswer,
} from "./types";

const TIMEOUT_MS = 8_000;
/** A plan searches the roads for each of a thousand units. */
export const PLAN_TIMEOUT_MS = 60_000;

/** What no form and no image of another page can send: the server wants it with whatever changes something. */
const OWN_PAGE = { "x-citygate": "1" };

let leaving = false;

/** To where people sign in, in the same language, and back here after it. */
export function signIn(): void {
  // Everything that is asked meanwhile is refused too: a second departure would break off the first.
  if (leaving) return;
  leaving = true;
  const url = new URL(`/signin${location.search}`, location.href);
  url.searchParams.set("to", location.pathname + location.search + location.hash);
  location.assign(url);
}

/** A refusal or a failure, in the words of the server where it gave any. */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title);
  }
}

export async function ask<T>(path: string, init: RequestInit = {}, timeout_ms = TIMEOUT_MS): Promise<T> {
  let response: Response;
  const timeout = AbortSignal.timeout(timeout_ms);
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
  try {
    response = await fetch(path, { ...init, signal, headers: { accept: "application/json", ...OWN_PAGE, ...init.headers } });
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new ApiError({ title: "no_answer" });
  }
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
  let problem: Problem = { title: response.statusText || `HTTP ${response.status}`, status: response.status };
  if (response.headers.get("content-type")?.includes("json")) {
    problem = { ...problem, ...((await response.json().catch(() => ({}))) as Partial<Problem>) };
  }
  if (problem.type?.endsWith("#problem-not-signed-in")) signIn();
  throw new ApiError(problem);
}

export const sent = (method: "POST" | "PATCH" | "PUT" | "DELETE", body: unknown): RequestInit =>
  ({ method, body: JSON.stringify(body), headers: { "content-type": "application/json" } });

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
  const core = { type: "Point", coordinates: [place.lon, place.lat] };
  return ask<{ rings: RingAnswer[] }>("/v1/rings", { ...sent("POST", { core, rings }), signal });
}

export const getRoadAt = (place: Place) => ask<RoadAt>(`/v1/roads/at?${at(place)}&max_m=500`);

/** All pages of a list. */
async function pages<K extends string, T>(path: string, key: K): Promise<T[]> {
  const all: T[] = [];
  for (let cursor = ""; ; ) {
    const page = await ask<Record<K, T[]> & { next: string | null }>(path + cursor);
    all.push(...page[key]);
    if (page.next === null) return all;
    cursor = `${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(page.next)}`;
  }
}

/** All that is closed or slow, with the lines of the roads. */
export const getClosures = (): Promise<Closure[]> => pages("/v1/roads/closures?geometry=true", "closures");

export const postClosure = (closure: ClosureAsk) => ask<Closure>("/v1/roads/closures", sent("POST", closure));

export const deleteClosure = (id: string) => ask<void>(`/v1/roads/closures/${encodeURIComponent(id)}`, { method: "DELETE" });

export const postMeant = (where: Drawn, signal: AbortSignal) => ask<Meant>("/v1/roads/meant", { ...sent("POST", { where }), signal });

export const getOpenOrders = (): Promise<Order[]> => pages("/v1/orders", "orders");

export const getOrder = (id: string) => ask<Order>(`/v1/orders/${encodeURIComponent(id)}`);

export const postOrders = (orders: OrderAsk[]) => ask<OrdersPosted>("/v1/orders", sent("POST", { orders }));

export const endOrder = (id: string, reason: "done" | "cancelled") =>
  ask<Order>(`/v1/orders/${encodeURIComponent(id)}`, sent("PATCH", { state: "ended", reason }));

export const postMoveUp = (moves: number, limit_min: number, signal: AbortSignal) =>
  ask<MoveUpAnswer>("/v1/move-up", { ...sent("POST", { moves, limit_min }), signal }, PLAN_TIMEOUT_MS);

/** How the server is; null when it does not answer at all. */
export async function getHealth(): Promise<Health | null> {
  try {
    const response = await fetch("/healthz", { signal: AbortSignal.timeout(3_000), cache: "no-store" });
    return response.ok ? ((await response.json()) as Health) : null;
  } catch {
    return null;
  }
}
