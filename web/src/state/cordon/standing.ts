// Standing plans: gates that are closed by one button. Made by clicking them on the map.
import { batch, effect, signal, untracked } from "@preact/signals";
import { deleteGatePlan, getGatePlans, putGatePlan, runGatePlan, type GatePlan } from "../../api/cordons";
import type { Place, Problem } from "../../api/types";
import { desk, place, selectUnit } from "../app";
import { offline } from "../connection";
import { problemOf } from "../failure";
import { keep } from "./running";

/** The plan that every city has: its gates. */
export const CITY_GATES = "city-gates";
export const NAME_CHARS_MAX = 60;

/** null until they have been fetched */
export const gatePlans = signal<readonly GatePlan[] | null>(null);
export const planAt = signal(CITY_GATES);
/** gates of a plan that is being made; null while none is */
export const making = signal<readonly Place[] | null>(null);
export const standingProblem = signal<Problem | null>(null);
export const busy = signal(false);

export function toggleGates(): void {
  batch(() => {
    const open = desk.value?.mode === "gates";
    selectUnit(null);
    if (!open) place.value = null;
    desk.value = open ? null : { mode: "gates" };
  });
}

async function act(what: () => Promise<void>): Promise<void> {
  if (busy.value || offline.value) return;
  busy.value = true;
  standingProblem.value = null;
  try {
    await what();
  } catch (error) {
    standingProblem.value = problemOf(error);
  } finally {
    busy.value = false;
  }
}

export const loadPlans = async (): Promise<void> => {
  gatePlans.value = await getGatePlans();
};

export const run = (id: string): Promise<void> => act(async () => {
  const cordon = await runGatePlan(id);
  batch(() => {
    keep(cordon);
    desk.value = { mode: "run", id: cordon.id };
  });
});

export const save = (name: string): Promise<void> => act(async () => {
  const gates = making.value ?? [];
  const plan = await putGatePlan(`plan-${Date.now().toString(36)}`, { zh: name, en: name }, gates.map((at) => ({ at })));
  await loadPlans();
  batch(() => {
    making.value = null;
    planAt.value = plan.id;
  });
});

export const remove = (id: string): Promise<void> => act(async () => {
  await deleteGatePlan(id);
  planAt.value = CITY_GATES;
  await loadPlans();
});

export function startStanding(): void {
  effect(() => {
    const open = desk.value?.mode === "gates";
    untracked(() => {
      making.value = null;
      standingProblem.value = null;
      if (open) void act(loadPlans);
    });
  });
}
