// People in a real browser, against the real server: the first start, an account for somebody else, signing in and out, and in by a
// provider of identities on another site.
//
//   node e2e/access.mjs --bin PATH_TO_CITYGATE --data DIR [--shots DIR]
//
// Exits 0 when all of it held. No sleeps: every wait is for something to happen.
import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import jsqr from "jsqr";
import { chromium } from "playwright-core";

const { values } = parseArgs({ options: { bin: { type: "string" }, data: { type: "string" }, shots: { type: "string" } } });
assert(values.bin && values.data, "--bin and --data are needed");
const state = mkdtempSync(join(tmpdir(), "citygate-access-"));
const PATIENCE_MS = 90_000;
const PASSWORD = "a heron by the river";

const provider = spawn(process.execPath, ["e2e/provider.mjs"], { stdio: ["pipe", "pipe", "ignore"], env: { ...process.env, NAME: "localhost", CLIENT_SECRET: "of a test alone", STATION: "gulou" } });
const [issuer] = await once(createInterface({ input: provider.stdout }), "line");
const config = join(state, "citygate.toml");
writeFileSync(join(state, "client-secret"), "of a test alone");
writeFileSync(config, `[access.oidc]
issuer = "${issuer}"
name = "市局统一认证"
client_id = "citygate"
client_secret_file = "${join(state, "client-secret")}"
roles = { "值班员" = "dispatcher" }
org_claim = "station"
`);
const child = spawn(values.bin, ["serve", "--config", config, "--http", "127.0.0.1:0", "--jt808", "127.0.0.1:0", "--gateway", "127.0.0.1:0", "--data", values.data, "--state", state],
  { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, RUST_LOG: "warn" } });

/** The server's address, and the code for the first administrator. */
async function ready() {
  const found = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const words = line.split(" ");
    if (words[0] === "ready") return found;
    if (words[0] === "http") found.origin = words[1];
    if (words[0] === "set-up") found.code = words[2];
  }
  throw new Error("the server ended before it was ready");
}

/** Each look in both languages, by day and by night, on a laptop and on a wall. */
async function looks(page, name) {
  if (!values.shots) return;
  const before = page.viewportSize();
  for (const width of [1280, 1920]) {
    await page.setViewportSize({ width, height: 1000 });
    for (const _ of ["dark", "light"]) {
      for (const _ of ["zh", "en"]) {
        const look = await page.evaluate(() => `${document.documentElement.lang.slice(0, 2)}-${document.documentElement.dataset.theme}`);
        await page.screenshot({ path: join(values.shots, `${name}-${look}-${width}.png`) });
        await page.click("[data-testid=lang-switch]");
      }
      await page.locator(".page-top .plain:not([data-testid])").click();
    }
  }
  await page.setViewportSize(before);
}

/** A unit is found by its call sign, lent, seen as lent on the wall, and given back. In English. */
async function lends(page, origin, shot) {
  await page.click("[data-testid=part-loans]");
  const loans = page.locator("[data-testid=loans]");
  await loans.getByText("Nothing is lent").waitFor();
  const roster = await page.evaluate(() => fetch("/v1/units?limit=200&kind=patrol_car").then((answer) => answer.json()));
  const { id, org, callsign } = roster.features[0].properties;
  await loans.locator("form button").click();
  assert.match(await loans.locator("[role=alert]").textContent(), /Choose a unit/);
  await loans.locator("[name=unit]").fill(callsign.toLowerCase());
  await loans.locator("[role=option]", { hasText: callsign }).first().click();
  const to = await loans.locator("[name=org] option").evaluateAll((options, own) => options.map((option) => option.value).findLast((value) => value && value !== own), org);
  await loans.locator("[name=org]").selectOption(to);
  await loans.locator("form button").click();
  const row = loans.locator("li[data-loan]");
  await row.waitFor();
  assert.match(await row.textContent(), new RegExp(`${callsign}.*Lent to`));
  await looks(page, "loans");

  // On the wall its card says so.
  await page.goto(`${origin}/`);
  await page.waitForSelector("[data-testid=conn-pill][data-state=live]");
  await page.fill("[data-testid=search]", callsign);
  await page.keyboard.press("Enter");
  await page.waitForSelector(`[data-testid=unit-card][data-unit="${id}"] [data-testid=lent]`);
  await page.waitForFunction(() => document.querySelector("#answer").getAnimations({ subtree: true }).length === 0);
  await shot("lent-card");
  await page.goto(`${origin}/account#loans`);
  await row.waitFor();
  await row.getByText("End the loan").click();
  await row.getByText("Sure?").click();
  await loans.getByText("Nothing is lent").waitFor();
}

