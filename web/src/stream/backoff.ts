// How long to wait before the next attempt: doubling, bounded, and spread so that a hundred walls
// which lost the same server do not all come back in the same second.

const FIRST_MS = 500;
const MOST_MS = 10_000;
const JITTER = 0.3;

/** Wait before attempt number `attempt` (1 is the first retry); `random` is in [0, 1). */
export function backoff_ms(attempt: number, random: number): number {
  const plain = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 10));
  return Math.round(plain * (1 - JITTER + 2 * JITTER * random));
}
