// The line that a ring is drawn with: the inner the firmer.
const DASH = ["", "10 4", "2 4"];
const WIDTH = [3.6, 3, 2.2];

/** `n` from 0, the innermost. */
export const RingSign = ({ n }: { n: number }) => (
  <svg width="28" height="8" aria-hidden="true"><path d="M0 4H28" stroke="var(--ring-line)" stroke-width={WIDTH[n]} stroke-dasharray={DASH[n]} /></svg>
);
