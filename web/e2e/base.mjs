// The base map in a real browser: a PMTiles file made of the sample city, asked for by ranges and drawn in the wall's colours.
//
//   node e2e/base.mjs --bin PATH_TO_CITYGATE --data DIR [--shots DIR]
//
// Without a file the wall is as before; with one its tiles are asked for by ranges, drawn in both themes and languages, switched off and
// on; a file that is cut leaves the city's own ground; images are dimmed; no request leaves the server. Exits 0 when all of it held.
import { strict as assert } from "node:assert";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { imageFile, vectorFile } from "./pmtiles.mjs";
import { browse, ended, run, serve } from "./rig.mjs";

const { values } = parseArgs({ options: { bin: { type: "string" }, data: { type: "string" }, shots: { type: "string" } } });
assert(values.bin && values.data, "--bin and --data are needed");
const state = mkdtempSync(join(tmpdir(), "citygate-base-"));
if (values.shots) mkdirSync(values.shots, { recursive: true });
const PATIENCE_MS = 90_000;
const say = (text) => console.log(`base: ${text}`);
const path = join(state, "base.pmtiles"), config = join(state, "citygate.toml");

const start = async () => {
  const server = await serve(values.bin, ["--config", config, "--data", values.data, "--state", state]);
  return { ...server, origin: `http://${server.http}` };
};
const end = async ({ child }) => {
  child.kill();
  await ended(child);
};

/** A file in the place of another, whole at once. */
function put(bytes) {
  writeFileSync(`${path}.new`, bytes);
  renameSync(`${path}.new`, path);
}

const { bbox } = JSON.parse(readFileSync(join(values.data, "city.json"), "utf8"));
const [west, south, east, north] = bbox;
/** Water, and a name, where the city's own map has neither: in two corners of the view of the whole city, CSS pixels of the map. */
const LAKE_PX = [110, 110], NAMED_PX = [110, 260];
let LAKE, NAMED;
const square = ([lon, lat], half) => ({ type: "Polygon", coordinates: [[[lon - half, lat - half], [lon + half, lat - half], [lon + half, lat + half], [lon - half, lat + half], [lon - half, lat - half]]] });
const feature = (geometry, properties) => ({ type: "Feature", geometry, properties });
const collection = (features) => ({ type: "FeatureCollection", features });

/** The sample city in the schema of base maps. */
async function cityFile(origin) {
  const layer = async (name) => (await (await fetch(`${origin}/v1/layers/${name}`)).json()).features;
  const names = ({ name_zh, name_en }) => ({ name: name_zh ?? "", "name:zh": name_zh ?? "", "name:en": name_en ?? "" });
  const KINDS = { ring: ["highway", "motorway"], highway: ["major_road", "trunk"], arterial: ["major_road", "primary"], secondary: ["major_road", "secondary"], street: ["minor_road", "residential"] };
  const stations = await layer("stations");
  return vectorFile({
    earth: collection([feature({ type: "Polygon", coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]] }, { kind: "earth" })]),
    landuse: collection((await layer("parks")).map(({ geometry, properties }) => feature(geometry, { kind: "park", ...names(properties) }))),
    water: collection([...(await layer("river")).map(({ geometry, properties }) => feature(geometry, { kind: "river", ...names(properties) })), feature(square(LAKE, 0.012), { kind: "lake" })]),
    roads: collection((await layer("roads")).map(({ geometry, properties }) => feature(geometry, { kind: KINDS[properties.class][0], kind_detail: KINDS[properties.class][1], ...names(properties) }))),
    buildings: collection(stations.map(({ geometry }) => feature(square(geometry.coordinates, 0.0012), { kind: "building" }))),
    places: collection([
      ...stations.map(({ geometry, properties }) => feature(geometry, { kind: "neighbourhood", ...names(properties) })),
      feature({ type: "Point", coordinates: NAMED }, { kind: "locality", population_rank: 12, name: "-", "name:zh": "囍囍囍囍囍囍", "name:en": "." }),
    ]),
  }, bbox, 8, 13, { attribution: '<a href="https://stranger.example/">© A test\'s makers</a><img src="https://stranger.example/dot.png">' });
}

/** The place at a pixel of the map; a city is flat enough for a straight line between two corners of its box. */
const placeAt = (page, [x, y]) => page.evaluate(([west, south, east, north, x, y]) => {
  const [x0, y0] = window.citygate.project(west, north), [x1, y1] = window.citygate.project(east, south);
  return [west + ((east - west) * (x - x0)) / (x1 - x0), north + ((south - north) * (y - y0)) / (y1 - y0)];
}, [west, south, east, north, x, y]);

/** Of a square of the screen: the colour in its middle, and how many pixels are far from that. */
const look = async (page, at, half = 60) => {
  const box = await (await page.$(".maplibregl-canvas")).boundingBox();
  const [x, y] = await page.evaluate(([lon, lat]) => window.citygate.project(lon, lat), at);
  const clip = { x: Math.round(box.x + x - half), y: Math.round(box.y + y - half), width: 2 * half, height: 2 * half };
  return page.evaluate(async (base64) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))]));
    const to = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    to.drawImage(bitmap, 0, 0);
    const { data } = to.getImageData(0, 0, bitmap.width, bitmap.height);
    const middle = [...to.getImageData(bitmap.width / 2, bitmap.height / 2, 1, 1).data.slice(0, 3)];
    let ink = 0;
    for (let n = 0; n < data.length; n += 4) if (Math.hypot(...[0, 1, 2].map((c) => data[n + c] - data[c])) > 60) ink++;
    return { middle, ink };
  }, (await page.screenshot({ clip })).toString("base64"));
};

