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
  await page.click("[data-testid=sign-out]");

  await page.waitForURL(/\/signin$/);
  await page.getByText("Use a one-time code").click();
  for (const [name, text] of [["code", invitation.toLowerCase()], ["fresh", PASSWORD], ["again", PASSWORD]]) await fill(name, text);
  await submit();
  await isWall();
  await page.goto(`${origin}/account`);
  await page.getByText("Dispatcher").first().waitFor();
  assert.equal(await people.count(), 0, "a dispatcher keeps no accounts");
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
