// Organisations as a tree with the strength of each, all below it included. Pure but for reading the store.
import type { Organisation } from "../api/types";
import type { UnitStore } from "../units/store";
import { ASSIGNED, AVAILABLE, EN_ROUTE, LIVE, ON_SCENE } from "../words";

/** Of those whose position is known now: free, committed. The rest: busy, off duty, out of service, stale or lost. */
export interface Strength { available: number; committed: number; other: number }

export interface Branch { org: Organisation; level: number; parent: string | null; children: Branch[] }

/** Who belongs to nobody that is known stands at the top; what belongs to itself is left out. */
export function branches(orgs: readonly Organisation[]): Branch[] {
  const ids = new Set(orgs.map(({ id }) => id));
  const below = new Map<string | null, Organisation[]>();
  for (const org of orgs) {
    const parent = org.parent !== null && ids.has(org.parent) ? org.parent : null;
    below.set(parent, [...(below.get(parent) ?? []), org]);
  }
  const grow = (parent: string | null, level: number): Branch[] =>
    (below.get(parent) ?? []).map((org) => ({ org, level, parent, children: grow(org.id, level + 1) }));
  return grow(null, 1);
}

export function strengths(store: UnitStore, roots: readonly Branch[]): Map<string, Strength> {
  const found = new Map<string, Strength>();
  const own = (id: string): Strength => {
    const known = found.get(id) ?? { available: 0, committed: 0, other: 0 };
    found.set(id, known);
    return known;
  };
  for (let slot = 0; slot < store.size; slot++) {
    const entry = store.roster[slot];
    if (!entry || !store.here[slot]) continue;
    const status = store.status[slot], live = store.contact[slot] === LIVE;
    const of = own(entry.org);
    if (live && status === AVAILABLE) of.available += 1;
    else if (live && (status === ASSIGNED || status === EN_ROUTE || status === ON_SCENE)) of.committed += 1;
    else of.other += 1;
  }
  const add = ({ org, children }: Branch): Strength => {
    const all = own(org.id);
    for (const child of children) {
      const { available, committed, other } = add(child);
      all.available += available;
      all.committed += committed;
      all.other += other;
    }
    return all;
  };
  roots.forEach(add);
  return found;
}

/** Where the units of organisations are drawn, as far as they have a place. */
export function placesOf(store: UnitStore, orgs: ReadonlySet<string>, now_ms: number): GeoJSON.Position[] {
  const found: GeoJSON.Position[] = [];
  for (let slot = 0; slot < store.size; slot++) {
    const org = store.roster[slot]?.org;
    if (org === undefined || !orgs.has(org) || !store.placed(slot)) continue;
    const { lat, lon } = store.drawnPlace(slot, now_ms);
    found.push([lon, lat]);
  }
  return found;
}

/** The rows that are seen, from the top down: children of what is open only. */
export const rowsOf = (roots: readonly Branch[], open: ReadonlySet<string>): Branch[] =>
  roots.flatMap((branch) => [branch, ...(open.has(branch.org.id) ? rowsOf(branch.children, open) : [])]);

/** What an arrow key does in a tree: another row, or one that opens or closes; null where it does nothing. */
export function step(rows: readonly Branch[], open: ReadonlySet<string>, at: string, key: string): { to: string } | { flip: string } | null {
  const n = rows.findIndex(({ org }) => org.id === at), row = rows[n];
  if (!row) return null;
  const to = (row: Branch | undefined) => (row ? { to: row.org.id } : null);
  const isOpen = open.has(at);
  switch (key) {
    case "ArrowDown":
      return to(rows[n + 1]);
    case "ArrowUp":
      return to(rows[n - 1]);
    case "Home":
      return to(rows[0]);
    case "End":
      return to(rows[rows.length - 1]);
    case "ArrowRight":
      return !row.children.length ? null : isOpen ? to(row.children[0]) : { flip: at };
    case "ArrowLeft":
      return isOpen && row.children.length ? { flip: at } : row.parent === null ? null : { to: row.parent };
    default:
      return null;
  }
}
