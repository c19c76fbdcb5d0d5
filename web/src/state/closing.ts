// Closing a road by hand: what is drawn, which roads that means, how they are closed, and until when.
import { batch, effect, signal, untracked } from "@preact/signals";
import { postClosure, postMeant } from "../api/client";
import type { Drawn, Meant, Place, Problem } from "../api/types";
import { answer, desk, roadsOpen, selectUnit, place } from "./app";
import { closureAt, renewClosures } from "./closures";
import { now_ms } from "./connection";
import { drawn, nextTime, type Drawing } from "./drawing";
import { problemOf } from "./failure";
import { Poll } from "./poll";

export const drawing = signal<Drawing>("road");
/** the first end of a line, or corner of a box */
export const firstEnd = signal<Place | null>(null);
/** what was drawn */
export const draft = signal<Drawn | null>(null);
/** the roads that it means */
export const meant = new Poll<Meant>();

/** so many times as slow; null closes */
export const factor = signal<number | null>(null);
/** the one way that is closed; null closes both */
export const oneWay = signal<number | null>(null);
export const reason = signal("");
/** `hh:mm`, or minutes from now; null: until somebody lifts it */
export const end = signal<string | number | null>(null);
export const closeProblem = signal<Problem | null>(null);
export const closing = signal(false);
/** told to those who listen */
export const lastClosed = signal<{ reason: string; edge_count: number } | null>(null);

export function openRoads(): void {
  batch(() => {
    selectUnit(null);
    desk.value = place.value = null;
    roadsOpen.value = true;
  });
}

export function toggleRoads(): void {
  if (answer.value === "roads") roadsOpen.value = false;
  else openRoads();
}

export function dropDraft(): void {
  batch(() => {
    firstEnd.value = draft.value = oneWay.value = closeProblem.value = null;
  });
}

/** One step back in the drawing; false when nothing is drawn. */
export function undraw(): boolean {
  if (!firstEnd.value && !draft.value) return false;
  dropDraft();
  return true;
}

/** Somebody pointed at the map. */
export function pointAt(at: Place): void {
  batch(() => {
    closureAt.value = closeProblem.value = oneWay.value = null;
    if (drawing.value === "road") draft.value = drawn("road", at, at);
    else if (!firstEnd.value) [firstEnd.value, draft.value] = [at, null];
    else [draft.value, firstEnd.value] = [drawn(drawing.value, firstEnd.value, at), null];
  });
}

export async function close(): Promise<void> {
  const where = draft.value;
  if (!where || closing.value) return;
  const chosen = end.value;
  const until = typeof chosen === "number" ? now_ms.value + chosen * 60_000 : chosen ? nextTime(chosen, now_ms.value) : null;
  closing.value = true;
  closeProblem.value = null;
  try {
    const closed = await postClosure({
      where, reason: reason.value.trim(),
      ...(oneWay.value !== null && { heading_deg: oneWay.value }),
      ...(factor.value !== null && { factor: factor.value }),
      ...(until !== null && { until: new Date(until).toISOString() }),
    });
    batch(() => {
      dropDraft();
      reason.value = "";
      factor.value = end.value = null;
      closureAt.value = closed.id;
      lastClosed.value = closed;
    });
    renewClosures();
  } catch (error) {
    closeProblem.value = problemOf(error);
  } finally {
    closing.value = false;
  }
}

export function startClosing(): void {
  effect(() => {
    if (answer.value === "roads") return;
    untracked(() => {
      dropDraft();
      closureAt.value = null;
    });
  });
  effect(() => {
    const where = draft.value;
    untracked(() => (where ? meant.start((signal) => postMeant(where, signal), 0) : meant.stop()));
  });
}
