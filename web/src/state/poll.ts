// Asks the server again and again while a question stands, and keeps the last good answer beside a refusal.
import { signal, type ReadonlySignal } from "@preact/signals";
import { ApiError } from "../api/client";
import type { Problem } from "../api/types";
import { offline } from "./connection";

export const REFRESH_MS = 2_000;

export interface Asked<T> {
  data: T | null;
  problem: Problem | null;
}

const NOTHING = { data: null, problem: null };

export class Poll<T> {
  private readonly state = signal<Asked<T>>(NOTHING);
  private abort = new AbortController();
  private timer = 0;

  get asked(): ReadonlySignal<Asked<T>> {
    return this.state;
  }

  /** Forgets the old answer and asks the new question now, then every `every_ms` (0: once). */
  start(question: (signal: AbortSignal) => Promise<T>, every_ms: number, keep = false): void {
    this.stop(keep);
    const { signal } = this.abort;
    const round = async () => {
      // Offline the last answer stands, marked by the whole wall as old; a question that is asked once waits for the server.
      const asks = !offline.value;
      if (asks) {
        try {
          const data = await question(signal);
          if (!signal.aborted) this.state.value = { data, problem: null };
        } catch (error) {
          if (signal.aborted) return;
          const problem = error instanceof ApiError ? error.problem : { title: String(error) };
          this.state.value = { data: this.state.value.data, problem };
        }
      }
      if ((every_ms || !asks) && !signal.aborted) this.timer = window.setTimeout(round, every_ms || REFRESH_MS);
    };
    void round();
  }

  stop(keep = false): void {
    this.abort.abort();
    this.abort = new AbortController();
    clearTimeout(this.timer);
    if (!keep) this.state.value = NOTHING;
  }
}
