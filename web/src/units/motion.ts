// How a marker gets from one fix to the next: a straight glide of at most 900 ms, and none at all
// when the fixes are far apart in time, because what lay between is not known.

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