/** What was just done is on record: in words, by filters, page by page. In English. */
async function readsTrail(page, shot) {
  await page.click("[data-testid=part-trail]");
  const trail = page.locator("[data-testid=trail]");
  const rows = trail.locator("li[data-seq]");
  await rows.first().waitFor();
  const first = await rows.count();
  await trail.locator("[data-testid=older]").click();
  await page.waitForFunction((count) => document.querySelectorAll("[data-testid=trail] li[data-seq]").length > count, first);
  const seqs = await rows.evaluateAll((all) => all.map((row) => Number(row.dataset.seq)));
  assert.deepEqual(seqs, [...seqs].sort((a, b) => b - a), "newest first");
  const search = async (fields) => {
    for (const name of ["actor", "subject", "from"]) await trail.locator(`[name=${name}]`).fill(fields[name] ?? "");
    await trail.locator("[name=event]").selectOption(fields.event ?? "");
    const answer = page.waitForResponse((response) => response.url().includes("/v1/audit?"));
    await trail.locator("form button").click();
    await answer;
  };
  await search({ actor: "chief", subject: "unit/", event: "unit_seen" });
  await page.waitForFunction(() => [...document.querySelectorAll("[data-testid=trail] li[data-seq]")].every((row) => row.dataset.event === "unit_seen"));
  assert.match(await rows.first().textContent(), /局长.*Looked at a unit.*C-/);
  await rows.first().locator("summary").click();
  assert.match(await rows.first().locator("pre").textContent(), /administrator/);
  await search({ event: "loan_made" });
  await rows.first().getByText("Lent a unit").waitFor();
  await search({ from: "2099-01-01T00:00" });
  await trail.getByText("Nothing like this is on record").waitFor();
  await search({});
  await rows.first().waitFor();
  const saved = await page.evaluate(async () => (await fetch(document.querySelector("[data-testid=export]").href)).json());
  assert(saved.rows.length > 50 && saved.rows.every((row) => row.hash.length === 64));
  await looks(page, "trail");
  await shot("trail");
}

/** The code for a phone beside the secret in text, read as a phone reads it: from its picture. */
async function secondFactor(page, shot) {
  await page.locator("section", { hasText: "Second factor" }).getByRole("button", { name: "Turn on" }).click();
  const code = page.locator("[data-testid=second-qr]");
  await code.waitFor();
  const link = await page.locator("a[href^='otpauth:']").getAttribute("href");
  assert.equal(await read(page, code), link);
  await page.locator(".page-top .plain:not([data-testid])").click();
  assert.equal(await read(page, code), link, "by night and by day");
  await looks(page, "second-factor");
  await shot("second-factor");
}

/** What a QR code on the page says. */
async function read(page, code) {
  const png = (await code.screenshot()).toString("base64");
  const { data, width, height } = await page.evaluate(async (url) => {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    const { data, width, height } = canvas.getImageData(0, 0, image.width, image.height);
    return { data: [...data], width, height };
  }, `data:image/png;base64,${png}`);
  return jsqr(Uint8ClampedArray.from(data), width, height)?.data;
}

