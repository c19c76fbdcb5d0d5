// The map's tools: measuring, the link, the picture, printing, the whole screen, trails, the tree of organisations.
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const RADIUS_M = 6_371_008.8;
/** By the law of cosines, where the wall has haversines. */
function metres([lon_a, lat_a], [lon_b, lat_b]) {
  const r = Math.PI / 180;
  return RADIUS_M * Math.acos(Math.sin(lat_a * r) * Math.sin(lat_b * r) + Math.cos(lat_a * r) * Math.cos(lat_b * r) * Math.cos((lon_b - lon_a) * r));
}
/** A triangle's area by its sides: flat, which is true enough within a city. */
function heron(a, b, c) {
  const s = (a + b + c) / 2;
  return Math.sqrt(s * (s - a) * (s - b) * (s - c));
}

/** Of an image: pixels in the green of available units, pixels of the footer that are not its ground, the share of light ones, how many colours. */
const pixels = (page, png) => page.evaluate(async (base64) => {
  const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))]));
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height), to = canvas.getContext("2d");
  to.drawImage(bitmap, 0, 0);
  const { data } = to.getImageData(0, 0, bitmap.width, bitmap.height);
  let green = 0, light = 0, words = 0;
  const colours = new Set();
  const footer_from = (bitmap.height - 66) * bitmap.width * 4, ground = [...data.slice(footer_from, footer_from + 3)];
  for (let n = 0; n < data.length; n += 4) {
    if (data[n + 1] - data[n] > 60) green++;
    if (data[n] + data[n + 1] + data[n + 2] > 3 * 170) light++;
    if (n > footer_from && Math.hypot(...ground.map((c, at) => data[n + at] - c)) > 120) words++;
    colours.add((data[n] << 16) | (data[n + 1] << 8) | data[n + 2]);
  }
  return { width: bitmap.width, height: bitmap.height, green, words, light: light / (data.length / 4), colours: colours.size };
}, png.toString("base64"));