async function main() {
  const browser = await browse();
  const strangers = [], errors = [];
  let asked = [];
  const open = async (origin, search) => {
    const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
    page.setDefaultTimeout(PATIENCE_MS);
    asked = [];
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (!["data:", "blob:"].includes(url.protocol) && url.origin !== origin) strangers.push(request.url());
    });
    page.on("response", async (response) => {
      if (response.url().endsWith("/base.pmtiles")) asked.push({ status: response.status(), range: (await response.request().allHeaders()).range, length: Number(response.headers()["content-length"]) });
    });
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => message.text().includes("Content Security Policy") && errors.push(message.text()));
    await page.goto(`${origin}/${search}`);
    await page.waitForSelector("[data-testid=conn-pill][data-state=live]");
    await settled(page);
    return page;
  };
  const settled = (page) => page.waitForFunction(() => {
    const still = JSON.stringify([window.citygate.project(108, 22), window.citygate.settled()]), before = window.stillBefore;
    window.stillBefore = still;
    return window.citygate.settled() && still === before;
  }, null, { polling: 400, timeout: PATIENCE_MS });
  /** Until a place of the map has a colour: a tile that came is drawn with the next frame. */
  const drawn = async (page, what, at, test) => {
    for (const stop = Date.now() + PATIENCE_MS; ; ) {
      const seen = await look(page, at);
      if (test(seen)) return seen;
      assert(Date.now() < stop, `never drawn: ${what}; ${JSON.stringify(seen)}`);
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
    }
  };
  const near = (rgb) => ({ middle }) => Math.hypot(...rgb.map((c, n) => c - middle[n])) < 12;
  const shot = async (page, name) => values.shots && page.screenshot({ path: join(values.shots, `${name}.png`) });
  const switchBase = (page) => page.evaluate(() => document.querySelector("[data-layer=base]").click());

  // As it is without a file.
  writeFileSync(config, "");
  let server = await start();
  let page = await open(server.origin, "?lang=en&theme=dark");
  await page.keyboard.press("l");
  await page.waitForSelector("[data-layer=cameras]");
  assert.equal(await page.$("[data-layer=base]"), null, "no switch for what is not there");
  assert.deepEqual(asked, []);
  [LAKE, NAMED] = [await placeAt(page, LAKE_PX), await placeAt(page, NAMED_PX)];
  const own = (await look(page, LAKE)).middle;
  put(await cityFile(server.origin));
  await page.close();
  await end(server);
  say("without a file the wall draws its own ground and asks for none");

  writeFileSync(config, `[map]\npmtiles = "${path}"\n`);
  server = await start();
  page = await open(server.origin, "?lang=en&theme=dark");
  const WATER = { dark: [0x12, 0x29, 0x3d], light: [0xc3, 0xda, 0xea] };
  await drawn(page, "water of the file", LAKE, near(WATER.dark));
  assert(asked.length > 3 && asked.every(({ status, range, length }) => status === 206 && /^bytes=\d+-\d+$/.test(range) && length < 1_000_000), JSON.stringify(asked));
  assert.equal(await page.textContent("[data-testid=attribution]"), "Base map: © A test's makers");
  await shot(page, "base-dark-en");
  const dot = (await look(page, NAMED)).ink;
  say(`drawn from ${asked.length} ranges`);

  await page.keyboard.press("l");
  await switchBase(page);
  await drawn(page, "the city's own ground", LAKE, near(own));
  assert.equal(await page.$("[data-testid=attribution]"), null, "nobody is named for what is not shown");
  await page.waitForFunction(() => /[#&]off=[^&]*base/.test(location.hash));
  await page.reload();
  await page.waitForSelector("[data-testid=conn-pill][data-state=live]");
  await settled(page);
  assert(near(own)(await look(page, LAKE)), "what is off stays off");
  await page.keyboard.press("l");
  await page.waitForSelector("[data-layer=base]");
  await switchBase(page);
  await drawn(page, "the base map again", LAKE, near(WATER.dark));
  await page.close();

  page = await open(server.origin, "?lang=zh&theme=light");
  await drawn(page, "water by day", LAKE, near(WATER.light));
  await drawn(page, "a name in Chinese", NAMED, ({ ink }) => ink > dot + 300);
  await shot(page, "base-light-zh");
  say("switched, by day, in Chinese");

  // Cut while it is served: the city's own ground; a right one in its place: drawn again.
  const whole = readFileSync(path);
  truncateSync(path, 20_000);
  await page.mouse.move(900, 500);
  await page.mouse.wheel(0, -900);
  await page.waitForSelector("[data-testid=attribution]", { state: "detached" });
  put(whole);
  await page.waitForSelector("[data-testid=attribution]");
  await page.keyboard.press("0");
  await settled(page);
  await drawn(page, "the new file", LAKE, near(WATER.light));
  await settled(page);
  await page.mouse.wheel(0, -1500);
  await settled(page);
  await shot(page, "base-street-light-zh");
  await page.close();
  await end(server);
  say("a file that is cut leaves the own ground, a right one is drawn again");

  put(imageFile([255, 0, 0], bbox, 8, 12, {}));
  server = await start();
  page = await open(server.origin, "?lang=en&theme=dark");
  const { middle: [red, green, blue] } = await drawn(page, "an image", LAKE, ({ middle }) => !near(own)({ middle }) && !near(WATER.dark)({ middle }));
  assert(red < 130 && red - Math.max(green, blue) < 60, `red is dimmed: ${[red, green, blue]}`);
  await shot(page, "base-image-dark-en");
  await page.close();
  say("images are dimmed");

  assert.deepEqual(strangers, [], "no request leaves the server");
  assert.deepEqual(errors, [], "no errors on the page");
  say("all of it held");
}

await run(main, () => rmSync(state, { recursive: true, force: true }));
