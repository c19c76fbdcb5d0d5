// The figures of the top bar and the overview, counted from the store.
import { signal } from "@preact/signals";
import type { Total } from "../units/density";
import type { UnitStore } from "../units/store";
import { AVAILABLE, KINDS, LIVE, LOST, OFF_DUTY, OUT_OF_SERVICE, STALE, STATUSES } from "../words";

export interface Counts {
  /** in the roster, whether or not their records have come */
  known: number;
  total: number;
  /** by status, of the units whose position is known now */
  status: number[];
  stale: number;
  lost: number;
  alarm: number;
  /** on duty: neither off duty nor out of service */
  onDuty: number;
  byKind: { onDuty: number; available: number; committed: number }[];
}

export function countUnits(store: UnitStore): Counts {
  const c: Counts = {
    known: store.size, total: store.present, status: STATUSES.map(() => 0), stale: 0, lost: 0, alarm: 0, onDuty: 0,
    byKind: KINDS.map(() => ({ onDuty: 0, available: 0, committed: 0 })),
  };
  for (let slot = 0; slot < store.size; slot++) {
    if (!store.here[slot]) continue;
    const status = store.status[slot];
    const contact = store.contact[slot];
    const duty = status !== OFF_DUTY && status !== OUT_OF_SERVICE;
    if (store.alarm[slot]) c.alarm += 1;
    if (!duty) {
      c.status[status] += 1;
      continue;
    }
    c.onDuty += 1;
    const kind = c.byKind[store.kind[slot]];
    kind.onDuty += 1;
    if (contact === STALE) c.stale += 1;
    else if (contact === LOST) c.lost += 1;
    if (contact !== LIVE) continue; // whoever is not known to be there is not offered
    c.status[status] += 1;
    if (status === AVAILABLE) kind.available += 1;
    else if (status < 5) kind.committed += 1;
  }
  return c;
}

/** The same of totals, which tell no kinds, and old ones as one figure: those count as stale. */
export function countTotals(totals: readonly Total[]): Counts {
  const c: Counts = { known: 0, total: 0, status: STATUSES.map(() => 0), stale: 0, lost: 0, alarm: 0, onDuty: 0, byKind: [] };
  for (const { units, status, alarm, old } of totals) {
    status.forEach((n, code) => (c.status[code] += n));
    c.total += units;
    c.alarm += alarm;
    c.stale += old;
    c.onDuty += units - status[OFF_DUTY] - status[OUT_OF_SERVICE];
  }
  c.known = c.total;
  return c;
}

export const counts = signal<Counts>({
  known: 0, total: 0, status: STATUSES.map(() => 0), stale: 0, lost: 0, alarm: 0, onDuty: 0,
  byKind: KINDS.map(() => ({ onDuty: 0, available: 0, committed: 0 })),
});
/** units drawn after the filters */
export const shownUnits = signal(0);
