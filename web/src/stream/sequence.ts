// Watches the tick numbers and says when something was missed.
import type { FrameHeader } from "./decode";

export type Verdict = "apply" | "gap" | "early";

export class Sequence {
  last = -1;

  /** Forgets everything: the next frame must be a snapshot. */
  reset(): void {
    this.last = -1;
  }

  /** `early` are changes before any snapshot; `gap` are some that do not follow what was last. */
  take({ kind, seq, ticks }: Pick<FrameHeader, "kind" | "seq" | "ticks">): Verdict {
    if (kind === "snapshot" || kind === "totals") {
      this.last = seq;
      return "apply";
    }
    if (this.last < 0) return "early";
    const fits = seq - ticks === this.last;
    if (fits) this.last = seq;
    return fits ? "apply" : "gap";
  }
}
