// The map wall on a bad network, in a real browser, against the real server: slow, narrow, stuck, cut.
//
//   node e2e/network.mjs --bin PATH_TO_CITYGATE --data DIR [--shots DIR]
//
// What the wall says of its age is held against the server itself, whose events are read beside the bad line all the time: where the wall says that its
// picture is so and so old, every unit looked at must stand where the server had it no longer ago. Exits 0 when all of it held. No sleeps but for the time that
// a fault lasts.
import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Relay } from "./relay.mjs";
import { browse, ended, run, serve, start } from "./rig.mjs";

const { values } = parseArgs({ options: { bin: { type: "string" }, data: { type: "string" }, shots: { type: "string" } } });
assert(values.bin && values.data, "--bin and --data are needed");
const state = mkdtempSync(join(tmpdir(), "citygate-network-"));
if (values.shots) mkdirSync(values.shots, { recursive: true });

const PATIENCE_MS = 90_000;
const TICK_MS = 100;
const LOOK_MS = 300;
/** A glide begins on the way of the one before it. */
const GLIDE_FROM_MS = 20_000;
const SAMPLED = 24;
/** Frames round ages to 10 ms, and positions to 0.11 m. */
const ROUND_MS = 15;
const NEAR_M = 1;
const say = (text) => console.log(`network: ${text}`);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const metres = (a, b) => Math.hypot(a.lat - b.lat, (a.lon - b.lon) * Math.cos((a.lat * Math.PI) / 180)) * 111_195;

/** In a page: resolves once its thread was free for a tick, in which the pill is renewed. What a thread that is busy shows is as old as that. */
const pillRenewed = () => {
  window.pillRenewed = async (tick_ms) => {
    for (let from = -Infinity; performance.now() - from > 1.5 * tick_ms;) {
      from = performance.now();
      await new Promise((done) => setTimeout(done, tick_ms));
    }
  };
};

/** What the server had, and when it was known to have it: by its stream of events, not over the bad line. */
class Truth {
  constructor(ids) {
    this.fixes = new Map(ids.map((id) => [id, []]));
    this.end = new AbortController();
  }

  /** Reads until the end. */
  async follow(address) {
    const { body } = await fetch(`http://${address}/v1/stream/events?kind=patrol_car`, { signal: this.end.signal });
    let text = "";
    for await (const piece of body.pipeThrough(new TextDecoderStream())) {
      const events = (text + piece).split("\n\n");
      text = events.pop();
      for (const event of events) this.hear(JSON.parse(/^data: (.*)$/m.exec(event)[1]));
    }
  }

  hear({ type, server_time, units }) {
    if (type !== "snapshot" && type !== "delta") return;
    const had_ms = Date.now();
    for (const { id, lat, lon, age_s } of units) {
      const fixes = this.fixes.get(id);
      if (!fixes || lat === null) continue;
      const at_ms = Date.parse(server_time) - Math.round(1_000 * age_s);
      if (fixes.at(-1)?.at_ms !== at_ms) fixes.push({ at_ms, lat, lon, had_ms });
    }
  }

  /** What is wrong with a look at the wall, in words; null where it is true. */
  judge({ at_ms, oldest_ms, units }) {
    for (const { id, fix, drawn } of units) {
      const fixes = this.fixes.get(id);
      const known = fixes.filter(({ had_ms }) => had_ms <= at_ms - oldest_ms - TICK_MS).at(-1);
      if (known && known.at_ms > fix.at_ms + ROUND_MS) return `${id} is shown with a fix of ${at_ms - fix.at_ms} ms ago, said to be at most ${oldest_ms} ms behind, and the server had one of ${at_ms - known.at_ms} ms ago`;
      const found = fixes.findIndex((known) => Math.abs(known.at_ms - fix.at_ms) <= ROUND_MS);
      if (found < 0) {
        // From before the first event, or one that came and went within a tick.
        if (fixes.length && fix.at_ms > fixes[0].at_ms) this.between += 1;
        continue;
      }
      this.compared += 1;
      if (metres(fixes[found], fix) > NEAR_M) return `${id} is ${metres(fixes[found], fix).toFixed(1)} m from where the server had it`;
      // Between fixes a marker glides, from where it was on its way, and never beyond the newest; not between two that are more than 10 s apart.
      const before = fixes.slice(0, found).filter(({ at_ms }) => at_ms > fix.at_ms - GLIDE_FROM_MS);
      const way_m = Math.max(...before.map((before) => metres(before, fix)));
      if (before.length && metres(drawn, fix) > way_m + NEAR_M) return `${id} is drawn ${metres(drawn, fix).toFixed(1)} m from its newest fix, and came from ${way_m.toFixed(1)} m away`;
    }
    return null;
  }

