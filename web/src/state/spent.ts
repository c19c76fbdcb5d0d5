// What the wall's own code takes of the main thread, milliseconds since the start: for the browser's bench. The clock's steps are coarse, their sum is not.

export const spent = {
  /** frames of the stream: decoded and stored */
  take_ms: 0,
  /** visible units packed for the GPU */
  pack_ms: 0,
  /** the buffer sent and the units drawn */
  draw_ms: 0,
  /** what runs by the second: ages, counts */
  second_ms: 0,
};

/** Runs something and adds what it took. */
export function timed(what: keyof typeof spent, run: () => void): void {
  const from = performance.now();
  run();
  spent[what] += performance.now() - from;
}
