// The stream's binary frames, read as `src/frames/mod.rs` describes them byte by byte. Little-endian.

const HEADER_BYTES = 16;
const VERSION = 4;
/** Steps of a position in a degree. */
const STEPS_A_DEG = 1e6;
/** Steps in a step of a block's origin. */
const ORIGIN_STEPS = 8192;
const UNKNOWN = 255;
// By byte. From a table a figure comes without an object made for it.
const SPEEDS_MPS = Float64Array.from({ length: 256 }, (_, n) => (n === UNKNOWN ? NaN : n / 2));
const HEADINGS_DEG = Float64Array.from({ length: 256 }, (_, n) => (n === UNKNOWN ? NaN : (n * 360) / 255));
export const AGE_STEP_MS = 10;
/** A frame that claims more units than any city has is refused instead of being believed. */
const COUNT_MAX = 1 << 24;
/** totals of a block: the seven statuses by code, those in alarm, those stale or lost */
export const TOTALS = 9;

const ALARM = 32;
const FIX = 64;
const FAR = 128;
/** the state before a block's first record: available and live, with a fix */
const USUAL = 1 | FIX;

const KINDS = ["snapshot", "delta", "totals", "totals_delta"] as const;

export interface FrameHeader {
  kind: (typeof KINDS)[number];
  /** ticks since the frame that changes follow; 0 in a snapshot */
  ticks: number;
  seq: number;
  server_time_ms: number;
}

/** One record. The same object is handed out for each: copy what is to be kept. */
export interface UnitRecord {
  no: number;
  /** false where it is where it was: what follows is then not known */
  moved: boolean;
  lat_deg: number;
  lon_deg: number;
  /** age of the fix at the frame's server time */
  age_ms: number;
  /** NaN when unknown */
  speed_mps: number;
  /** NaN when unknown */
  heading_deg: number;
  status: number;
  contact: number;
  alarm: boolean;
}

export class FrameError extends Error {}

/** Reads numbers one after the other. Twenty thousand records come ten times a second: its methods are those of one class, which the engine takes in line. */
class Reader {
  private readonly view: DataView;
  private readonly end: number;
  private at = HEADER_BYTES;

  constructor(buffer: ArrayBuffer) {
    this.view = new DataView(buffer);
    this.end = buffer.byteLength;
  }

  get isAtEnd(): boolean {
    return this.at === this.end;
  }

  private take(bytes: number): number {
    const at = this.at;
    if (at + bytes > this.end) throw new FrameError(`the frame ends at ${this.end} bytes, within a field of ${bytes}`);
    this.at = at + bytes;
    return at;
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }

  i16(): number {
    return this.view.getInt16(this.take(2), true);
  }

  i32(): number {
    return this.view.getInt32(this.take(4), true);
  }

  /** Unsigned LEB128, at most 32 bits. */
  varint(): number {
    const first = this.u8();
    return first < 128 ? first : this.longer(first & 127);
  }

  private longer(low: number): number {
    let value = low;
    for (let factor = 128; factor <= 2 ** 28; factor *= 128) {
      const byte = this.u8();
      value += (byte & 127) * factor;
      if (byte < 128) {
        if (value > 0xffff_ffff) break;
        return value;
      }
    }
    throw new FrameError("a number of more than 32 bits");
  }

  count(): number {
    const count = this.varint();
    if (count > COUNT_MAX) throw new FrameError(`${count} units in a block, at most ${COUNT_MAX} are believed`);
    return count;
  }
}

export function decodeHeader(buffer: ArrayBuffer): FrameHeader {
  if (buffer.byteLength < HEADER_BYTES) throw new FrameError(`frame of ${buffer.byteLength} bytes, at least ${HEADER_BYTES} wanted`);
  const view = new DataView(buffer);
  const version = view.getUint8(0);
  if (version !== VERSION) throw new FrameError(`frame version ${version}, ${VERSION} wanted`);
  const kind = KINDS[view.getUint8(1) - 1];
  if (!kind) throw new FrameError(`frame kind ${view.getUint8(1)}, 1 to 4 wanted`);
  const u48 = (at: number): number => view.getUint32(at, true) + view.getUint16(at + 4, true) * 2 ** 32;
  return {
    kind,
    ticks: view.getUint16(2, true),
    seq: u48(4),
    server_time_ms: u48(10),
  };
}

/** Whether a frame says anything. */
export const hasBlocks = (buffer: ArrayBuffer): boolean => buffer.byteLength > HEADER_BYTES;

/** Calls `here` for every record of a frame of units, then `left` for each unit that left a block: it is taken off the map unless it was `here`. */
export function decodeUnits(buffer: ArrayBuffer, here: (record: UnitRecord) => void, left: (no: number) => void): void {
  const reader = new Reader(buffer);
  const record: UnitRecord = {
    no: 0, moved: false, lat_deg: 0, lon_deg: 0, age_ms: NaN, speed_mps: NaN, heading_deg: NaN, status: 0, contact: 0, alarm: false,
  };
  const gone: number[] = [];
  while (!reader.isAtEnd) {
    const lat = reader.i16() * ORIGIN_STEPS;
    const lon = reader.i16() * ORIGIN_STEPS;
    const units = reader.count();
    const leaving = reader.count();
    record.no = 0;
    for (let i = 0, state = USUAL; i < units; i++) {
      const step = reader.varint();
      record.no += step >>> 1;
      if (step & 1) state = reader.u8();
      record.status = state & 7;
      record.contact = (state >> 3) & 3;
      record.alarm = (state & ALARM) !== 0;
      record.moved = (state & FIX) !== 0;
      if (record.moved) fix(reader, record, (state & FAR) !== 0, lat, lon);
      here(record);
    }
    for (let i = 0, no = 0; i < leaving; i++) gone.push((no += reader.varint()));
  }
  gone.forEach(left);
}

function fix(reader: Reader, record: UnitRecord, far: boolean, lat: number, lon: number): void {
  record.lat_deg = (far ? reader.i32() : lat + reader.i16()) / STEPS_A_DEG;
  record.lon_deg = (far ? reader.i32() : lon + reader.i16()) / STEPS_A_DEG;
  record.speed_mps = SPEEDS_MPS[reader.u8()];
  record.heading_deg = HEADINGS_DEG[reader.u8()];
  record.age_ms = reader.varint() * AGE_STEP_MS;
}

/** Calls `each` for every block of a frame of totals. */
export function decodeTotals(buffer: ArrayBuffer, each: (lat_deg: number, lon_deg: number, totals: number[]) => void): void {
  const reader = new Reader(buffer);
  while (!reader.isAtEnd) {
    const lat = reader.i32() / STEPS_A_DEG;
    const lon = reader.i32() / STEPS_A_DEG;
    each(lat, lon, Array.from({ length: TOTALS }, () => reader.varint()));
  }
}
