// The names of roads at places, asked for once each.
import { signal } from "@preact/signals";
import { getRoadAt } from "../../api/client";
import type { Name, Place } from "../../api/types";

const names = signal<ReadonlyMap<string, Name | null>>(new Map());
/** Old ones are forgotten all at once: they are cheap to ask for again. */
const NAMES_MAX = 500;

/** The name of the road at a place; null until it is known, and where there is none. */
export function nameOf({ lat, lon }: Place): Name | null {
  const key = `${lat.toFixed(5)},${lon.toFixed(5)}`;
  const known = names.value.get(key);
  if (known !== undefined) return known;
  queueMicrotask(async () => {
    if (names.peek().has(key)) return;
    names.value = new Map(names.peek().size < NAMES_MAX ? names.peek() : []).set(key, null);
    const road = await getRoadAt({ lat, lon }).catch(() => null); // a name is a help, not a need
    if (road && (road.name.zh || road.name.en)) names.value = new Map(names.peek()).set(key, road.name);
  });
  return null;
}
