// Walls in step in a real browser: two pages of a room, one directs, the other follows; then it takes over; a third comes late.
//
//   node e2e/rooms.mjs --bin PATH_TO_CITYGATE --data DIR [--shots DIR]
//
// Exits 0 when all of it held. No sleeps: every wait is for something to happen.
import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { browse, run, serve } from "./rig.mjs";

const { values } = parseArgs({ options: { bin: { type: "string" }, data: { type: "string" }, shots: { type: "string" } } });
assert(values.bin && values.data, "--bin and --data are needed");
const state = mkdtempSync(join(tmpdir(), "citygate-rooms-"));
if (values.shots) mkdirSync(values.shots, { recursive: true });
const PATIENCE_MS = 90_000;
const say = (text) => console.log(`rooms: ${text}`);

async function main() {
  const { http } = await serve(values.bin, ["--data", values.data, "--state", state]), origin = `http://${http}`;
  const browser = await browse();
  const errors = [];
  const open = async (search, reducedMotion = "no-preference") => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.goto(`${origin}/${search}`);
    await page.waitForSelector("[data-testid=conn-pill][data-state=live]");
    await page.waitForFunction(() => window.citygate.project(108.4, 22.85) && location.hash.includes("at="));
    return page;
  };
  const bar = (page, is) => page.waitForSelector(`[data-testid=room-bar][data-state=${is}]`);
  const text = (page) => page.textContent("[data-testid=room-bar] span");
  const hash = (page) => page.evaluate(() => Object.fromEntries(new URLSearchParams(location.hash.slice(1))));
  const same = async (page, wanted, what) => {
    const near = ([wanted]) => {
      const is = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
      const far = (a, b) => Math.max(...a.split(",").map((n, at) => Math.abs(n - b.split(",")[at])));
      return is.at && far(is.at, wanted.at) < 1e-5 && far(is.z, wanted.z) < 0.005 && is.off === wanted.off && is.open === wanted.open && is.place === wanted.place;
    };
    await page.waitForFunction(near, [wanted]).catch(async () => assert.fail(`${what}: ${JSON.stringify([await hash(page), wanted])}`));
  };

  const first = await open("?lang=en&theme=dark"), second = await open("?lang=zh&theme=light&room=hall");
  assert.equal(await first.$("[data-testid=room-bar]"), null, "a wall in no room says nothing of rooms");
  await bar(second, "alone");
  assert.match(await text(second), /无人导播/);
  await first.keyboard.press("h");
  await first.fill("[data-testid=room-name]", "指挥厅");
  assert(await first.isDisabled("[data-testid=room-join]"), "a name that the server would refuse");
  await first.fill("[data-testid=room-name]", "hall");
  await first.click("[data-testid=room-join]");
  await bar(first, "alone");
  await first.click("[data-testid=room-direct]");
  await bar(first, "directs");
  await bar(second, "follows");
  assert.equal(await text(second), "跟随 hall · 另一面墙设定");

  // Where it looks, what is shown, what was asked: each wall keeps its language and theme.
  await first.mouse.move(640, 400);
  await first.mouse.wheel(0, -700);
  await first.keyboard.press("l");
  await first.click("[data-layer=beats]");
  await first.keyboard.press("Escape");
  await first.mouse.click(600, 420);
  await first.waitForFunction(() => /off=/.test(location.hash) && !/off=[^&]*beats/.test(location.hash) && /place=/.test(location.hash));
  // The address is written a while after the map: as long as the camera moves it is not the last.
  const still = (page) => page.waitForFunction(() => {
    const now = JSON.stringify([window.citygate.project(108, 22), location.hash]), before = window.stillBefore;
    window.stillBefore = now;
    return now === before;
  }, null, { polling: 800 });
  await still(first);
  await same(second, await hash(first), "the second wall shows what the first does");
  assert.deepEqual([(await hash(second)).lang, (await hash(second)).theme], ["zh", "light"]);
  if (values.shots) for (const [page, name] of [[first, "room-directs"], [second, "room-follows"]]) await page.screenshot({ path: join(values.shots, `${name}.png`) });
  say("the second wall follows");

  const third = await open("?lang=en&theme=dark&room=hall", "reduce");
  await bar(third, "follows");
  await same(third, await hash(first), "who comes late shows the same");

  // The second takes the room: the first is told, and follows.
  await second.click("[data-testid=room-direct]");
  await bar(second, "directs");
  await bar(first, "follows");
  assert.match(await first.textContent("[data-testid=note]"), /directs this room now/);
  await second.keyboard.press("0");
  await still(second);
  const wide = await hash(second);
  await same(first, wide, "the first follows");
  await same(third, wide, "the third, too");
  say("the room was taken over, and a wall that came late has it");

  // The director goes: the others say so and stay.
  await second.close({ runBeforeUnload: false });
  for (const page of [first, third]) await bar(page, "alone");
  assert.match(await text(first), /nobody directs, stays here/);
  await same(first, wide, "it stays where it is");

  // One that directs and is never heard of again: after half a minute that is said, and where it looked stays. Somebody else may direct.
  const view = new URLSearchParams({ ...(await hash(first)), z: "12.5" }).toString();
  assert.equal(await first.evaluate(async (view) => {
    const body = JSON.stringify({ wall: "one-that-lost-its-power", view });
    return (await fetch("/v1/rooms/hall", { method: "PUT", headers: { "content-type": "application/json" }, body })).status;
  }, view), 204);
  const since = Date.now();
  await bar(first, "follows");
  await bar(first, "silent");
  assert(Date.now() - since > 25_000, "it is not said of one that was heard of just now");
  assert.match(await text(first), /another wall silent since \d\d:\d\d:\d\d, stays here/i);
  assert.equal(Number((await hash(first)).z), 12.5);
  await first.click("[data-testid=room-direct]");
  await bar(first, "directs");
  await bar(third, "follows");
  await first.click("[data-testid=room-stop]");
  await bar(third, "alone");
  say("a director that fell silent is told, and another may direct");
  await third.click("[data-testid=room-leave]");
  await third.waitForSelector("[data-testid=room-bar]", { state: "detached" });
  assert.equal(new URL(third.url()).searchParams.get("room"), null);
  assert.deepEqual(errors, [], "no errors on the pages");
  say("all of it held");
}

await run(main, () => rmSync(state, { recursive: true, force: true }));
