import { expect, it } from "vitest";
import { decodeUnits } from "../src/stream/decode";
import { UnitStore } from "../src/units/store";

declare const process: { memoryUsage(): { heapUsed: number } };

const UNITS = 20_000, BLOCKS = 25;

/** Changes of all units, in which each stands elsewhere than in the frame of another number. */
function frame(n: number): ArrayBuffer {
  const bytes = [4, 2, 1, 0, ...Array(12).fill(0)];
  const i16 = (value: number) => bytes.push(value & 255, value >> 8);
  const varint = (value: number) => {
    for (; value > 127; value >>= 7) bytes.push((value & 127) | 128);
    bytes.push(value);
  };
  for (let block = 0; block < BLOCKS; block++) {
    i16(2_785);
    i16(13_000);
    varint(UNITS / BLOCKS);
    varint(0);
    for (let unit = 0; unit < UNITS / BLOCKS; unit++) {
      varint(2 * (unit ? BLOCKS : block));
      i16((unit * 13 + n * 7) % 30_000);
      i16((unit * 29 + n * 5) % 30_000);
      bytes.push(20 + n, n * 31, n);
    }
  }
  return Uint8Array.from(bytes).buffer;
}

it("a frame of 20,000 units is stored without an object for each", () => {
  const store = new UnitStore();
  store.setCity([108, 22.8], {});
  store.addRoster(Array.from({ length: UNITS }, (_, no) => ({ no, id: `u-${no}`, callsign: `U-${no}`, kind: "patrol_car" as const, org: "a", crew: 1, capabilities: [] })));
  const frames = Array.from({ length: 8 }, (_, n) => frame(n));
  let tick = 0;
  const take = () => {
    tick += 1;
    const buffer = frames[tick % frames.length], server_ms = 1e12 + tick * 100, now_ms = store.epoch_ms + tick * 100;
    store.beginFrame(false);
    decodeUnits(buffer, (record) => store.apply(record, server_ms, now_ms), (no) => store.left(no));
  };
  for (let n = 0; n < 300; n++) take(); // until the engine has made it fast
  // Now and then garbage is collected, or the engine does something of its own: what counts is the middle of many.
  const grew = Array.from({ length: 31 }, () => {
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < 10; n++) take();
    return (process.memoryUsage().heapUsed - before) / (10 * UNITS);
  }).sort((a, b) => a - b);
  expect(store.present).toBe(UNITS);
  expect(grew[15]).toBeLessThan(1);
}, 60_000);
