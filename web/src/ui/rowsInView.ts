// Which units the list mirror shows, in the order of what matters. Pure but for reading the store.
import type { UnitStore } from "../units/store";
import { AVAILABLE, OFF_DUTY } from "../words";

export interface Wanted {
  /** west, south, east, north in degrees; null is everywhere */
  bounds: readonly [number, number, number, number] | null;
  kinds: ReadonlySet<number>;
  statuses: ReadonlySet<number>;
  orgs: ReadonlySet<string> | null;
}

/** Alarms, then committed units, then free ones, then the rest; by call sign within each. One pass: the store knows the order of call signs. */
export function rowsInView(store: UnitStore, wanted: Wanted, now_ms: number): number[] {
  const ranks: number[][] = [[], [], [], [], []];
  for (const slot of store.bySign()) {
    const entry = store.roster[slot];
    if (!entry || !store.here[slot]) continue;
    if (!store.alarm[slot]) {
      if (!wanted.kinds.has(store.kind[slot]) || !wanted.statuses.has(store.status[slot])) continue;
      if (wanted.orgs && !wanted.orgs.has(entry.org)) continue;
    }
    if (wanted.bounds) {
      if (!store.placed(slot)) continue;
      const { lat, lon } = store.drawnPlace(slot, now_ms);
      const [w, s, e, n] = wanted.bounds;
      if (lon < w || lon > e || lat < s || lat > n) continue;
    }
    ranks[rank(store.alarm[slot] === 1, store.status[slot])].push(slot);
  }
  return ranks.flat();
}

function rank(alarm: boolean, status: number): number {
  if (alarm) return 0;
  return status === OFF_DUTY ? 4 : status === AVAILABLE ? 2 : status < 5 ? 1 : 3;
}
