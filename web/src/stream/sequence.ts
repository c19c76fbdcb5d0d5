// Watches the tick numbers and says when something was missed.

export type Verdict = "apply" | "gap" | "early";

export class Sequence {
  last = -1;

  /** Forgets everything: the next frame must be a snapshot. */
  reset(): void {
    this.last = -1;
  }

  /** `early` is a delta before any snapshot; `gap` is one that follows a hole. */
  take(kind: "snapshot" | "delta", seq: number): Verdict {
    if (kind === "snapshot") {
      this.last = seq;
      return "apply";
    }
    if (this.last < 0) return "early";
    const whole = seq === this.last + 1 || seq === this.last;
    this.last = seq;
    return whole ? "apply" : "gap";
  }
}
