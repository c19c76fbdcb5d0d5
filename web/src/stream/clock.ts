// The server's clock as seen from here. What the server said when it was not yet asked is late by the way here, nobody knows how much;
// an answer bounds it from the other side: the server cannot have read its clock before the question left, be it for its time or for a
// connection. The wall goes by that bound, the latest that the server's clock can be, so that on a slow line its picture is told too old
// rather than too young.

const WINDOW_MS = 60_000;

/** The greatest of the numbers that were noted in the last minute. */
class Greatest {
  // Ascending times, descending numbers: the first is always the greatest of the window.
  private samples: { at: number; value: number }[] = [];

  note(value: number, at: number): void {
    while (this.samples.length && this.samples[this.samples.length - 1].value <= value) this.samples.pop();
    this.samples.push({ at, value });
    while (this.samples[0].at < at - WINDOW_MS) this.samples.shift();
  }

  /** undefined before the first. */
  get value(): number | undefined {
    return this.samples[0]?.value;
  }
}

export class ServerClock {
  private readonly least = new Greatest();
  /** of the most that the difference can be, its negative */
  private readonly most = new Greatest();

  /** Notes that the server said `server_ms` in a message that arrived at local time `local_ms`. */
  note(server_ms: number, local_ms: number): void {
    this.least.note(server_ms - local_ms, local_ms);
  }

  /** Notes that the server said `server_ms` in answer to what left here at local time `sent_ms`; what is no time says nothing. */
  answered(server_ms: number, sent_ms: number): void {
    if (Number.isFinite(server_ms)) this.most.note(sent_ms - server_ms, sent_ms);
  }

  /** Server time at a local time, both in ms since the epoch, at the latest; local time itself until the server spoke. */
  at(local_ms: number): number {
    const least = this.least.value, most = this.most.value;
    // A clock that was set leaves bounds that no longer fit each other: then the one that every message renews counts.
    return local_ms + Math.max(least ?? -Infinity, most === undefined ? (least ?? 0) : -most);
  }

  now(): number {
    return this.at(Date.now());
  }
}
