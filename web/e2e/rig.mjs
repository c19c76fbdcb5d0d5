// What the browser's scripts share: the real server, a real Chromium, and their end.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const running = new Set();

/** Starts one of the binary's commands; `close` ends it. */
export function start(bin, args, stderr = "inherit") {
  const child = spawn(bin, args, { stdio: ["ignore", "pipe", stderr], env: { ...process.env, RUST_LOG: "warn" } });
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

/** Starts the server, on free ports unless they are named, and gives its addresses once it is ready. */
export async function serve(bin, args, http = "127.0.0.1:0", jt808 = http, gateway = http) {
  const child = start(bin, ["serve", "--demo", "--http", http, "--jt808", jt808, "--gateway", gateway, ...args]);
  const found = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, address] = line.split(" ");
    if (word === "ready") return { child, http: found.http.replace("http://", ""), jt808: found.jt808, gateway: found.gateway };
    found[word] = address;
  }
  throw new Error("the server ended before it was ready");
}

/** Resolves once a process is over. */
export const ended = (child) => (child.exitCode === null && child.signalCode === null ? new Promise((done) => child.once("exit", done)) : Promise.resolve());

/** A Chromium that draws by the processor alone and asks nobody but the server. */
export async function browse(more = []) {
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist", "--disable-quic",
      "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", ...more],
  });
  running.add({ kill: () => browser.close() });
  return browser;
}

/** Runs a script to its end, ends what it started, and gives its exit code: 0 when all of it held. */
export async function run(main, clean) {
  const failed = await main().then(() => null, (error) => (console.error(error), error));
  await Promise.all([...running].map((child) => Promise.all([child.kill("SIGTERM"), "exitCode" in child && ended(child)])));
  await clean();
  // Last, where whoever reads the end of a long log finds it.
  if (failed) console.log(`failed: ${failed.message}`);
  process.exit(failed ? 1 : 0);
}
