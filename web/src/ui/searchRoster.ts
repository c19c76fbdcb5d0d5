// Ranks call signs against what was typed. Pure.
import type { RosterEntry } from "../stream/messages";

const FOUND_MAX = 8;

const plain = (text: string): string => text.toLowerCase().replace(/[\s-]/g, "");

/** Exact first, then what begins with it, then what contains it; within each, short and early call signs first. */
export function searchRoster<E extends Pick<RosterEntry, "id" | "callsign">>(roster: readonly (E | undefined)[], typed: string): E[] {
  const wanted = plain(typed);
  if (!wanted) return [];
  const ranked: { entry: E; rank: number }[] = [];
  for (const entry of roster) {
    if (!entry) continue;
    const sign = plain(entry.callsign);
    const rank = sign === wanted ? 0 : sign.startsWith(wanted) ? 1 : sign.includes(wanted) || plain(entry.id) === wanted ? 2 : -1;
    if (rank >= 0) ranked.push({ entry, rank });
  }
  ranked.sort((a, b) => a.rank - b.rank || a.entry.callsign.length - b.entry.callsign.length || (a.entry.callsign < b.entry.callsign ? -1 : 1));
  return ranked.slice(0, FOUND_MAX).map((r) => r.entry);
}
