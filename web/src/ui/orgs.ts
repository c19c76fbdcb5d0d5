// Names of organisations.
import { computed } from "@preact/signals";
import type { Organisation } from "../api/types";
import { named } from "../i18n";
import { city } from "../state/app";

const byId = computed(() => new Map((city.value?.organisations ?? []).map((org) => [org.id, org])));

export function orgName(id: string | undefined): string {
  const org = id ? byId.value.get(id) : undefined;
  return org ? named(org.name) : (id ?? "");
}

/** From the unit's own organisation up to the city. */
export function orgPath(id: string): string {
  const path: string[] = [];
  let at: Organisation | undefined = byId.value.get(id);
  for (let depth = 0; at && depth < 5; depth++) {
    path.unshift(named(at.name));
    at = at.parent ? byId.value.get(at.parent) : undefined;
  }
  return path.join(" › ") || id;
}
