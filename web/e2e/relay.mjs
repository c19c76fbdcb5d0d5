// A line between the wall and the server that can be made bad: slow, narrow, stuck, cut. One line for all connections, as a wall has.
//
// What TCP loses it sends again, and all that came after waits for it: to a page loss looks like nothing for a while, then everything. So
// lost packets are played here by `stall`. The line holds at most BUFFER_BYTES of a connection, and reads no more until there is room: the sender
// feels it, as behind a real router.
import { once } from "node:events";
import { connect, createServer } from "node:net";

const BUFFER_BYTES = 32 * 1024;
/** What is sent at once on a narrow line. */
const PIECE_BYTES = 512;

/** One direction of the line: pieces of all connections, in the order in which they came. */
class Way {
  constructor(line) {
    this.line = line;
    this.queue = [];
    this.timer = null;
    this.free_ms = 0;
  }

  take(from, to, chunk) {
    from.waits = (from.waits ?? 0) + chunk.length;
    if (from.waits > BUFFER_BYTES) from.pause();
    const due_ms = performance.now() + this.line.delay_ms;
    for (let at = 0; at < chunk.length; at += PIECE_BYTES) this.queue.push({ from, to, due_ms, bytes: chunk.subarray(at, at + PIECE_BYTES) });
    this.go();
  }

  end(from, to) {
    this.queue.push({ from, to, due_ms: performance.now() + this.line.delay_ms, bytes: null });
    this.go();
  }

  go() {
    clearTimeout(this.timer);
    while (this.queue.length && !this.line.stuck) {
      const now = performance.now(), [{ from, to, due_ms, bytes }] = this.queue, wait_ms = Math.max(due_ms, this.free_ms) - now;
      if (wait_ms > 0) {
        this.timer = setTimeout(() => this.go(), wait_ms);
        return;
      }
      this.queue.shift();
      if (!bytes) {
        to.end();
        continue;
      }
      this.free_ms = Math.max(now - 50, this.free_ms) + (this.line.bytes_a_s ? (bytes.length * 1000) / this.line.bytes_a_s : 0);
      if (!to.destroyed) to.write(bytes);
      from.waits -= bytes.length;
      if (from.isPaused() && from.waits <= BUFFER_BYTES / 2) from.resume();
    }
  }
}

/** A line to `target`, "address:port", which may be named once the line is there. */
export class Relay {
  target = "";
  delay_ms = 0;
  /** each way; 0: as fast as it goes */
  bytes_a_s = 0;
  stuck = false;
  /** new connections are broken at once */
  down = false;
  sockets = new Set();
  up = new Way(this);
  back = new Way(this);

  constructor() {
    this.server = createServer((near) => this.join(near));
  }

  async listen() {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return `127.0.0.1:${this.server.address().port}`;
  }

  join(near) {
    if (this.down) {
      near.resetAndDestroy();
      return;
    }
    const [host, port] = this.target.split(":"), far = connect({ host, port: Number(port) });
    for (const [from, to, way] of [[near, far, this.up], [far, near, this.back]]) {
      this.sockets.add(from);
      from.setNoDelay(true);
      from.on("data", (chunk) => way.take(from, to, chunk));
      from.on("end", () => way.end(from, to));
      from.on("error", () => to.destroy());
      from.on("close", () => this.sockets.delete(from));
    }
  }

  set(change) {
    Object.assign(this, change);
    this.up.go();
    this.back.go();
  }

  /** Breaks all connections, as a router that forgot them does. */
  cut() {
    for (const socket of this.sockets) socket.resetAndDestroy();
    for (const way of [this.up, this.back]) way.queue.length = 0;
  }

  close() {
    this.cut();
    this.server.close();
  }
}
