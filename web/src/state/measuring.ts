// The measuring tool: places pointed at one after the other. It asks nobody and moves nothing.
import { batch, computed, effect, signal } from "@preact/signals";
import type { Place } from "../api/types";
import { measure } from "../units/measure";
import { measureOpen, mirror, withMap } from "./app";

export const PLACES_MAX = 100;

export const places = signal<readonly Place[]>([]);
/** the last place is joined to the first */
export const shapeClosed = signal(false);
export const measured = computed(() => measure(places.value, shapeClosed.value));
export const canClose = computed(() => !shapeClosed.value && places.value.length > 2);

effect(() => {
  if (!measureOpen.value) begin([]);
});

function begin(at: readonly Place[]): void {
  batch(() => {
    places.value = at;
    shapeClosed.value = false;
  });
}

export function openMeasure(): void {
  if (!withMap) return;
  mirror.value = false;
  measureOpen.value = true;
}

export function toggleMeasure(): void {
  if (measureOpen.value) measureOpen.value = false;
  else openMeasure();
}

/** One more place; after a closed shape the first of the next. */
export function measureTo(at: Place): void {
  if (shapeClosed.value) begin([at]);
  else if (places.value.length < PLACES_MAX) places.value = [...places.value, at];
}

export function closeShape(): void {
  if (canClose.value) shapeClosed.value = true;
}

/** Opens the shape again, or takes the last place back; false when there is none. */
export function takeBack(): boolean {
  if (!places.value.length) return false;
  if (shapeClosed.value) shapeClosed.value = false;
  else places.value = places.value.slice(0, -1);
  return true;
}
