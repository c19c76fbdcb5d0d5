// The wall under its heaviest load: every unit of a city of 20,000 reports ten times a second, and one Chromium shows all of it.
//
//   node e2e/heavy.mjs --bin PATH_TO_CITYGATE --data DIR [--seconds 300] [--units 20000] [--dist DIR] [--profile FILE]
//
// Prints what the main thread, the heap and the age of the picture came to, as a table; `make bench-browser` runs it. `--dist` takes the wall's files from a
// folder in place of the binary, `--profile` writes where the time went as a .cpuprofile (it costs some time itself). Exits 0 when the run was a true one:
// all units there, the stream at its pace. Whether the targets are met is for whoever reads the table.
import { strict as assert } from "node:assert";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { parseArgs } from "node:util";
import { browse, run, serve, start } from "./rig.mjs";

const { values } = parseArgs({
  options: {
    bin: { type: "string" }, data: { type: "string" }, dist: { type: "string" }, profile: { type: "string" },
    seconds: { type: "string", default: "300" }, units: { type: "string", default: "20000" }, settle: { type: "string", default: "30" }, zoom: { type: "string" },
  },
});
assert(values.bin && values.data, "--bin and --data are needed");
const [seconds, units, settle_s] = [values.seconds, values.units, values.settle].map(Number);
assert(seconds >= 30 && units >= 1 && settle_s >= 0, "--seconds from 30, --units from 1, --settle from 0");

const TICK_MS = 100;
const REPORTS_A_S = 10;
const HEAP_EVERY_S = 30;
const LONG_MS = 50;
const PATIENCE_MS = 30_000;
const folder = mkdtempSync(join(tmpdir(), "citygate-heavy-"));

/** The sample city with so many patrol cars in place of its units, named as `citygate load` names them. */
function city() {
  const data = join(folder, "data");
  mkdirSync(data);
  cpSync(values.data, data, { recursive: true });
  const stations = JSON.parse(readFileSync(join(data, "organisations.json"), "utf8")).filter(({ level }) => level === "station");
  const car = (_, n) => JSON.stringify({
    id: `load-${String(n).padStart(7, "0")}`, callsign: `L-${n}`, kind: "patrol_car", org: stations[n % stations.length].id, crew: 2, status: "available",
  });
  writeFileSync(join(data, "units.ndjson"), Array.from({ length: units }, car).join("\n") + "\n");
  writeFileSync(join(folder, "citygate.toml"), `[bus]\ntick_ms = ${TICK_MS}\n`);
  return data;
}

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2" };

/** Files of the wall from a folder; what is none of them the server answers. */
async function fromDisk(page) {
  await page.route((url) => extname(url.pathname) in TYPES || url.pathname === "/", async (route) => {
    const { pathname } = new URL(route.request().url()), name = pathname === "/" ? "/index.html" : pathname;
    const body = readFileSync(join(values.dist, name)), contentType = TYPES[extname(name)];
    // The page itself comes with the session.
    return pathname === "/" ? route.fulfill({ response: await route.fetch(), body }) : route.fulfill({ body, contentType });
  });
  page.on("pageerror", (error) => console.error(String(error)));
  page.on("console", (message) => message.type() === "error" && console.error(message.text()));
}

/** What a look at the page gives. Ages are of one machine's one clock: the server's. */
const look = (page) => page.evaluate(() => {
  const stats = window.citygate.stats();
  return { ...stats, at_ms: performance.now(), age_ms: Date.now() - stats.shown_ms, pill: document.querySelector("[data-testid=conn-pill]").dataset.state };
});

/** Reads the trace that was recorded: garbage collections and tasks, each from, to in microseconds. */
async function traced(cdp) {
  const done = new Promise((resolve) => cdp.once("Tracing.tracingComplete", resolve));
  await cdp.send("Tracing.end");
  const { stream } = await done;
  let text = "";
  for (let end = false; !end;) {
    const part = await cdp.send("IO.read", { handle: stream });
    text += part.data;
    end = part.eof;
  }
  await cdp.send("IO.close", { handle: stream });
  return JSON.parse(text).traceEvents ?? [];
}

/** What long tasks are told by: the part of the trace's events, and how these are named there. */
const PARTS = { collecting: ["MajorGC", "MinorGC"], script: ["FunctionCall"], layout: ["Layout", "UpdateLayoutTree", "PrePaint", "Paint", "Layerize", "Commit"] };

/** The events of the page's main thread. */
function ofMain(events) {
  const mains = new Set(events.filter(({ name, args }) => name === "thread_name" && args.name === "CrRendererMain").map(({ pid, tid }) => `${pid}.${tid}`));
  assert(mains.size, "a trace with the page's main thread");
  return events.filter(({ pid, tid, dur }) => dur > 0 && mains.has(`${pid}.${tid}`));
}

