import { describe, expect, it } from "vitest";
import { decodeHeader, decodeRecords, FrameError, NO_FIX_AGE, RECORDS_MAX, type UnitRecord } from "../src/stream/decode";

interface Raw { no: number; lat_e7: number; lon_e7: number; age_ms: number; speed: number; heading: number; tail: [number, number, number, number] }

function frame(kind: number, seq: bigint, time: bigint, records: Raw[], change: (view: DataView) => void = () => {}): ArrayBuffer {
  const buffer = new ArrayBuffer(24 + 24 * records.length);
  const view = new DataView(buffer);
  view.setUint8(0, 1);
  view.setUint8(1, kind);
  view.setUint16(2, 24, true);
  view.setUint32(4, records.length, true);
  view.setBigUint64(8, seq, true);
  view.setBigInt64(16, time, true);
  records.forEach((r, i) => {
    const o = 24 + 24 * i;
    view.setUint32(o, r.no, true);
    view.setInt32(o + 4, r.lat_e7, true);
    view.setInt32(o + 8, r.lon_e7, true);
    view.setUint32(o + 12, r.age_ms, true);
    view.setUint16(o + 16, r.speed, true);
    view.setUint16(o + 18, r.heading, true);
    r.tail.forEach((byte, n) => view.setUint8(o + 20 + n, byte));
  });
  change(view);
  return buffer;
}

const read = (buffer: ArrayBuffer): UnitRecord[] => {
  const list: UnitRecord[] = [];
  decodeRecords(buffer, decodeHeader(buffer).count, (record) => list.push({ ...record }));
  return list;
};

describe("frames", () => {
  it("reads a snapshot's header and records", () => {
    const buffer = frame(1, 7n, 1_700_000_000_123n, [
      { no: 3, lat_e7: 303_000_000, lon_e7: 1_122_000_000, age_ms: 400, speed: 1250, heading: 27_050, tail: [3, 0, 1, 2] },
    ]);
    expect(decodeHeader(buffer)).toEqual({ kind: "snapshot", count: 1, seq: 7, server_time_ms: 1_700_000_000_123 });
    expect(read(buffer)).toEqual([{
      no: 3, lat_deg: 30.3, lon_deg: 112.2, age_ms: 400, speed_mps: 12.5, heading_deg: 270.5,
      status: 3, contact: 0, alarm: true, gone: false, kind: 2,
    }]);
  });

  it("reads negative positions, unknown figures and a unit without a fix", () => {
    const [r] = read(frame(2, 1n, 0n, [
      { no: 1, lat_e7: -338_000_000, lon_e7: -1_799_999_999, age_ms: NO_FIX_AGE, speed: 0xffff, heading: 0xffff, tail: [0, 3, 2, 7] },
    ]));
    expect(r.lat_deg).toBeCloseTo(-33.8, 7);
    expect(r.lon_deg).toBeCloseTo(-179.9999999, 7);
    expect([r.age_ms, r.speed_mps, r.heading_deg]).toEqual([NaN, NaN, NaN]);
    expect([r.alarm, r.gone, r.contact]).toEqual([false, true, 3]);
  });

  it("reads an empty delta, the heartbeat", () => {
    expect(decodeHeader(frame(2, 9n, 5n, []))).toMatchObject({ kind: "delta", count: 0, seq: 9 });
  });

  it.each([
    ["a short frame", new ArrayBuffer(23)],
    ["another version", frame(1, 1n, 0n, [], (v) => v.setUint8(0, 2))],
    ["an unknown kind", frame(3, 1n, 0n, [])],
    ["another record size", frame(1, 1n, 0n, [], (v) => v.setUint16(2, 32, true))],
    ["more records than bytes", frame(1, 1n, 0n, [], (v) => v.setUint32(4, 1, true))],
    ["a count past the limit", frame(1, 1n, 0n, [], (v) => v.setUint32(4, RECORDS_MAX + 1, true))],
  ])("refuses %s", (_, buffer) => {
    expect(() => decodeHeader(buffer)).toThrow(FrameError);
  });
});
