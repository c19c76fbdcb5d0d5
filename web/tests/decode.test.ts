import { describe, expect, it } from "vitest";
import json from "../../tests/frames.json?raw";
import { decodeHeader, decodeTotals, decodeUnits, FrameError, type UnitRecord } from "../src/stream/decode";

interface Spot extends Array<number> { 0: number; 1: number; 2: number; 3: number; 4: number }
interface Vector {
  name: string;
  hex: string;
  frame: {
    kind: number; ticks: number; seq: number; at_ms: number;
    blocks: ({ here: { no: number; status: number; contact: number; alarm: boolean; spot: Spot | null }[]; left: number[] } & { middle: [number, number]; totals: number[] })[];
  };
}

/** The vectors that the reference in Rust is held to. */
const vectors = JSON.parse(json) as Vector[];
const bytes = (hex: string): ArrayBuffer => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16)).buffer;

function read(buffer: ArrayBuffer): { here: UnitRecord[]; left: number[]; totals: [number, number, number[]][] } {
  const header = decodeHeader(buffer);
  const [here, left, totals]: [UnitRecord[], number[], [number, number, number[]][]] = [[], [], []];
  if (header.kind.startsWith("totals")) decodeTotals(buffer, (...total) => totals.push(total));
  else decodeUnits(buffer, (record) => here.push({ ...record }), (no) => left.push(no));
  return { here, left, totals };
}

describe("frames", () => {
  it.each(vectors)("reads $name", ({ hex, frame }) => {
    const buffer = bytes(hex);
    const kind = (["snapshot", "delta", "totals", "totals_delta"] as const)[frame.kind - 1];
    expect(decodeHeader(buffer)).toEqual({ kind, ticks: frame.ticks, seq: frame.seq, server_time_ms: frame.at_ms });
    const { here, left, totals } = read(buffer);
    const records = frame.blocks.flatMap((block) => block.here ?? []);
    expect(here.map(({ no, status, contact, alarm, moved }) => ({ no, status, contact, alarm, moved })))
      .toEqual(records.map(({ spot, ...rest }) => ({ ...rest, moved: spot !== null })));
    records.forEach(({ spot }, n) => {
      if (!spot) return;
      expect([here[n].lat_deg, here[n].lon_deg, here[n].age_ms]).toEqual([spot[0] / 1e6, spot[1] / 1e6, spot[4] * 10]);
      expect(here[n].speed_mps).toBe(spot[2] === 255 ? NaN : spot[2] / 2);
      expect(here[n].heading_deg).toBe(spot[3] === 255 ? NaN : (spot[3] * 360) / 255);
    });
    expect(left).toEqual(frame.blocks.flatMap((block) => block.left ?? []));
    expect(totals).toEqual(frame.kind < 3 ? [] : frame.blocks.map(({ middle, totals }) => [middle[0] / 1e6, middle[1] / 1e6, totals]));
  });

  it.each(vectors)("refuses $name where it is cut or grown", ({ hex }) => {
    const whole = new Uint8Array(bytes(hex));
    // Where a block ends, a shorter frame does: it says no more than what it has.
    const said = ({ here, left, totals }: ReturnType<typeof read>): number => here.length + left.length + totals.length;
    for (let cut = 0; cut < whole.length; cut++) {
      try {
        expect(said(read(whole.slice(0, cut).buffer))).toBeLessThan(said(read(whole.buffer)));
      } catch (error) {
        expect(error).toBeInstanceOf(FrameError);
      }
    }
    expect(() => read(new Uint8Array([...whole, 0]).buffer)).toThrow(FrameError);
  });

  it.each([
    ["another version", 0, 1],
    ["an unknown kind", 1, 5],
  ])("refuses %s", (_, at, value) => {
    const changed = new Uint8Array(bytes(vectors[0].hex));
    changed[at] = value;
    expect(() => read(changed.buffer)).toThrow(FrameError);
  });

  it("refuses a count past the limit", () => {
    const head = new Uint8Array(bytes(vectors[0].hex)).slice(0, 16);
    expect(() => read(new Uint8Array([...head, 0, 0, 0, 0, 255, 255, 255, 127, 0]).buffer)).toThrow(/at most 16777216/);
  });
});
