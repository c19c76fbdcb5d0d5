// The map wall in a real browser, against the real server and the real simulated city.
//
//   node e2e/wall.mjs --bin PATH_TO_CITYGATE --data DIR [--shots DIR]
//
// Sees units move, clicks, reads the nearest list, loses the server, sees the warning, recovers without a reload, and
// checks that no request leaves the server. Exits 0 when all of it held. No sleeps: every wait is for something to happen.
import { strict as assert } from "node:assert";
import { mkdtempSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cordons } from "./cordons.mjs";
import { browse, ended, run, serve, start } from "./rig.mjs";
import { tools } from "./tools.mjs";

const { values } = parseArgs({ options: { bin: { type: "string" }, data: { type: "string" }, shots: { type: "string" } } });
assert(values.bin && values.data, "--bin and --data are needed");
const state = mkdtempSync(join(tmpdir(), "citygate-wall-"));
if (values.shots) mkdirSync(values.shots, { recursive: true });

/** Long enough for a debug build on a busy machine; nothing waits for it when all is well. */
const PATIENCE_MS = 90_000;
const say = (text) => console.log(`wall: ${text}`);
const serveAt = (http, jt808) => serve(values.bin, ["--data", values.data, "--state", state], http, jt808, "127.0.0.1:0");

async function main() {
  let server = await serveAt("127.0.0.1:0", "127.0.0.1:0");
  const origin = `http://${server.http}`;
  // Without alarms: the label of one may lie over what is to be clicked.
  start(values.bin, ["simulate", "--no-alarms", "--http", server.http, "--jt808", server.jt808, "--data", values.data, "--rate-hz", "0.5"]);

  const browser = await browse();
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
  page.setDefaultTimeout(PATIENCE_MS);
  const strangers = [], errors = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (!["data:", "blob:"].includes(url.protocol) && url.host !== server.http) strangers.push(request.url());
  });
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.text().includes("Content Security Policy") && errors.push(message.text()));
  const conn = (state) => page.waitForSelector(`[data-testid=conn-pill][data-state=${state}]`);
  const until = (what, test, arg) => page.waitForFunction(test, arg, { timeout: PATIENCE_MS }).catch(async (error) => {
    const seen = await page.evaluate(() => ({ ...window.citygate.stats(), units: window.citygate.unitCount(), conn: document.querySelector("[data-testid=conn-pill]")?.textContent }));
    assert.fail(`never happened: ${what}; ${JSON.stringify(seen)}; ${error}`);
  });

  // For what must be asked of the server: once a few deltas until it holds.
  const ask = async (what, test) => {
    for (const end = Date.now() + PATIENCE_MS; ; ) {
      const answer = await page.evaluate(test);
      if (answer) return answer;
      assert(Date.now() < end, `never happened: ${what}`);
      const { deltas } = await page.evaluate(() => window.citygate.stats());
      await until(`a delta while waiting for ${what}`, (seen) => window.citygate.stats().deltas > seen + 3, deltas);
    }
  };
  const shot = async (name) => {
    if (!values.shots) return;
    await until("the ground drawn", () => window.citygate.settled() && !document.querySelector("[data-testid=conn-pill][data-state=lagging]"));
    await page.evaluate(() => Promise.all(document.getAnimations().filter(({ effect }) => effect.getComputedTiming().iterations < Infinity).map(({ finished }) => finished.catch(() => null)))); // one whose panel goes is over, too
    await page.screenshot({ path: join(values.shots, `${name}.png`) });
  };

  // What is clicked on the map lies where it is expected only once the camera stands: a flight that began before may end after the key.
  const { bbox: [west, south, east, north] } = JSON.parse(readFileSync(join(values.data, "city.json"), "utf8"));
  const wholeCity = async () => {
    for (let n = 0, all = false; !all; n++) {
      assert(n < 4, "the whole city in view");
      await page.keyboard.press("0");
      all = await page.waitForFunction(([west, south, east, north]) => {
        const corners = [window.citygate.project(west, north), window.citygate.project(east, south)].flat(), before = window.cornersBefore;
        window.cornersBefore = corners;
        return before && corners.every((n, at) => n === before[at]) && corners[2] - corners[0] < 1.5 * innerWidth && window.citygate.settled();
      }, [west, south, east, north], { polling: 500, timeout: PATIENCE_MS / 4 }).then(() => true, () => false);
    }
  };

  await page.goto(`${origin}/?lang=en&theme=dark`);
  assert.match(await page.textContent("[data-testid=demo]"), /nobody signs in/, "a demo says that it is one");
  await conn("live");
  await until("3,400 units on the map", () => window.citygate.unitCount() > 3400);
  say("live, with the whole city");

  // A reload would take this mark away.
  await page.evaluate(() => (window.sameDocument = true));

  // Units move: cars that were here are elsewhere.
  const carsMove = async () => {
    await ask("fixes of most cars", async () => {
      const { features } = await (await fetch("/v1/units?kind=patrol_car&limit=1000")).json();
      return features.filter(({ properties }) => properties.contact === "live").length > 700;
    });
    const before = await ask("250 cars on the map", async () => {
      const { features } = await (await fetch("/v1/units?kind=patrol_car&status=available&limit=300")).json();
      const here = features.flatMap(({ id }) => { const at = window.citygate.unitPosition(id); return at ? [[id, at.lat, at.lon]] : []; });
      return here.length > 250 && here;
    });
    await until("100 cars elsewhere", (before) => before.filter(([id, lat, lon]) => {
      const now = window.citygate.unitPosition(id);
      return now && Math.hypot(now.lat - lat, now.lon - lon) > 1e-4;
    }).length > 100, before);
  };
  await carsMove();
  say("units move");
  await shot("overview-dark-en");

  // One click: the nearest units, with distance, in order; and the three rings.
  const map = await page.$(".maplibregl-canvas");
  const box = await map.boundingBox();
  await page.mouse.click(box.x + box.width * 0.45, box.y + box.height * 0.52);
  await until("ten nearest units", () => document.querySelectorAll("[data-testid=nearest-row]").length === 10);
  const rising = (figures, what) => assert(figures.every((n, at) => n >= 0 && (at === 0 || n >= figures[at - 1])), `${what}: ${figures}`);
  // Who is there first, by road; then as the crow flies, and back. Under the pointer the list would keep its old order.
  const sorted = (what, figure, other) => until(what, ([figure, other]) => {
    const rows = [...document.querySelectorAll("[data-testid=nearest-row]")].map(({ dataset }) => dataset);
    return rows.length === 10 && rows.every((row, n) => row[figure] !== undefined && row[other] === undefined && (n === 0 || Number(row[figure]) >= Number(rows[n - 1][figure])));
  }, [figure, other]);
  const otherOrder = async () => {
    await page.click("[data-testid=by-road]");
    await page.mouse.move(box.x + 20, box.y + 20);
  };
  await sorted("first to arrive first", "etaS");
  await otherOrder();
  await sorted("nearest first", "distanceM", "etaS");
  await otherOrder();
  await sorted("first to arrive first again", "etaS");
  await until("three rings with their strength", () => {
    const rings = [...document.querySelectorAll("[data-testid=ring-row]")];
    return rings.length === 3 && rings.every((ring) => Number(ring.dataset.total) >= 0) && rings.some((ring) => Number(ring.dataset.total) > 0);
  });
  say("nearest and rings");
  await shot("nearest-dark-en");

  // Search by call sign, and the unit's card.
  await page.keyboard.press("/");
  await page.keyboard.type("M-204");
  await page.keyboard.press("Enter");
  await page.waitForSelector("[data-testid=unit-card]");
  assert.match(await page.textContent("[data-testid=unit-card]"), /M-204/);
  say("search and card");

  // The list that mirrors the map.
  await page.keyboard.press("Escape");
  await page.keyboard.press("m");
  await page.waitForSelector("[data-testid=list-mirror] table tbody tr");
  await page.keyboard.press("m");

  await tools({ page, map, data: values.data, origin, wholeCity, until, shot, say, patience_ms: PATIENCE_MS });

  // A road is closed by hand: one click says which, a reason why, and Enter closes it. The map and the list have it.
  await wholeCity();
  const count = (id, n) => until(`${n} of ${id}`, ([id, n]) => document.querySelectorAll(`[data-testid=${id}]`).length === n, [id, n]);
  await page.keyboard.press("x");
  await page.waitForSelector("[data-testid=draw-hint]");
  await page.mouse.click(box.x + box.width * 0.45, box.y + box.height * 0.52);
  await page.waitForSelector("[data-testid=meant][data-edges='1']");
  assert(await page.isDisabled("[data-testid=close-road]"), "no closure without a reason");
  await page.fill("[data-testid=reason]", "works");
  await page.keyboard.press("Enter");
  await count("closure-row", 1);
  assert.match(await page.textContent("[data-testid=closure-row]"), /works.*Closed.*1 stretch/);
  // A box closes all that it holds, and each is lifted by its own button.
  await page.click("[data-testid=close-form] >> text=Box");
  const many = () => page.waitForFunction(() => Number(document.querySelector("[data-testid=meant]")?.dataset.edges) > 5, null, { timeout: PATIENCE_MS / 4 });
  for (let n = 0, meant = false; !meant; n++) {
    assert(n < 4, `many roads meant: ${await page.textContent(".right")}`);
    // A label that drives by may take a click: then its unit's card lies over the form.
    if (n) await shot(`box-missed-${n}`);
    if (!(await page.$("[data-testid=close-form]"))) {
      await page.keyboard.press("Escape");
      await page.keyboard.press("x");
      await page.click("[data-testid=close-form] >> text=Box");
    }
    await page.mouse.click(box.x + box.width * (0.6 + 0.01 * n), box.y + box.height * 0.4);
    await page.mouse.click(box.x + box.width * (0.65 + 0.01 * n), box.y + box.height * 0.46);
    meant = await many().then(() => true, () => false);
  }
  await page.fill("[data-testid=reason]", "fair");
  await page.click("[data-testid=close-road]");
  await count("closure-row", 2);
  await shot("closures-dark-en");
  // What somebody else lifts is gone here too.
  await page.evaluate(async () => {
    const { closures } = await (await fetch("/v1/roads/closures")).json();
    await fetch(`/v1/roads/closures/${closures.find(({ reason }) => reason === "fair").id}`, { method: "DELETE" });
  });
  await count("closure-row", 1);
  await page.click("[data-testid=closure-lift]");
  await count("closure-row", 0);
  await page.keyboard.press("Escape");
  say("roads closed and lifted");

  // A plan of moves, ordered with one button; the orders are followed until the units are there.
  await page.keyboard.press("v");
  await page.click("[data-testid=move-ask]");
  // A debug build on a busy machine may be too slow once: the panel then says so, with a button to ask again.
  for (const answered = "[data-testid=move-shares], [data-testid=move-up] .problem"; ; await page.click("[data-testid=move-up] .problem .button")) {
    await page.waitForSelector(answered);
    if (await page.$("[data-testid=move-shares]")) break;
  }
  const shares = await page.$eval("[data-testid=move-shares]", ({ dataset }) => ["before", "after", "bound"].map((share) => Number(dataset[share])));
  rising(shares, "the plan is better than now, and no better than its bound");
  await shot("move-up-dark-en");
  const states = () => page.$$eval("[data-testid=move-row]", (rows) => rows.map(({ dataset }) => dataset.state));
  assert((await states()).every((state) => state === "proposed"));
  await page.click("[data-testid=move-order]");
  await until("every move ordered", () => [...document.querySelectorAll("[data-testid=move-row]")].every(({ dataset }) => dataset.state !== "proposed"));
  assert(!(await states()).includes("refused"), `${await states()}`);
  await until("an order accepted", () => document.querySelector("[data-testid=move-row][data-state=accepted]"));
  // The unit's card has its order, and takes it back.
  await page.click("[data-testid=move-row][data-state=accepted] .move");
  await page.waitForSelector("[data-testid=order][data-state=accepted]");
  await page.click("[data-testid=order-cancel]");
  await page.waitForSelector("[data-testid=order]", { state: "detached" });
  await page.keyboard.press("Escape");
  await until("the move taken back", () => document.querySelector("[data-testid=move-row][data-state=ended]"));
  await page.keyboard.press("v");
  await page.keyboard.press("0");
  say("moves ordered, accepted and taken back");

  await cordons({ page, map, data: values.data, wholeCity, until, shot, say, patience_ms: PATIENCE_MS });

  // A drill in the live city's place, plainly marked: its time is moved to its end; then the live city is there again at once.
  const live = await page.evaluate(() => window.citygate.drawnCount());
  assert(live > 2000, `${live} live units on the map`);
  await page.keyboard.press("d");
  await page.click("[data-drill=eight-minutes] [data-testid=drill-open]");
  // A debug build on a busy machine plays longer than anything else takes.
  await page.waitForSelector("[data-testid=drill-pill]", { timeout: 2 * PATIENCE_MS });
  assert.match(await page.textContent("[data-testid=drill-pill]"), /not live/);
  assert.equal(await page.$("[data-testid=conn-pill]"), null, "nothing says live");
  await until("the drill goes on", () => document.querySelector("[data-testid=drill-flag]").textContent !== "0:00");
  await page.keyboard.press("Space");
  await page.waitForSelector("[data-testid=drill-play]:not(.is-playing)");
  const { deltas } = await page.evaluate(() => window.citygate.stats());
  await until("the live stream goes on behind it", (seen) => window.citygate.stats().deltas > seen + 2, deltas);
  const drawn = await page.evaluate(() => window.citygate.drawnCount());
  assert(drawn > 5 && drawn < 100, `${drawn} units of the drill alone`);
  const flag = () => page.textContent("[data-testid=drill-flag]");
  await page.fill("[data-testid=drill-slider]", "230");
  assert.equal(await flag(), "3:50");
  const gates = (state) => page.$$eval(`[data-testid=drill-gates] tr[data-state=${state}]`, (rows) => rows.length);
  assert(await gates("held") > 3 && await gates("coming") > 3, "some gates are held, some not yet");
  await page.waitForSelector("[data-testid=drill-event][aria-current=step][data-kind=held]");
  await shot("drill-dark-en");
  await page.setViewportSize({ width: 1440, height: 900 });
  await shot("drill-dark-en-1440");
  await page.setViewportSize({ width: 1920, height: 1080 });
  await page.keyboard.press("ArrowRight");
  assert.equal(await flag(), "4:00");
  await page.keyboard.press("k");
  await page.keyboard.press("j");
  await page.waitForSelector("[data-testid=drill-event][aria-current=step][data-kind=sighting]");
  await page.click("[data-testid=drill-event][data-kind=stopped]");
  await page.waitForSelector("[data-testid=drill-ending][data-ending=stopped]");
  assert.match(await page.textContent("[data-testid=drill-better]"), /cordon existed/);
  assert.equal(await gates("held"), 0, "the table of gates makes room for what would have been better");
  await shot("drill-end-dark-en");
  await page.keyboard.press("Escape");
  await conn("live");
  await until("the live units", () => window.citygate.drawnCount() > 2000);
  assert.equal(await page.$("[data-testid=drill-slider]"), null);
  await page.keyboard.press("Escape");
  await page.waitForSelector("[data-testid=drills]", { state: "detached" });
  say("a drill played to its end, and left");

  // The server dies. The wall must say so, and must not need a reload.
  server.child.kill("SIGKILL");
  await ended(server.child);
  await page.waitForSelector("[data-testid=offline-banner]");
  await conn("offline");
  say("the lost server is seen");
  await shot("offline-dark-en");
  server = await serveAt(server.http, server.jt808);
  await conn("live");
  await page.waitForSelector("[data-testid=recovered-banner]");
  await until("units again after the restart", () => window.citygate.unitCount() > 3400);
  await carsMove();
  assert(await page.evaluate(() => window.sameDocument === true), "the page was not loaded anew");
  assert.equal(await page.$("[data-testid=renewed-banner]"), null, "it is the wall that it was");
  say("recovered without a reload");

  // A server with another wall: this one says so, and gives way to it.
  await page.route(`${origin}/`, async (route) => {
    const answer = await route.fetch(), html = await answer.text();
    await route.fulfill({ response: answer, body: html.replaceAll("/assets/", "/assets/of-another-") });
  });
  server.child.kill("SIGKILL");
  await ended(server.child);
  await page.waitForSelector("[data-testid=offline-banner]");
  server = await serveAt(server.http, server.jt808);
  await page.waitForSelector("[data-testid=renewed-banner]");
  await shot("renewed-dark-en");
  await page.unroute(`${origin}/`);
  await page.click("[data-testid=load-anew]");
  await page.waitForFunction(() => window.sameDocument === undefined && window.citygate?.unitCount() > 3400, null, { timeout: PATIENCE_MS });
  await conn("live");
  say("gave way to another version");

  // The example of a page, from the same place, shows the same units and how old they are.
  const example = await browser.newPage();
  example.on("pageerror", (error) => errors.push(String(error)));
  // A page that does not come by the network is a stranger's to Chromium, which asks whether such a one may call this machine.
  await example.context().grantPermissions(["local-network-access"], { origin });
  await example.route(`${origin}/example`, (route) => route.fulfill({ contentType: "text/html", body: readFileSync("../examples/wall.html", "utf8") }));
  await example.goto(`${origin}/example`);
  await example.waitForFunction(() => {
    const said = /^(\d+) units · (\d+\.\d) s old$/.exec(document.querySelector("output").textContent);
    const canvas = document.querySelector("canvas"), { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let drawn = 0;
    for (let n = 3; n < data.length; n += 4) if (data[n]) drawn++;
    return said && Number(said[1]) > 3_400 && Number(said[2]) < 5 && drawn > 10_000;
  }, null, { timeout: PATIENCE_MS });
  await example.close();
  say("the example shows the same");

  // The other language and the other theme.
  await page.click("[data-testid=lang-switch]");
  await until("Chinese", () => document.documentElement.lang.startsWith("zh") && document.body.textContent.includes("可派"));
  await until("the banner gone", () => !document.querySelector("[data-testid=recovered-banner]"));
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.keyboard.press("0");
  await ask("3,000 units live again", async () => {
    const { features } = await (await fetch("/v1/units?limit=10000")).json();
    return features.filter(({ properties }) => properties.contact === "live").length > 3000;
  });
  await shot("overview-dark-zh");
  await page.goto(`${origin}/?lang=en&theme=light`);
  await conn("live");
  await until("the city in the light theme", () => window.citygate.unitCount() > 3400 && window.citygate.stats().frames > 3);
  await shot("overview-light-en");

  assert.deepEqual(strangers, [], "no request leaves the server");
  assert.deepEqual(errors, [], "no error in the page");
  say("all held");
}

await run(main, () => rmSync(state, { recursive: true, force: true }));
