// How a marker gets from one fix to the next: a straight glide of at most 900 ms, and none at all
// when the fixes are far apart in time, because what lay between is not known. A marker never goes past its newest fix: how far
// its unit may have come since is a line ahead of it.

export const GLIDE_MAX_MS = 900;
export const GLIDE_GAP_MAX_MS = 10_000;

/** Length of the glide for two fixes `gap_ms` apart; 0 means jump. NaN (no earlier fix) jumps. */
export function glide_ms(gap_ms: number, reducedMotion: boolean): number {
  if (reducedMotion || !(gap_ms > 0) || gap_ms > GLIDE_GAP_MAX_MS) return 0;
  return Math.min(GLIDE_MAX_MS, gap_ms);
}

/** How far along a glide is, 0 to 1. */
export const progress = (now_ms: number, start_ms: number, length_ms: number): number =>
  length_ms <= 0 ? 1 : Math.min(1, Math.max(0, (now_ms - start_ms) / length_ms));

/** The line ahead is no longer than this: beyond it nobody knows where the next corner was. */
export const LEAD_MAX_M = 200;
/** Where nothing is to glide the line ahead grows in steps of this. */
export const LEAD_STEP_MS = 5_000;

/** How far ahead of its fix a unit may be by now, metres; 0 once the fix is older than `fresh_ms`. The shader computes the same. */
export function lead_m(speed_mps: number, age_ms: number, fresh_ms: number, reducedMotion: boolean): number {
  if (!(age_ms >= 0 && age_ms <= fresh_ms) || !(speed_mps > 0)) return 0;
  const age = reducedMotion ? Math.floor(age_ms / LEAD_STEP_MS) * LEAD_STEP_MS : age_ms;
  return Math.min(LEAD_MAX_M, (speed_mps * age) / 1000);
}
