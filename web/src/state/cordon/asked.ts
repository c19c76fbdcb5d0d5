// What is asked of a cordon: where and when he was seen, how he goes, what to protect, and who may be sent.
import { computed, signal } from "@preact/signals";
import type { CordonAsk, Protect, Start, Suspect } from "../../api/cordons";
import type { Place } from "../../api/types";
import type { Kind } from "../../words";
import { now_ms } from "../connection";
import { MARGIN_S } from "./gates";

export const SEEN_S_AT_FIRST = 180, SEEN_S_MAX = 21_600;
export const STARTS_MAX = 16;
export const RADIUS_MIN_M = 200, RADIUS_MAX_M = 20_000;
export const MARGIN_S_MAX = 600;
export const RINGS = [1, 2, 3] as const, STRENGTHS = [1, 2, 3] as const, WIDES = [1, 2] as const;
export const RESERVE_MAX = 1_000, SET_UP_S = 30, SET_UP_S_MAX = 1_800;
export const FASTER_MIN = 1, FASTER_MAX = 5;
/** Who goes along roads; the first are sent when nothing is said. */
export const GUARD_KINDS: readonly Kind[] = ["patrol_car", "armed_car", "motorcycle", "foot", "post", "volunteers"];
const KINDS_AT_FIRST = GUARD_KINDS.slice(0, 4);

/** He may have been here, then. */
export interface Seen { at: Place; seen_ms: number }

/** the places where he may have been, server ms */
export const starts = signal<readonly Seen[]>([]);
export const start = computed<Place | null>(() => starts.value[0]?.at ?? null);
/** the next click on the map is another place */
export const adding = signal(false);
export const suspect = signal<Suspect>("car");
export const protect = signal<"gates" | "radius" | "zone">("gates");
export const radius_m = signal(3_000);
export const zone = signal<string | null>(null);
export const margin_s = signal(MARGIN_S);

export const rings = signal<number>(1);
/** of each ring, the innermost first */
export const strength = signal<readonly number[]>(RINGS.map(() => 1));
export const wide = signal<number>(1);
export const reserve = signal(0);
export const kinds = signal<ReadonlySet<Kind>>(new Set(KINDS_AT_FIRST));
/** none: all */
export const orgs = signal<readonly string[]>([]);
/** null: as the way he goes has it */
export const faster = signal<number | null>(null);
export const set_up_s = signal(SET_UP_S);
export const urgent = signal(true);
export const name = signal("");

export const seenAgo_s = ({ seen_ms }: Seen): number => Math.min(SEEN_S_MAX, Math.max(0, (now_ms.value - seen_ms) / 1000));
export const asStart = (seen: Seen): Start => ({ ...seen.at, seen_s_ago: seenAgo_s(seen) });

/** Says of one of the places when he was there. */
export function seen(n: number, seconds: number): void {
  starts.value = starts.value.map((each, at) => (at === n ? { ...each, seen_ms: now_ms.value - seconds * 1000 } : each));
}

export function forget(n: number): void {
  starts.value = starts.value.filter((_, at) => at !== n);
}

function protectAsk(): Protect {
  if (protect.value === "radius") return { radius_m: radius_m.value };
  return protect.value === "zone" && zone.value ? { zone: zone.value } : { gates: true };
}

/** All but where and when: what was not chosen is left to the server. */
export function terms(): Omit<CordonAsk, "starts"> {
  const usual = KINDS_AT_FIRST.length === kinds.value.size && KINDS_AT_FIRST.every((kind) => kinds.value.has(kind));
  const times = strength.value.slice(0, rings.value);
  return {
    suspect: suspect.value, protect: protectAsk(), margin_s: margin_s.value,
    ...(rings.value > 1 && { rings: rings.value }),
    ...(times.some((n) => n > 1) && { strength: times }),
    ...(wide.value > 1 && { wide: wide.value }),
    ...(reserve.value > 0 && { reserve: reserve.value }),
    ...(!usual && { kinds: GUARD_KINDS.filter((kind) => kinds.value.has(kind)) }),
    ...(orgs.value.length > 0 && { orgs: [...orgs.value] }),
    ...(faster.value !== null && { faster: faster.value }),
    ...(set_up_s.value !== SET_UP_S && { set_up_s: set_up_s.value }),
    ...(!urgent.value && { urgent: false }),
  };
}

export const question = (): CordonAsk => ({ starts: starts.value.map(asStart), ...terms() });
