// Where the promise of one, three and five minutes is kept: asked for while its layer is shown.
import { effect, signal, untracked } from "@preact/signals";
import { getCoverage, getCoverageGrid } from "../api/client";
import type { CoverageAnswer, CoverageGrid } from "../api/types";
import { Poll, REFRESH_MS } from "./poll";

export const coverageOn = signal(false);
export const coverage = new Poll<CoverageAnswer>();
/** The cells that the answer speaks of, in its order. */
export const coverageGrid = signal<CoverageGrid | null>(null);

export function toggleCoverage(): void {
  coverageOn.value = !coverageOn.value;
}

async function ask(signal: AbortSignal): Promise<CoverageAnswer> {
  const answer = await getCoverage(signal);
  if (coverageGrid.value?.version !== answer.cells.version) coverageGrid.value = await getCoverageGrid(signal);
  return answer;
}

export function startCoverage(): void {
  effect(() => {
    const on = coverageOn.value;
    untracked(() => (on ? coverage.start(ask, REFRESH_MS, true) : coverage.stop()));
  });
}
