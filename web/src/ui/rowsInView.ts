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

/** Alarms, then committed units, then free ones, then the rest; by call sign within each. */
export function rowsInView(store: UnitStore, wanted: Wanted, now_ms: number): number[] {
  const list: number[] = [];
  for (let slot = 0; slot < store.size; slot++) {
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
    list.push(slot);
  }
  const rank = (slot: number) => {
    if (store.alarm[slot]) return 0;
    const status = store.status[slot];
    return status === OFF_DUTY ? 4 : status === AVAILABLE ? 2 : status < 5 ? 1 : 3;
  };
  const sign = (slot: number) => store.roster[slot]?.callsign ?? "";
  return list.sort((a, b) => rank(a) - rank(b) || (sign(a) < sign(b) ? -1 : 1));
}