async function main(browser) {
  const { origin, code } = await ready();
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(PATIENCE_MS);
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  const shot = (name) => values.shots && page.screenshot({ path: join(values.shots, `${name}.png`) });
  const fill = (name, text) => page.fill(`form [name=${name}]`, text);
  const submit = () => page.click("form .button.is-main");
  const isWall = () => page.waitForSelector("[data-testid=conn-pill][data-state=live]");

  await page.goto(`${origin}/?lang=zh&theme=dark`);
  await page.waitForURL(/\/signin\?/);
  await page.waitForSelector("form [name=user]");
  await shot("first-start");
  for (const [name, text] of [["code", code], ["user", "chief"], ["name", "局长"], ["fresh", PASSWORD], ["again", "another one entirely"]]) await fill(name, text);
  await submit();
  assert.match(await page.textContent("[role=alert]"), /两次输入不一样/);
  await fill("again", PASSWORD);
  await submit();
  await isWall();
  assert.match(page.url(), /lang=zh/, "back to where one came from");
  assert.equal(await page.locator("[data-testid=demo]").count(), 0);

  await page.click("[data-testid=account]");
  await page.click("[data-testid=part-accounts]");
  const people = page.locator("[data-testid=people]");
  const add = people.locator(":scope > form");
  await add.locator("[name=user]").fill("li.na");
  await add.locator("[name=name]").fill("李娜");
  await add.locator("[name=role]").selectOption("dispatcher");
  await add.locator("button").click();
  const invitation = await page.textContent("[data-testid=one-time-code]");
  await people.locator("li", { hasText: "li.na" }).waitFor();
  await shot("account-zh");
  await page.click("[data-testid=lang-switch]");
  await page.getByText("Add a person").waitFor();
  await shot("account-en");

  await lends(page, origin, shot);
  await readsTrail(page, shot);
  await page.click("[data-testid=sign-out]");

  await page.waitForURL(/\/signin$/);
  await page.getByText("Use a one-time code").click();
  for (const [name, text] of [["code", invitation.toLowerCase()], ["fresh", PASSWORD], ["again", PASSWORD]]) await fill(name, text);
  await submit();
  await isWall();
  await page.goto(`${origin}/account#trail`);
  await page.getByText("Dispatcher").first().waitFor();
  assert.equal(await page.locator("[data-testid=part-accounts], [data-testid=part-trail], [data-testid=trail]").count(), 0, "a dispatcher keeps no accounts and reads no trail");
  assert.equal(await page.locator("[data-testid=part-loans]").count(), 1, "and lends units");
  await secondFactor(page, shot);
  await page.click("[data-testid=sign-out]");
  await page.waitForURL(/\/signin$/);
  await fill("user", "li.na");
  await fill("password", "not the password");
  await submit();
  assert.match(await page.textContent("[role=alert]"), /is wrong/);
  await fill("password", PASSWORD);
  await submit();
  await isWall();

  // Whoever is signed out elsewhere sees no more of the city.
  await page.evaluate(() => fetch("/v1/session", { method: "DELETE", headers: { "x-citygate": "1" } }));
  await page.waitForURL(/\/signin\?/);
  await shot("sign-in");

  // By the provider: on its own pages, and back to the wall. Its name for somebody else is not one for here.
  const byProvider = async (login) => {
    await page.click("[data-testid=provider]");
    await page.fill("[name=login]", login);
    await page.fill("[name=password]", "any");
    await page.click("[type=submit]");
    await page.waitForSelector("[name=prompt][value=consent]", { state: "attached" });
    await page.click("[type=submit]");
  };
  await byProvider("wang.wu");
  await page.waitForURL(/\/signin\?refused=no_role/);
  assert.match(await page.textContent("[role=alert]"), /市局统一认证.*role/);
  await shot("sign-in-refused");
  await page.context().clearCookies({ domain: "localhost" });
  await page.click("[data-testid=lang-switch]");
  await page.getByText("用市局统一认证登录").waitFor();
  await byProvider("zhao.liu");
  await page.waitForURL(/\/signin\?refused=no_org/);
  await page.context().clearCookies({ domain: "localhost" });
  await page.goto(`${origin}/signin?to=%2Faccount`);
  await byProvider("li.si");
  await page.waitForURL(`${origin}/account`);
  await page.getByText("李四").first().waitFor();
  await page.click("[data-testid=sign-out]");
  await page.waitForURL(/\/signin$/);
  assert.deepEqual(errors, []);
  console.log("access: all of it held");
}

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist", "--disable-quic",
    "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  await main(browser);
} finally {
  await browser.close();
  child.kill();
  provider.kill();
  rmSync(state, { recursive: true, force: true });
}
