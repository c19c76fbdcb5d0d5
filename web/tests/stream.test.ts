import { describe, expect, it } from "vitest";
import { backoff_ms } from "../src/stream/backoff";
import { ServerClock } from "../src/stream/clock";
import { Sequence } from "../src/stream/sequence";
import { connState } from "../src/state/connection";

const snapshot = (seq: number) => ({ kind: "snapshot" as const, seq, ticks: 0 });
const delta = (seq: number, ticks = 1) => ({ kind: "delta" as const, seq, ticks });

describe("sequence", () => {
  it("wants a snapshot first, then every tick", () => {
    const s = new Sequence();
    expect(s.take(delta(4))).toBe("early");
    expect(s.take(snapshot(5))).toBe("apply");
    expect(s.take(delta(6))).toBe("apply");
    expect(s.take(delta(8))).toBe("gap");
    expect(s.take(delta(9))).toBe("gap"); // what was missed is missed until a snapshot comes
    expect(s.take(delta(9, 3))).toBe("apply");
    expect(s.take(snapshot(42))).toBe("apply");
    s.reset();
    expect(s.take(delta(43))).toBe("early");
  });

  it("takes a delta of the snapshot's own tick", () => {
    const s = new Sequence();
    s.take(snapshot(5));
    expect(s.take(delta(5, 0))).toBe("apply");
  });
});

describe("back-off", () => {
  it("doubles up to its bound and is spread by a third", () => {
    expect([1, 2, 3, 4, 5, 6, 50].map((n) => backoff_ms(n, 0.5))).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
    expect(backoff_ms(1, 0)).toBe(350);
    expect(backoff_ms(1, 0.999)).toBeLessThanOrEqual(650);
  });
});

describe("the server's clock", () => {
  it("believes the fastest message of the last minute", () => {
    const c = new ServerClock();
    c.note(10_000, 1_000); // 9,000 ahead, if this message was not late
    c.note(10_500, 1_700); // 200 ms later than the first
    expect(c.at(2_000)).toBe(11_000);
    c.note(12_050, 3_000); // faster still
    expect(c.at(3_000)).toBe(12_050);
  });

  it("takes the picture for older rather than younger where answers say how slow the way is", () => {
    const c = new ServerClock();
    // The server is 9,000 ahead, the way takes 300 each way.
    c.note(9_700 + 300 - 300, 1_000);
    expect(c.at(1_000)).toBe(9_700);
    c.answered(10_300, 1_000); // left at 1,000, was there at 1,300 by this clock
    expect(c.at(2_000)).toBe(11_300);
    c.answered(15_100, 6_000); // the way there took 100
    expect(c.at(6_200)).toBe(15_300);
    c.answered(25_000, 15_000); // this one was long under way, and changes nothing
    expect(c.at(15_000)).toBe(24_100);
  });

  it("follows a server's clock that is set forward", () => {
    const c = new ServerClock();
    c.answered(10_000, 1_000);
    c.note(30_000, 2_000);
    expect(c.at(2_000)).toBe(30_000);
  });

  it("lets old samples go", () => {
    const c = new ServerClock();
    c.note(10_000, 0);
    c.note(69_000, 61_000); // the clock was set back two seconds
    expect(c.at(61_000)).toBe(69_000);
  });
});

describe("connection state", () => {
  const facts = { started: true, open: true, behind_ms: 100, closed_ms: 0 };
  it.each([
    ["loading", { started: false }],
    ["live", {}],
    ["live", { behind_ms: 2_000 }],
    ["lagging", { behind_ms: 2_001 }],
    ["lagging", { behind_ms: 10_000 }],
    ["offline", { behind_ms: 10_001 }],
    ["live", { open: false, closed_ms: 900 }],
    ["offline", { open: false, closed_ms: 1_100 }],
    ["offline", { started: false, open: false, closed_ms: 1_100 }],
  ] as const)("is %s for %o", (state, change) => {
    expect(connState({ ...facts, ...change })).toBe(state);
  });
});
