// Keeps a list still under the pointer. Pure.

/**
 * The rows to show: the fresh ones, or, while held, the shown ones in their places with fresh figures.
 * `waiting` counts the places that would change on release.
 */
export function heldOrder<T extends { id: string }>(shown: readonly T[], fresh: readonly T[], held: boolean): { rows: readonly T[]; waiting: number } {
  if (!held || !shown.length) return { rows: fresh, waiting: 0 };
  const byId = new Map(fresh.map((row) => [row.id, row]));
  const rows = shown.map((row) => byId.get(row.id) ?? row);
  let waiting = 0;
  for (let n = 0; n < Math.max(rows.length, fresh.length); n++) if (rows[n]?.id !== fresh[n]?.id) waiting += 1;
  return { rows, waiting };
}
