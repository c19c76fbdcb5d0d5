// Where a few chosen units have been, as this wall saw it: fixes, and where nothing is known between two of them. Pure.
import type { Place } from "../api/types";
import { GLIDE_GAP_MAX_MS } from "./motion";

/** Fixes of one unit; the oldest go first. */
export const TRAIL_FIXES_MAX = 600;
/** Older fixes are no longer shown. */
export const TRAIL_MS = 15 * 60_000;

interface Fix extends Place { at_ms: number }

/** One stretch of a way. `known`: its fixes follow each other closely enough to be joined; else the two ends of a gap. */
export interface Stretch { known: boolean; places: Place[] }

export class Trails {
  private readonly bySlot = new Map<number, Fix[]>();
  /** a fix has come since this was last set to false */
  fresh = false;

  /** These slots and no others are kept; `last` gives the newest fix of one that was not. */
  watch(slots: ReadonlySet<number>, last: (slot: number) => Fix | null): void {
    for (const slot of this.bySlot.keys()) if (!slots.has(slot)) this.bySlot.delete(slot);
    for (const slot of slots) {
      if (this.bySlot.has(slot)) continue;
      const fix = last(slot);
      this.bySlot.set(slot, fix ? [fix] : []);
    }
  }

  watches(slot: number): boolean {
    return this.bySlot.has(slot);
  }

  /** A fix came. Costs one look-up for a unit that nobody watches. */
  add(slot: number, lat: number, lon: number, at_ms: number): void {
    const fixes = this.bySlot.get(slot);
    if (!fixes) return;
    const last = fixes[fixes.length - 1];
    if (last && at_ms <= last.at_ms) return;
    fixes.push({ lat, lon, at_ms });
    while (fixes.length > TRAIL_FIXES_MAX || fixes[0].at_ms < at_ms - TRAIL_MS) fixes.shift();
    this.fresh = true;
  }

  /** Every stretch of every way, gaps between them included. */
  stretches(): Stretch[] {
    return [...this.bySlot.values()].flatMap(stretchesOf);
  }
}

/** Fixes further apart than a marker would glide are not joined: what lay between is not known. */
function stretchesOf(fixes: readonly Fix[]): Stretch[] {
  const found: Stretch[] = [];
  for (const [n, to] of fixes.slice(1).entries()) {
    const from = fixes[n], known = to.at_ms - from.at_ms <= GLIDE_GAP_MAX_MS;
    const last = found[found.length - 1];
    if (known && last?.known) last.places.push(to);
    else found.push({ known, places: [from, to] });
  }
  return found;
}
