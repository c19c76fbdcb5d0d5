// How many units stand in each part of the map, where there are too many to show one by one.
import { AVAILABLE, STATUSES } from "../words";

export interface Total { lat: number; lon: number; units: number; available: number; alarm: number; status: readonly number[]; old: number }

export class Density {
  private readonly totals = new Map<string, Total>();
  /** one more with each change */
  version = 0;

  clear(): void {
    if (this.totals.size) this.version += 1;
    this.totals.clear();
  }

  /** `counts`: the statuses by code, then those in alarm, then those stale or lost; nothing but zeros takes a part away. */
  set(lat: number, lon: number, counts: readonly number[]): void {
    const units = counts.slice(0, STATUSES.length).reduce((sum, n) => sum + n, 0);
    const alarm = counts[STATUSES.length] ?? 0;
    this.version += 1;
    const key = `${lat.toFixed(6)},${lon.toFixed(6)}`;
    if (!units) this.totals.delete(key);
    else this.totals.set(key, { lat, lon, units, available: counts[AVAILABLE], alarm, status: counts.slice(0, STATUSES.length), old: counts[STATUSES.length + 1] ?? 0 });
  }

  get isShown(): boolean {
    return this.totals.size > 0;
  }

  all(): Total[] {
    return [...this.totals.values()];
  }
}
