// The server's clock as seen from here. A message is always late, never early, so the largest
// difference seen in a while is the truest; older ones are let go so that a corrected clock is followed.

const WINDOW_MS = 60_000;

export class ServerClock {
  private samples: { at: number; offset_ms: number }[] = [];
  private best_ms = 0;
  private known = false;

  /** Notes that the server said `server_ms` in a message that arrived at local time `local_ms`. */
  note(server_ms: number, local_ms: number): void {
    const offset_ms = server_ms - local_ms;
    const from = local_ms - WINDOW_MS;
    // Ascending times, descending offsets: the first is always the best of the window.
    while (this.samples.length && this.samples[this.samples.length - 1].offset_ms <= offset_ms) this.samples.pop();
    this.samples.push({ at: local_ms, offset_ms });
    while (this.samples[0].at < from) this.samples.shift();
    this.best_ms = this.samples[0].offset_ms;
    this.known = true;
  }

  /** Server time at a local time, both in ms since the epoch; local time itself until the server spoke. */
  at(local_ms: number): number {
    return this.known ? local_ms + this.best_ms : local_ms;
  }

  now(): number {
    return this.at(Date.now());
  }
}
