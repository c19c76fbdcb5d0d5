// The life of the one WebSocket: connect, subscribe, notice gaps and silence, come back.
import { backoff_ms } from "./backoff";
import { decodeHeader, type FrameHeader } from "./decode";
import type { TextMessage } from "./messages";
import { Sequence } from "./sequence";

/**
 * An open socket that says nothing for this long is given up: a half-open TCP never closes by itself. A message says nothing until all of it is here:
 * on a slow line the whole roster takes longer, so each time that a socket was given up the next has twice as long.
 */
export const SILENCE_MS = 10_000;
const SILENCE_MOST_MS = 160_000;
/** An attempt to connect has this share of it. */
const CONNECT_SHARE = 0.5;
const RESYNC_AGAIN_MS = 2_000;
const WATCH_MS = 250;

/** What a wall asks for: a box of west, south, east, north or everything; units, or totals of H3 cells of a resolution. */
export interface StreamView {
  bbox: [number, number, number, number] | null;
  totals: number | null;
}

export interface StreamHandlers {
  opened(): void;
  /** The server was started anew since the last connection, or this is the first: its numbers of units are others. */
  otherRun(isFirst: boolean): void;
  text(message: TextMessage): void;
  frame(header: FrameHeader, buffer: ArrayBuffer): void;
  /** The socket closed or was given up; `retry_ms` from now is attempt number `attempt`. */
  closed(attempt: number, retry_ms: number): void;
}

export class StreamClient {
  private socket: WebSocket | null = null;
  private readonly sequence = new Sequence();
  private attempt = 0;
  private timer = 0;
  private heard_ms = 0;
  /** when the connection was begun, by the clock here: what the server said in it, it said later */
  begun_ms = 0;
  private patience_ms = SILENCE_MS;
  private resynced_ms = -Infinity;

  /** tells this run of the server from others */
  private run = -1;
  private view: StreamView = { bbox: null, totals: null };
  private room: string | null = null;

  constructor(private readonly handlers: StreamHandlers, private readonly layers: readonly string[]) {
    setInterval(() => this.watch(), WATCH_MS);
  }

  get lastSeq(): number {
    return this.sequence.last;
  }

  /** Connects now, whatever the back-off says. */
  connect(): void {
    clearTimeout(this.timer);
    this.drop();
    const url = new URL("/v1/stream", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    this.begun_ms = Date.now();
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.heard_ms = performance.now() - this.patience_ms * (1 - CONNECT_SHARE);
    socket.onopen = () => {
      this.heard_ms = performance.now();
      // What is on the map goes on where it was, if the server still knows what happened since.
      this.subscribe(this.sequence.last < 0 ? null : { run: this.run, seq: this.sequence.last });
      this.handlers.opened();
    };
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => this.received(event.data);
    socket.onclose = () => this.lost(socket);
  }

  private received(data: string | ArrayBuffer): void {
    this.heard_ms = performance.now();
    if (typeof data === "string") {
      const message = JSON.parse(data) as TextMessage;
      if (message.type === "hello" && message.run !== this.run) {
        const isFirst = this.run < 0;
        this.run = message.run;
        this.sequence.reset();
        this.handlers.otherRun(isFirst);
      }
      this.handlers.text(message);
      return;
    }
    let header: FrameHeader;
    try {
      header = decodeHeader(data);
    } catch (error) {
      console.warn("stream frame refused:", error);
      this.resync();
      return;
    }
    if (this.sequence.take(header) !== "apply") {
      this.resync();
      return;
    }
    this.attempt = 0;
    this.patience_ms = SILENCE_MS;
    this.handlers.frame(header, data);
  }

  /** Is told what is shown in a room; null: in none. */
  join(room: string | null): void {
    if (room === this.room) return;
    this.room = room;
    this.subscribe(null);
  }

  /** Shows another part of the map, or totals in place of units. */
  look(view: StreamView): void {
    this.view = view;
    this.subscribe(null);
  }

  private subscribe(after: { run: number; seq: number } | null): void {
    this.send({ type: "subscribe", ...this.view, kinds: null, layers: this.layers, room: this.room, after });
  }

  private resync(): void {
    const now = performance.now();
    if (now - this.resynced_ms < RESYNC_AGAIN_MS) return;
    this.resynced_ms = now;
    this.send({ type: "resync" });
  }

  private send(message: unknown): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private watch(): void {
    if (!this.socket || performance.now() - this.heard_ms <= this.patience_ms) return;
    this.patience_ms = Math.min(SILENCE_MOST_MS, 2 * this.patience_ms);
    this.lost(this.socket);
  }

  private lost(socket: WebSocket): void {
    if (socket !== this.socket) return; // an attempt that was already given up
    this.drop();
    this.attempt += 1;
    const retry_ms = backoff_ms(this.attempt, Math.random());
    this.timer = window.setTimeout(() => this.connect(), retry_ms);
    this.handlers.closed(this.attempt, retry_ms);
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
