// The event feed: what a commander should notice, and no more. Units in alarm are told with every zone
// they enter or leave; of the others only contact lost and regained.
import { signal } from "@preact/signals";
import type { StreamEvent } from "../stream/messages";

/** Rows kept; older ones fall off. */
export const FEED_MAX = 200;

export interface FeedRow {
  key: number;
  unit: string;
  word: "feed_lost" | "feed_regained" | "feed_alarm_on" | "feed_alarm_off" | "feed_enter" | "feed_exit" | "feed_cross";
  zone: string | null;
  at_ms: number;
}

export const feed = signal<readonly FeedRow[]>([]);
/** when each unit's alarm began, server ms */
export const alarmSince = new Map<string, number>();

let key = 0;

/** What happens to a unit by itself. */
export type UnitEvent = Exclude<StreamEvent, { type: "order" | "cordon" | "room" }>;

/** The row an event deserves, or null. `watched` says whether a unit's moves between zones matter. */
export function feedRow(event: UnitEvent, watched: (unit: string) => boolean, wasAlarm: boolean): FeedRow | null {
  const row = (word: FeedRow["word"], zone: string | null = null): FeedRow =>
    ({ key: ++key, unit: event.unit, word, zone, at_ms: Date.parse(event.at) });
  switch (event.type) {
    case "contact":
      if (event.contact === "lost") return row("feed_lost");
      return event.contact === "live" ? row("feed_regained") : null;
    case "status":
      if (event.alarm && !wasAlarm) return row("feed_alarm_on");
      return !event.alarm && wasAlarm ? row("feed_alarm_off") : null;
    case "zone":
      return watched(event.unit) ? row(`feed_${event.action}`, event.zone) : null;
  }
}

export function addToFeed(rows: FeedRow[]): void {
  if (rows.length) feed.value = [...rows.reverse(), ...feed.value].slice(0, FEED_MAX);
}