/** Long tasks: how long, how much of it on a processor, and what filled it. A thread that waits for its turn, or for the GPU's process, is on none. */
function longTasks(main) {
  return main.filter(({ name, dur }) => name.endsWith("RunTask") && dur > LONG_MS * 1000).map((task) => {
    const inside = main.filter(({ pid, ts, dur }) => pid === task.pid && ts >= task.ts && ts + dur <= task.ts + task.dur);
    const parts = Object.entries(PARTS).map(([part, names]) => [part, inside.filter(({ name }) => names.includes(name)).reduce((sum, { dur }) => sum + dur / 1000, 0)]);
    const forced = inside.some(({ name }) => name === "V8.GCLowMemoryNotification");
    return { ms: task.dur / 1000, processor_ms: (task.tdur ?? NaN) / 1000, parts, forced };
  }).filter(({ forced }) => !forced);
}

/** What each run of a kind of work took on a processor, ms. The name of what the browser calls, in the file as it is built, tells which. */
const processorOf = (main, kind) => main.filter(kind).map(({ tdur }) => (tdur ?? NaN) / 1000);
const WORK = [
  ["taking a frame of the stream", ({ name, args }) => name === "FunctionCall" && args.data?.functionName.endsWith("onmessage")],
  ["a picture", ({ name }) => name === "FireAnimationFrame"],
  ["a timer", ({ name }) => name === "TimerFire"],
  ["collecting garbage, each", ({ name }) => name === "MinorGC" || name === "MajorGC"],
];

const share = (list, q) => [...list].sort((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))];
const fixed = (n, digits = 2) => n.toFixed(digits);

/** Growth of the heap by least squares, MiB a minute. */
function slope(samples) {
  const mean = (f) => samples.reduce((sum, s) => sum + f(s), 0) / samples.length;
  const t = mean(({ s }) => s), m = mean(({ mib }) => mib);
  const up = samples.reduce((sum, { s, mib }) => sum + (s - t) * (mib - m), 0);
  return (60 * up) / samples.reduce((sum, { s }) => sum + (s - t) ** 2, 0);
}

