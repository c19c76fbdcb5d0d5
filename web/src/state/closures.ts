// What is closed or slow on the roads: fetched at the start, on every notice, and when one should have ended.
import { signal } from "@preact/signals";
import { deleteClosure, getClosures } from "../api/client";
import type { Closure, Problem } from "../api/types";
import { now_ms } from "./connection";
import { problemOf } from "./failure";
import { renewal } from "./renewal";

/** null until they have been fetched once */
export const closures = signal<readonly Closure[] | null>(null);
export const closuresProblem = signal<Problem | null>(null);
/** the closure that somebody pointed at */
export const closureAt = signal<string | null>(null);
/** refusals to lift, by id */
export const liftProblems = signal<ReadonlyMap<string, Problem>>(new Map());

/** The server lifts what has ended within a second. */
const LIFTED_MS = 1_500;
const AGAIN_MS = 5_000;
/** What a timer can count. */
const TIMER_MAX_MS = 2 ** 31 - 1;

let timer = 0;

export const renewClosures = renewal(async () => {
  clearTimeout(timer);
  try {
    closures.value = await getClosures();
    closuresProblem.value = null;
    const ends = closures.value.flatMap(({ until }) => (until ? [Date.parse(until)] : []));
    if (ends.length) timer = window.setTimeout(renewClosures, Math.min(TIMER_MAX_MS, Math.max(0, Math.min(...ends) - now_ms.value) + LIFTED_MS));
  } catch (error) {
    closuresProblem.value = problemOf(error);
    timer = window.setTimeout(renewClosures, AGAIN_MS);
  }
});

export async function lift(id: string): Promise<void> {
  try {
    await deleteClosure(id);
    closures.value = (closures.value ?? []).filter((closure) => closure.id !== id);
    liftProblems.value = new Map([...liftProblems.value].filter(([other]) => other !== id));
  } catch (error) {
    liftProblems.value = new Map(liftProblems.value).set(id, problemOf(error));
    renewClosures(); // somebody else may have lifted it
  }
}
