// What the age of a fix says about contact, by the server's thresholds.
import { DEVICES_OF_KIND, LIVE, LOST, NEVER, STALE, type DeviceKind } from "../words";

/** Below this a fix is fresh enough to trust the heading too. */
export const FRESH_MS = 10_000;

export interface Threshold { stale_ms: number; lost_ms: number }

const DEFAULT: Threshold = { stale_ms: 30_000, lost_ms: 180_000 };

/** A threshold for each kind of unit: the most patient of the devices it may carry. */
export function thresholdsByKind(by: Partial<Record<DeviceKind, { stale_s: number; lost_s: number }>>): Threshold[] {
  return DEVICES_OF_KIND.map((devices) => {
    const known = devices.map((d) => by[d]).filter((t) => t !== undefined);
    if (!known.length) return DEFAULT;
    return {
      stale_ms: Math.max(...known.map((t) => t.stale_s)) * 1000,
      lost_ms: Math.max(...known.map((t) => t.lost_s)) * 1000,
    };
  });
}

/** Contact to show: what the server last said, or worse if its own clock has run on since. */
export function shownContact(said: number, age_ms: number, threshold: Threshold): number {
  if (said === NEVER || !(age_ms >= 0)) return NEVER;
  const own = age_ms > threshold.lost_ms ? LOST : age_ms > threshold.stale_ms ? STALE : LIVE;
  return Math.max(said, own);
}

/** How long a fix of each kind is fresh, ms: no longer than the server takes the unit for live. */
export const freshByKind = (thresholds: readonly Threshold[]): Float32Array => Float32Array.from(thresholds, ({ stale_ms }) => Math.min(FRESH_MS, stale_ms));
