import type { UnitView } from "../src/map/units/instances";

/** A view of everything, but for what is changed. */
export const viewOf = (change: Partial<UnitView> = {}): UnitView => ({
  kinds: new Set([0, 1, 2, 3, 4, 5, 6, 7]), statuses: new Set([0, 1, 2, 3, 4, 5, 6]), orgs: null,
  selected: -1, candidates: new Set(), offline: false, ...change,
});
