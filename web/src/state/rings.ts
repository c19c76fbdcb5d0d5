// The three rings of doctrine as the user set them: how wide, and how many are needed in each. Pure.

export const RING_NAMES = ["lockdown", "control", "guard"] as const;
export interface RingSetting { name: (typeof RING_NAMES)[number]; outer_m: number; need: number }

export const RING_MIN_M = 50;
export const RING_MAX_M = 50_000;
export const NEED_MAX = 500;

const RINGS_AT_FIRST: RingSetting[] = [
  { name: "lockdown", outer_m: 500, need: 8 },
  { name: "control", outer_m: 1_000, need: 9 },
  { name: "guard", outer_m: 3_000, need: 16 },
];

/** Settings are sound when each ring is within bounds and wider than the one inside it. */
export function soundRings(settings: readonly RingSetting[]): boolean {
  return settings.every((ring, n) =>
    ring.outer_m >= RING_MIN_M && ring.outer_m <= RING_MAX_M && Number.isInteger(ring.need) && ring.need >= 0 &&
    ring.need <= NEED_MAX && (n === 0 || ring.outer_m > settings[n - 1].outer_m));
}

/** The remembered settings, or the usual ones when there are none or they are unsound. */
export function readRings(saved: string | null): RingSetting[] {
  try {
    const list = JSON.parse(saved ?? "null") as unknown;
    if (!Array.isArray(list) || list.length !== RINGS_AT_FIRST.length) return RINGS_AT_FIRST;
    const read = RINGS_AT_FIRST.map((ring, n) => ({ name: ring.name, outer_m: Number(list[n]?.[0]), need: Number(list[n]?.[1]) }));
    return soundRings(read) ? read : RINGS_AT_FIRST;
  } catch {
    return RINGS_AT_FIRST;
  }
}