export async function tools({ page, map, data, origin, wholeCity, until, shot, say, patience_ms }) {
  const { bbox: [west, south, east, north] } = JSON.parse(readFileSync(join(data, "city.json"), "utf8"));
  const box = await map.boundingBox();
  const project = ([lon, lat], on = page) => on.evaluate(([lon, lat]) => window.citygate.project(lon, lat), [lon, lat]);
  const figure = (id, name) => page.$eval(`[data-testid=${id}]`, (element, name) => Number(element.dataset[name]), name);
  const near = (got, wanted, within, what) => assert(Math.abs(got - wanted) <= within, `${what}: ${got}, not ${wanted}`);

  // What was asked before is put away.
  for (let n = 0; n < 4 && !(await page.$(".answers-overview")); n++) await page.keyboard.press("Escape");
  await page.waitForSelector(".answers-overview");

  // Three places on the ground, clicked where the map draws them: a pixel is some 15 metres.
  await wholeCity();
  const at = (x, y) => [west + (east - west) * x, south + (north - south) * y];
  const places = [at(0.4, 0.4), at(0.6, 0.45), at(0.45, 0.65)];
  const click = async (place) => {
    const [x, y] = await project(place);
    await page.mouse.click(box.x + x, box.y + y);
  };
  await page.keyboard.press("e");
  await page.waitForSelector("[data-testid=measure]");
  for (const [n, place] of places.entries()) {
    await click(place);
    await until(`${n} legs measured`, (n) => document.querySelectorAll("[data-testid=measure-leg]").length === n, n);
  }
  const [ab, bc, ca] = [[0, 1], [1, 2], [2, 0]].map(([from, to]) => metres(places[from], places[to]));
  near(await figure("measure-whole", "metres"), ab + bc, 40, "two legs");
  await click(places[0]);
  await page.waitForSelector("[data-testid=measure-area]");
  near(await figure("measure-whole", "metres"), ab + bc + ca, 60, "all round");
  near(await figure("measure-area", "squareMetres") / heron(ab, bc, ca), 1, 0.02, "the area");
  assert.match(await page.textContent("[data-testid=measure-whole]"), /^\d+\.\d\d km$/);
  await shot("measure-dark-en");
  await page.keyboard.press("Backspace");
  await page.waitForSelector("[data-testid=measure-area]", { state: "detached" });
  await page.keyboard.press("Backspace");
  await until("one leg left", () => document.querySelectorAll("[data-testid=measure-leg]").length === 1);
  near(await figure("measure-whole", "metres"), ab, 25, "one leg");
  await page.keyboard.press("Escape");
  await page.waitForSelector("[data-testid=measure]", { state: "detached" });
  assert(await page.$(".answers-overview"), "measuring asks and chooses nothing");
  say("measured");

  // The picture is that of the map with its units, and says what it is.
  const before_ms = Date.now();
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("i")]);
  const [, stamp] = /^citygate-Qinglan-(\d{8}T\d{6}Z)\.png$/.exec(download.suggestedFilename()) ?? assert.fail(download.suggestedFilename());
  near(Date.parse(stamp.replace(/(....)(..)(..T..)(..)/, "$1-$2-$3:$4:")), before_ms, 60_000, "the time in its name");
  const picture = await pixels(page, readFileSync(await download.path()));
  assert.equal(picture.width, box.width, "the map's width");
  near(picture.height, box.height + 68, 1, "the map's height and a footer's");
  assert(picture.green > 20_000, `units in it: ${JSON.stringify(picture)}`);
  assert(picture.colours > 1_000 && picture.light < 0.2 && picture.words > 1_000, `a dark map with a footer: ${JSON.stringify(picture)}`);
  say("a picture saved");

  // On paper the map is light, and the wall stays as it was.
  await page.evaluate(() => (window.print = () => (window.printed = true))); // the dialog is the browser's
  await page.keyboard.press("p");
  await page.waitForSelector(".map-cover", { state: "attached" });
  await until("the sheet printed", () => window.printed && document.querySelector("[data-testid=sheet] canvas"));
  const paper = await page.$eval("[data-testid=sheet] canvas", (canvas) => canvas.toDataURL().split(",")[1]);
  const printed = await pixels(page, Buffer.from(paper, "base64"));
  assert(printed.light > 0.5 && printed.green > 20_000 && printed.words > 1_000, `a light map with its units and a footer: ${JSON.stringify(printed)}`);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  await page.waitForSelector(".map-cover", { state: "detached" });
  const pdf = await page.pdf({ preferCSSPageSize: true });
  assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
  assert.match(pdf.toString("latin1"), /\/Count 1\b/, "one sheet");
  assert.match(pdf.toString("latin1"), /\/MediaBox \[0 0 84[12][.\d]* 59[45][.\d]*\]/, "A4 across");
  say("printed on one sheet");

  // The address says what is shown: opened elsewhere it is the same.
  const steps = await page.evaluate(() => history.length);
  await page.click("[data-layer=beats]");
  await page.keyboard.press("/");
  await page.keyboard.type("M-204");
  await page.keyboard.press("Enter");
  await page.waitForSelector("[data-testid=unit-card]");
  await page.waitForFunction(() => /[#&]unit=M-204/.test(location.hash) && /[#&]z=14\.4/.test(location.hash), null, { timeout: patience_ms });
  assert.equal(await page.evaluate(() => history.length), steps, "no step for the back button");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin });
  await page.keyboard.press("y");
  const link = await (await page.waitForFunction(() => navigator.clipboard.readText(), null, { timeout: patience_ms, polling: 200 })).jsonValue();
  assert(link.startsWith(`${origin}/#at=`), link);
  const corner = await project([west, south]);
  const elsewhere = await page.context().browser().newContext({ viewport: page.viewportSize() });
  const other = await elsewhere.newPage();
  await other.goto(link);
  await other.waitForSelector("[data-testid=unit-card][data-unit=M-204]", { timeout: patience_ms });
  await other.waitForFunction(([lon, lat, x, y]) => {
    const got = window.citygate?.project(lon, lat);
    return got && Math.hypot(got[0] - x, got[1] - y) < 1;
  }, [west, south, ...corner], { timeout: patience_ms });
  assert.equal(await other.getAttribute("html", "lang"), "en-GB");
  assert.equal(await other.getAttribute("[data-layer=beats]", "aria-pressed"), "true");
  // One that nobody wrote: what does not read is named, the rest holds.
  await other.goto(`${origin}/#at=91,0&z=12&theme=light&unit=${encodeURIComponent("<script>alert(1)</script>")}`);
  // Read as it is seen: it is there for some seconds only.
  const note = await (await other.waitForFunction(() => document.querySelector("[data-testid=note]")?.textContent, null, { timeout: patience_ms, polling: 200 })).jsonValue();
  assert(note.includes("at=91,0") && note.includes("<script"), note);
  assert.equal(await other.evaluate(() => document.documentElement.dataset.theme), "light");
  assert.equal(await other.$("[data-testid=unit-card]"), null);
  await elsewhere.close();
  say("the link opens the same elsewhere");

  // The chosen unit's way is drawn from now on, and stays when it is kept.
  await until("a trail of five fixes", () => window.citygate.trails().some(({ known, fixes }) => known && fixes >= 5));
  await page.click("[data-testid=keep-trail]");
  await page.waitForSelector("[data-testid=keep-trail][aria-pressed=true]");
  await shot("trail-dark-en");
  await page.keyboard.press("Escape");
  await page.waitForSelector("[data-testid=unit-card]", { state: "detached" });
  assert(await page.evaluate(() => window.citygate.trails().length > 0), "the trail that was kept");
  await page.evaluate(() => (location.hash = `${location.hash}&unit=M-204`)); // as if typed
  await page.waitForSelector("[data-testid=unit-card][data-unit=M-204]");
  await page.keyboard.press("b");
  await page.waitForSelector("[data-testid=keep-trail][aria-pressed=false]");
  await page.keyboard.press("Escape");
  await until("no trail", () => window.citygate.trails().length === 0);
  say("a trail drawn, kept and let go");

  // By the keys alone: the first station of the first district, and what the server says of it.
  await page.keyboard.press("o");
  const row = (org) => page.waitForFunction((org) => org ? document.activeElement?.dataset.org === org : document.activeElement?.matches("[data-testid=org-row]"), org, { timeout: patience_ms });
  await row(null);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  await page.waitForSelector("[data-testid=org-row][aria-level='3']");
  await page.keyboard.press("ArrowRight");
  const station = await page.$eval("[data-testid=org-row][aria-level='3']", ({ dataset }) => dataset.org);
  await row(station);
  await page.keyboard.press("Enter");
  const ids = await page.evaluate(async (org) => (await (await fetch("/v1/units?limit=10000")).json()).features.filter(({ properties }) => properties.org === org).map(({ id }) => id), station);
  const belong = ids.length;
  await until("that station's units alone", (belong) => window.citygate.drawnCount() > 0 && window.citygate.drawnCount() <= belong, belong);
  await until("all of them in view", ([ids, width, height]) => {
    const here = ids.map((id) => window.citygate.unitPosition(id)).filter((at) => at);
    return here.length > 0 && here.every(({ x, y }) => x > 0 && y > 0 && x < width && y < height);
  }, [ids, box.width, box.height]);
  const counted = await page.$eval(`[data-org=${station}]`, ({ dataset }) => ["available", "committed", "other"].reduce((sum, name) => sum + Number(dataset[name]), 0));
  assert.equal(counted, belong, "each unit is counted once");
  await shot("orgs-dark-en");
  await page.keyboard.press("Enter");
  await until("everybody again", () => window.citygate.drawnCount() > 2_000);
  await page.keyboard.press("Escape");
  await page.waitForSelector("[data-testid=orgs]", { state: "detached" });
  say("units by organisation");

  // The whole screen, where the pointer goes when nobody moves it.
  await page.click("[data-testid=tool-full_screen]");
  await until("the whole screen", () => document.fullscreenElement && document.documentElement.classList.contains("is-still"));
  await page.mouse.move(box.x + 50, box.y + 50);
  await until("the pointer", () => !document.documentElement.classList.contains("is-still"));
  await page.keyboard.press("f");
  await until("the window again", () => !document.fullscreenElement);
  await page.click("[data-layer=beats]");
  await wholeCity();
  say("the whole screen and back");
}