  compared = 0;
  between = 0;
}

async function main() {
  const relay = new Relay(), near = await relay.listen();
  const config = join(state, "citygate.toml"), args = ["--config", config, "--data", values.data, "--state", state];
  writeFileSync(config, `[http]\nnames = ["${near}"]\n`); // as the wall calls it
  let server = await serve(values.bin, args);
  relay.target = server.http;
  const jt808 = server.jt808, http = server.http, gateway = server.gateway;
  start(values.bin, ["simulate", "--no-alarms", "--http", http, "--jt808", jt808, "--data", values.data, "--rate-hz", "0.5"], "ignore");

  const browser = await browse();
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(PATIENCE_MS);
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.addInitScript(pillRenewed);
  const conn = (state) => page.waitForSelector(`[data-testid=conn-pill][data-state=${state}]`);
  await page.goto(`http://${near}/?lang=en&theme=dark`);
  await conn("live");
  await page.waitForFunction(() => window.citygate.unitCount() > 3400, null, { timeout: PATIENCE_MS });
  await page.evaluate(() => (window.sameDocument = true));

  const ids = await (async () => {
    for (const end = Date.now() + PATIENCE_MS; ; await wait(LOOK_MS)) {
      const { features } = await (await fetch(`http://${http}/v1/units?kind=patrol_car&limit=1000`)).json();
      const moving = features.filter(({ properties }) => properties.contact === "live" && properties.speed_mps > 2);
      if (moving.length >= 2 * SAMPLED) return moving.slice(0, SAMPLED).map(({ id }) => id);
      assert(Date.now() < end, `never happened: ${2 * SAMPLED} cars under way`);
    }
  })();
  const truth = new Truth(ids), followed = truth.follow(http);
  followed.catch(() => null); // looked at in the end

  const looks = [];
  const look = async () => {
    const seen = await page.evaluate(async ([ids, tick_ms]) => {
      await window.pillRenewed(tick_ms);
      const pill = document.querySelector("[data-testid=conn-pill]");
      const units = ids.flatMap((id) => {
        const fix = window.citygate.unitFix(id), drawn = window.citygate.unitPosition(id);
        return fix && drawn ? [{ id, fix, drawn }] : [];
      });
      return { at_ms: Date.now(), state: pill.dataset.state, text: pill.textContent, shown_ms: window.citygate.stats().shown_ms, units };
    }, [ids, TICK_MS]);
    // What the pill says: "Live · 0.4 s", "4 s behind".
    const said = /([\d.]+) s/.exec(seen.text);
    seen.oldest_ms = ["live", "lagging"].includes(seen.state) && said ? Number(said[1]) * 1000 : Infinity;
    seen.age_ms = seen.at_ms - seen.shown_ms;
    looks.push(seen);
    return seen;
  };
  /** Looks for so long, then judges: the server's answers must have come first. */
  const phase = async (name, ms) => {
    const first = looks.length;
    for (const end = Date.now() + ms; Date.now() < end; await wait(LOOK_MS)) await look();
    await wait(LOOK_MS);
    const seen = looks.slice(first), states = {};
    let [wrong, compared] = [[], truth.compared];
    for (const one of seen) {
      states[one.state] = (states[one.state] ?? 0) + 1;
      assert(one.oldest_ms === Infinity || one.age_ms <= one.oldest_ms + TICK_MS + ROUND_MS, `${name}: the pill says "${one.text}", and the picture is ${one.age_ms} ms old`);
      const false_ = one.oldest_ms < Infinity && truth.judge(one);
      if (false_) wrong.push(false_);
    }
    assert.deepEqual(wrong, [], `${name}: nothing false`);
    compared = truth.compared - compared;
    say(`${name}: ${Object.entries(states).map(([state, n]) => `${state} ${n}`).join(", ")}; picture ${Math.min(...seen.map(({ age_ms }) => age_ms))} to ${Math.max(...seen.map(({ age_ms }) => age_ms))} ms old; ${compared} places compared`);
    return { seen, states, compared };
  };
  const shot = (name) => values.shots && page.screenshot({ path: join(values.shots, `${name}.png`) });
  const good = { delay_ms: 0, bytes_a_s: 0, stuck: false, down: false };
  const recovered = async (after) => {
    relay.set(good);
    await conn("live");
    const { deltas } = await page.evaluate(() => window.citygate.stats());
    await page.waitForFunction((seen) => window.citygate.stats().deltas > seen + 3, deltas, { timeout: PATIENCE_MS });
    assert(await page.evaluate(() => window.sameDocument === true), "the page was not loaded anew");
    say(`live again after ${after}`);
  };

  /** A wall that has never known a good line: nothing that the server says on its own tells how long the way is. */
  const beginSlow = async (deaf) => {
    const other = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    if (deaf) await other.route("**/healthz", (route) => route.abort());
    await other.addInitScript(pillRenewed);
    await other.goto(`http://${near}/?lang=en`);
    await other.waitForSelector("[data-testid=conn-pill][data-state=live]", { timeout: PATIENCE_MS });
    await other.waitForFunction(() => window.citygate.settled() && window.citygate.unitCount() > 3400 && window.citygate.stats().deltas > 10, null, { timeout: PATIENCE_MS });
    for (let n = 0; n < 12; n++) {
      const { at_ms, shown_ms, text } = await other.evaluate(async (tick_ms) => {
        await window.pillRenewed(tick_ms);
        return { at_ms: Date.now(), shown_ms: window.citygate.stats().shown_ms, text: document.querySelector("[data-testid=conn-pill]").textContent };
      }, TICK_MS);
      const said_ms = Number(/([\d.]+) s/.exec(text)?.[1]) * 1000;
      assert(said_ms >= 300 && at_ms - shown_ms <= said_ms + TICK_MS + ROUND_MS, `begun on a slow line: the pill says "${text}", and the picture is ${at_ms - shown_ms} ms old`);
    }
    await other.close();
    say(`a wall begun on it tells its age${deaf ? ", though nobody answers how late it is" : ""}`);
  };

  const plain = await phase("a good line", 4_000);
  assert(plain.compared > 50, `${plain.compared} places compared`);

  relay.set({ delay_ms: 300 });
  await page.waitForFunction((from) => window.citygate.stats().deltas > from + 20, (await look(), await page.evaluate(() => window.citygate.stats().deltas)));
  const slow = await phase("300 ms each way", 8_000);
  assert(slow.states.live > 10, "a slow line is live");
  assert(slow.seen.every(({ oldest_ms }) => oldest_ms >= 300), "it is not told to be younger than the way takes");
  for (const deaf of [false, true]) await beginSlow(deaf);
  await recovered("a slow line");

  relay.set({ bytes_a_s: 8_000 });
  const narrow = await phase("64 kbit/s", 25_000);
  assert(narrow.states.lagging || narrow.states.offline, "a line that carries a tenth of the stream is told");
  await shot("network-narrow");
  await recovered("a narrow line");

  relay.set({ stuck: true });
  const stalled = await phase("nothing for 5 s", 5_000);
  assert(stalled.states.lagging > 3 && !stalled.states.offline, "2 to 10 s behind is lagging");
  await recovered("a short stall");
  await phase("after it", 3_000);

  relay.set({ stuck: true });
  const silent = await phase("nothing for 14 s", 14_000);
  assert(silent.states.lagging > 3 && silent.states.offline > 3, "beyond 10 s the picture is told to be frozen");
  assert.match(await page.textContent("[data-testid=offline-banner]"), /Frozen at \d\d:\d\d:\d\d/);
  await shot("network-frozen");
  await recovered("a long stall");

  for (let n = 0; n < 3; n++) {
    relay.cut();
    await phase(`connections cut, ${n + 1}`, 1_500);
  }
  await recovered("cut connections");
  relay.set({ down: true });
  relay.cut();
  await conn("offline");
  await phase("the line down", 5_000);
  await recovered("a line that was down");
  await phase("after all of it", 3_000);
  truth.end.abort();
  await assert.rejects(followed, { name: "AbortError" });

  // All of the roster over a narrow line takes longer than a silence may: the wall waits longer each time, and gets there.
  const [frames, before] = await page.evaluate(() => [window.citygate.stats().frames, window.citygate.unitCount()]);
  relay.set({ bytes_a_s: 24_000 });
  server.child.kill("SIGKILL");
  await ended(server.child);
  await conn("offline");
  server = await serve(values.bin, args, http, jt808, gateway);
  await page.waitForFunction(([frames, before]) => window.citygate.stats().frames > frames && window.citygate.unitCount() >= before, [frames, before], { timeout: 2 * PATIENCE_MS, polling: 500 });
  say("a new server's whole roster came over 192 kbit/s");
  await recovered("a restart on a narrow line");

  assert(truth.compared > 10 * truth.between, `${truth.compared} places compared, ${truth.between} not`);
  assert.deepEqual(errors, [], "no error in the page");
  say(`all held: ${truth.compared} places compared, ${truth.between} more of fixes that came and went within a tick`);
  relay.close();
}

void run(main, () => rmSync(state, { recursive: true, force: true }));
