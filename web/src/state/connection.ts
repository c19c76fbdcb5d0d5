// How far behind the wall is, as one of four states, and what a break did to it.
import { computed, signal } from "@preact/signals";

export const LAGGING_MS = 2_000;
export const OFFLINE_MS = 10_000;
/** A closed socket is told after this long: a quick reconnect is not worth a frame. */
export const CLOSED_MS = 1_000;
export const RECOVERED_SHOWN_MS = 5_000;

export type ConnState = "loading" | "live" | "lagging" | "offline";

export interface ConnFacts {
  /** a snapshot has been received at least once */
  started: boolean;
  open: boolean;
  /** ms since the server time of the last frame */
  behind_ms: number;
  /** ms since the socket closed, 0 while open */
  closed_ms: number;
}

export function connState(f: ConnFacts): ConnState {
  if (!f.open && f.closed_ms > CLOSED_MS) return "offline";
  if (!f.started) return "loading";
  if (f.behind_ms > OFFLINE_MS) return "offline";
  return f.behind_ms > LAGGING_MS ? "lagging" : "live";
}

export const conn = signal<ConnState>("loading");
export const offline = computed(() => conn.value === "offline");
/** the same as it is told: the picture is no older than this, up to the next look at it */
export const behind_ms = signal(0);
/** Ages are told in steps of this, rounded up. */
export const BEHIND_STEP_MS = 100;
/** server time of the last frame, null before the first */
export const frozen_ms = signal<number | null>(null);
export const attempts = signal(0);
/** local time (performance.now) of the next attempt; 0 while one is under way */
export const retryAt_ms = signal(0);
/** length of the break that just ended, null when there is none to tell of */
export const recovered_ms = signal<number | null>(null);
/** the server's time in ms, renewed each second: what clocks and timers read */
export const now_ms = signal(Date.now());
export const httpAnswers = signal<boolean | null>(null);
/** why the server refuses commands, null while it does not: all else goes on */
export const journalTrouble = signal<string | null>(null);

/** how long the picture has stood still, for the offline pill and banner */
export const closedFor = computed(() => (frozen_ms.value === null ? 0 : Math.max(0, now_ms.value - frozen_ms.value)));