async function main() {
  const data = city();
  const server = await serve(values.bin, ["--config", join(folder, "citygate.toml"), "--data", data, "--state", join(folder, "state")]);
  const load_s = settle_s + seconds + 120;
  start(values.bin, ["load", "--http", server.http, "--gateway", server.gateway, "--units", String(units), "--fixes-per-s", String(units * REPORTS_A_S),
    "--connections", "4", "--batch", "500", "--warm-up", "0", "--seconds", String(load_s)]);

  const browser = await browse(values.dist ? ["--disable-features=LocalNetworkAccessChecks"] : []); // a page from a folder comes from no network
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
  page.setDefaultTimeout(PATIENCE_MS);
  await page.addInitScript(() => {
    window.longTasks = [];
    new PerformanceObserver((list) => window.longTasks.push(...list.getEntries().map(({ startTime, duration }) => [startTime, duration])))
      .observe({ type: "longtask", buffered: true });
  });
  if (values.dist) await fromDisk(page);
  const cdp = await page.context().newCDPSession(page);
  await page.goto(`http://${server.http}/?lang=en&theme=dark${values.zoom ? `#z=${values.zoom}` : ""}`);
  await page.waitForFunction((units) => window.citygate?.drawnCount() >= units, units, { timeout: PATIENCE_MS, polling: 1000 })
    .catch(async (error) => assert.fail(`the units never came: ${await page.evaluate(() => JSON.stringify({ drawn: window.citygate?.drawnCount(), here: window.citygate?.unitCount(), ...window.citygate?.stats() }))}; ${error}`));
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  await cdp.send("HeapProfiler.enable");

  const started = Date.now();
  const passed = (s) => page.waitForTimeout(Math.max(0, started + s * 1000 - Date.now()));
  await passed(settle_s);
  if (values.profile) {
    await cdp.send("Profiler.enable");
    await cdp.send("Profiler.setSamplingInterval", { interval: 500 });
    await cdp.send("Profiler.start");
  } else {
    await cdp.send("Tracing.start", { transferMode: "ReturnAsStream", traceConfig: { recordMode: "recordAsMuchAsPossible", includedCategories: ["toplevel", "devtools.timeline", "v8"], excludedCategories: ["*"] } });
  }
  const metrics = async () => Object.fromEntries((await cdp.send("Performance.getMetrics")).metrics.map(({ name, value }) => [name, value]));
  const [first, firstMetrics] = [await look(page), await metrics()];
  const [ages, states, heap, collected] = [[], {}, [], []];
  for (let s = 0; s < seconds; s++) {
    if (s % HEAP_EVERY_S === 0 || s === seconds - 1) {
      // Collecting all garbage is a long task of the measurement's own.
      const from = await page.evaluate(() => performance.now());
      await cdp.send("HeapProfiler.collectGarbage");
      heap.push({ s, mib: (await cdp.send("Runtime.getHeapUsage")).usedSize / 2 ** 20 });
      collected.push([from, await page.evaluate(() => performance.now())]);
    }
    const seen = await look(page);
    ages.push(seen.age_ms);
    states[seen.pill] = (states[seen.pill] ?? 0) + 1;
    await passed(settle_s + s + 1);
  }
  const [last, lastMetrics] = [await look(page), await metrics()];
  if (values.profile) writeFileSync(values.profile, JSON.stringify((await cdp.send("Profiler.stop")).profile));
  const trace = values.profile ? [] : ofMain(await traced(cdp));
  const tasks = longTasks(trace);
  const observed = (await page.evaluate(() => window.longTasks)).filter(([at, ms]) =>
    at > first.at_ms && at < last.at_ms && !collected.some(([from, to]) => at < to + 5 && at + ms > from - 5));
  const drawn = await page.evaluate(() => window.citygate.drawnCount());
  if (process.env.CITYGATE_SHOTS) await page.screenshot({ path: join(process.env.CITYGATE_SHOTS, "heavy.png") });

  const wall_s = (last.at_ms - first.at_ms) / 1000;
  const grew = (name) => last[name] - first[name];
  const spent = (name) => last.spent[name] - first.spent[name];
  const [frames, pictures] = [grew("frames"), grew("pictures")];
  const whole_ms = (lastMetrics.TaskDuration - firstMetrics.TaskDuration) * 1000;
  const own_ms = spent("take_ms") + spent("pack_ms") + spent("draw_ms");
  const work = WORK.map(([what, kind]) => [what, processorOf(trace, kind)]).filter(([, all]) => all.length);
  const rows = [
    ["units drawn", drawn], ["measured, s", fixed(wall_s, 0)],
    ["deltas a second", fixed(grew("deltas") / wall_s, 1)], ["records a delta", fixed(grew("records") / frames, 0)], ["pictures a second", fixed(pictures / wall_s, 1)],
    ["own code, ms a picture", fixed(own_ms / pictures)], ["own code, ms a delta", fixed(own_ms / frames)],
    ["  decode and store, ms a delta", fixed(spent("take_ms") / frames)],
    ["  pack, ms a picture", fixed(spent("pack_ms") / pictures)], ["  drawing calls, ms a picture", fixed(spent("draw_ms") / pictures)],
    ["  figures, ms a second", fixed(spent("second_ms") / wall_s)],
    ["all of the main thread on a processor, ms a second", fixed(whole_ms / wall_s, 1)], ["  ms a picture or delta", fixed(whole_ms / (pictures + frames))],
    ["  script, ms a second", fixed(((lastMetrics.ScriptDuration - firstMetrics.ScriptDuration) * 1000) / wall_s, 1)],
    ["  layout and style, ms a second", fixed(((lastMetrics.LayoutDuration + lastMetrics.RecalcStyleDuration - firstMetrics.LayoutDuration - firstMetrics.RecalcStyleDuration) * 1000) / wall_s, 1)],
    ...work.map(([what, all]) => [`on a processor: ${what}, ms`, `mean ${fixed(all.reduce((sum, ms) => sum + ms, 0) / all.length)}, p99 ${fixed(share(all, 0.99))}, max ${fixed(Math.max(...all))}; ${fixed(all.length / wall_s, 1)} a second`]),
    ["long tasks over 50 ms", observed.length], ["  of them over 50 ms on a processor", tasks.filter(({ processor_ms }) => processor_ms > LONG_MS).length], ["  longest, ms", fixed(Math.max(0, ...observed.map(([, ms]) => ms)), 0)],
    ["heap at first, MiB", fixed(heap[0].mib)], ["heap at last, MiB", fixed(heap.at(-1).mib)], ["heap grows, MiB a minute", fixed(slope(heap.length > 3 ? heap.slice(1) : heap), 3)],
    ["age of the picture p50, ms", fixed(share(ages, 0.5), 0)], ["age of the picture p99, ms", fixed(share(ages, 0.99), 0)],
    ["the pill said", Object.entries(states).map(([state, n]) => `${state} ${n}`).join(", ")],
  ];
  for (const [what, value] of rows) console.log(`${what.padEnd(42)} ${value}`);
  console.log(`heap: ${heap.map(({ s, mib }) => `${s} s ${fixed(mib)}`).join(", ")}`);
  for (const { ms, processor_ms, parts } of tasks) {
    console.log(`traced: ${fixed(ms, 0)} ms, ${fixed(processor_ms, 0)} of it on a processor; ${parts.map(([part, ms]) => `${part} ${fixed(ms, 0)}`).join(", ")}`);
  }
  assert(drawn >= units, `${drawn} of ${units} units on the map`);
}

void run(main, () => rmSync(folder, { recursive: true, force: true }));
