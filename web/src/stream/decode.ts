// The stream's binary frames. Little-endian: a header of 24 bytes, then records of 24 bytes.

const HEADER_BYTES = 24;
const RECORD_BYTES = 24;
const VERSION = 1;
/** A frame that claims more units than any city has is refused instead of being believed. */
export const RECORDS_MAX = 1_000_000;

export const NO_FIX_AGE = 0xffff_ffff;
export const UNKNOWN_U16 = 0xffff;

const FLAG_ALARM = 1;
const FLAG_GONE = 2;

export interface FrameHeader {
  kind: "snapshot" | "delta";
  count: number;
  seq: number;
  server_time_ms: number;
}

/** One record. The same object is handed out for each: copy what is to be kept. */
export interface UnitRecord {
  no: number;
  lat_deg: number;
  lon_deg: number;
  /** age of the fix at the frame's server time, NaN when the unit never had one */
  age_ms: number;
  /** NaN when unknown */
  speed_mps: number;
  /** NaN when unknown */
  heading_deg: number;
  status: number;
  contact: number;
  alarm: boolean;
  gone: boolean;
  kind: number;
}

export class FrameError extends Error {}

export function decodeHeader(buffer: ArrayBuffer): FrameHeader {
  if (buffer.byteLength < HEADER_BYTES) throw new FrameError(`frame of ${buffer.byteLength} bytes, at least ${HEADER_BYTES} wanted`);
  const view = new DataView(buffer);
  const version = view.getUint8(0);
  if (version !== VERSION) throw new FrameError(`frame version ${version}, ${VERSION} wanted`);
  const kind = view.getUint8(1);
  if (kind !== 1 && kind !== 2) throw new FrameError(`frame kind ${kind}, 1 or 2 wanted`);
  const size = view.getUint16(2, true);
  if (size !== RECORD_BYTES) throw new FrameError(`record of ${size} bytes, ${RECORD_BYTES} wanted`);
  const count = view.getUint32(4, true);
  if (count > RECORDS_MAX) throw new FrameError(`${count} records, at most ${RECORDS_MAX} wanted`);
  const wanted = HEADER_BYTES + count * RECORD_BYTES;
  if (buffer.byteLength !== wanted) throw new FrameError(`frame of ${buffer.byteLength} bytes, ${wanted} wanted for ${count} records`);
  return {
    kind: kind === 1 ? "snapshot" : "delta",
    count,
    seq: Number(view.getBigUint64(8, true)),
    server_time_ms: Number(view.getBigInt64(16, true)),
  };
}

/** Calls `each` for every record of a frame whose header has been checked. */
export function decodeRecords(buffer: ArrayBuffer, count: number, each: (record: UnitRecord) => void): void {
  const view = new DataView(buffer, HEADER_BYTES);
  const record: UnitRecord = {
    no: 0, lat_deg: 0, lon_deg: 0, age_ms: NaN, speed_mps: NaN, heading_deg: NaN,
    status: 0, contact: 0, alarm: false, gone: false, kind: 0,
  };
  for (let i = 0, o = 0; i < count; i++, o += RECORD_BYTES) {
    const age = view.getUint32(o + 12, true);
    const speed = view.getUint16(o + 16, true);
    const heading = view.getUint16(o + 18, true);
    const flags = view.getUint8(o + 22);
    record.no = view.getUint32(o, true);
    record.lat_deg = view.getInt32(o + 4, true) / 1e7;
    record.lon_deg = view.getInt32(o + 8, true) / 1e7;
    record.age_ms = age === NO_FIX_AGE ? NaN : age;
    record.speed_mps = speed === UNKNOWN_U16 ? NaN : speed / 100;
    record.heading_deg = heading === UNKNOWN_U16 ? NaN : heading / 100;
    record.status = view.getUint8(o + 20);
    record.contact = view.getUint8(o + 21);
    record.alarm = (flags & FLAG_ALARM) !== 0;
    record.gone = (flags & FLAG_GONE) !== 0;
    record.kind = view.getUint8(o + 23);
    each(record);
  }
}
