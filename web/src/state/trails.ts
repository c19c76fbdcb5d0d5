// Whose way is drawn: the chosen unit's, and those that were kept.
import { computed, effect, signal, untracked } from "@preact/signals";
import { Trails } from "../units/trails";
import { selected } from "./app";
import { counts } from "./counts";
import { store } from "./live";

export const KEPT_MAX = 8;

/** units whose way stays when another is chosen */
export const kept = signal<readonly string[]>([]);
export const trails = new Trails();

/** grows when other units are watched */
export const watching = signal(0);

const watched = computed(() => new Set([...(selected.value ? [selected.value] : []), ...kept.value]));
/** A unit may be chosen before the roster has it. */
const known = computed(() => counts.value.known);

/** False when as many are kept as can be. */
export const canKeep = (id: string): boolean => kept.value.includes(id) || kept.value.length < KEPT_MAX;

export function toggleKept(id: string): void {
  if (kept.value.includes(id)) kept.value = kept.value.filter((other) => other !== id);
  else if (canKeep(id)) kept.value = [...kept.value, id];
}

export function startTrails(): void {
  store.onFix = (slot, { lat_deg, lon_deg }) => {
    if (trails.watches(slot)) trails.add(slot, lat_deg, lon_deg, store.fix_ms[slot]);
  };
  effect(() => {
    void known.value;
    const slots = new Set([...watched.value].map((id) => store.slot(id)).filter((slot) => slot >= 0));
    // The last fix itself, not where the marker is on its way there.
    trails.watch(slots, (slot) => (store.placed(slot) ? { ...store.drawnPlace(slot, Infinity), at_ms: store.fix_ms[slot] } : null));
    untracked(() => (watching.value += 1));
  });
}
