// Cordons on the wall, against the real server: asked for in all its words, ordered, changed, sighted, relieved, ended; standing gates made, closed,
// opened one by one, deleted.
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** So often something is tried that units on the move may spoil. */
const TRIES = 8;
/** A click on the map hits a gate within so many CSS pixels. */
const GATE_PX = 26;

export async function cordons({ page, map, data, wholeCity, until, shot, say, patience_ms }) {
  const id = (name) => `[data-testid=${name}]`;
  const count = (name, n) => until(`${n} of ${name}`, ([name, n]) => document.querySelectorAll(`[data-testid=${name}]`).length === n, [name, n]);
  const press = (what, timeout = patience_ms / 4) => page.click(what, { timeout }).then(() => true, () => false);
  const api = (path, init) => page.evaluate(async ([path, init]) => {
    const answer = await fetch(path, init);
    return answer.status === 204 ? null : answer.json();
  }, [path, init]);
  const [lon0, lat0] = JSON.parse(readFileSync(join(data, "city.json"), "utf8")).center;
  /** The place on a road that is nearest to so many metres east and north of a place. */
  const onRoad = async (east_m, north_m, { lat, lon } = { lat: lat0, lon: lon0 }) => {
    const to = { lat: lat + north_m / 111_200, lon: lon + east_m / (111_200 * Math.cos((lat * Math.PI) / 180)) };
    const road = await api(`/v1/roads/at?lat=${to.lat}&lon=${to.lon}&max_m=1000`);
    assert(typeof road.lat === "number", `no road near ${east_m}, ${north_m}: ${JSON.stringify(road)}`);
    return road;
  };
  /** Where a place is on the screen once the map stands still. */
  const still = async ({ lat, lon }) => {
    const spot = await page.waitForFunction(([lon, lat]) => {
      const at = window.citygate.project(lon, lat), before = window.stoodAt;
      window.stoodAt = at;
      return at && before && at[0] === before[0] && at[1] === before[1] && window.citygate.settled() && at;
    }, [lon, lat], { polling: 500 });
    const box = await map.boundingBox(), [x, y] = await spot.jsonValue();
    return { x: box.x + x, y: box.y + y };
  };
  const clickAt = async (place) => {
    const { x, y } = await still(place);
    await page.mouse.click(x, y);
  };
  /** Clicks places until something is there: a label may lie over the first, and what lies under it is opened. */
  const clickUntil = async (what, places, seen) => {
    for (const place of places) {
      await clickAt(await place());
      const found = await page.waitForSelector(`${seen}, ${id("unit-card")}`, { timeout: patience_ms / 6 }).catch(() => null);
      if (await found?.evaluate((found, seen) => found.matches(seen), seen)) return;
      await shot(`missed-${what.replaceAll(" ", "-")}`);
      if (found) await page.keyboard.press("Escape");
    }
    assert.fail(`never happened: ${what}`);
  };
  const cordon = async () => api(`/v1/cordons/${await page.evaluate(() => window.citygate.looked())}`);

  // What the panel asks for plans, and what it is answered: kept, so that nothing is missed between two looks.
  const asks = [];
  page.on("response", async (response) => {
    if (response.url().endsWith("/v1/cordons/plan")) asks.push({ asked: response.request().postDataJSON(), answer: response.ok() ? await response.json().catch(() => null) : null });
  });
  /** The first answer since there were so many, to a question that is like this. */
  const answerTo = async (what, since, test) => {
    for (const end = Date.now() + patience_ms; ; await page.waitForEvent("response", { timeout: patience_ms })) {
      const found = asks.slice(since).find(({ asked, answer }) => answer && test(asked));
      if (found) return found.answer;
      assert(Date.now() < end, `never asked and answered: ${what}; ${JSON.stringify(asks.at(-1)?.asked)}`);
    }
  };
  const seenAgo = async (text, s) => {
    const since = asks.length;
    await page.fill(id("seen-ago"), text);
    await page.keyboard.press("Enter");
    return answerTo(`seen ${text} ago`, since, ({ starts }) => Math.abs(starts[0].seen_s_ago - s) < 60);
  };

  await lay();
  await order();
  await unitCard();
  await dragTooLate();
  await sighting();
  await endAtOnce();
  await standing();

  async function lay() {
    await page.keyboard.press("c");
    await page.waitForSelector(id("lay-hint"));
    await wholeCity();
    await clickUntil("he was seen in town", [0, 200, -200, 400].map((m) => () => onRoad(m, m)), id("seen-ago"));
    await page.click(`${id("lay-protect")} button:nth-child(2)`);
    await page.fill(id("lay-radius"), "500");
    // He is out already: that is proved, said and drawn; and what can be done all the same, where the server says so.
    const out = await seenAgo("60:00", 3_600);
    assert(out.impossible, "who was seen an hour ago is not within 500 m");
    await page.waitForSelector(id("impossible"));
    if (out.partial?.guards.length) await page.waitForSelector(`${id("partial")} ${id("leaks")} li`);
    else assert.equal(await page.$(id("partial")), null);
    await until("the way out in words", () => document.querySelector("[data-testid=impossible]")?.textContent.includes("→"));
    await shot("cordon-impossible-dark-en");
    await page.fill(id("lay-radius"), "3000");

    // Two places, and rings: each is asked of the server.
    await seenAgo("0:30", 30);
    await page.click(`${id("lay-more")} summary`);
    await page.click(id("start-add"));
    await clickUntil("another place", [300, -300, 500].map((m) => () => onRoad(m, -m)), id("starts"));
    await count("start", 2);
    await page.fill(id("start-ago"), "0:20");
    await page.keyboard.press("Enter");
    await answerTo("two places", 0, ({ starts }) => starts.length === 2 && starts[1].seen_s_ago < starts[0].seen_s_ago);
    await page.click(`${id("lay-rings")} button:nth-child(2)`);
    await page.click(`${id("lay-strength-1")} button:nth-child(2)`);
    await page.click(`${id("lay-wide")} button:nth-child(2)`);
    await page.click(`${id("lay-kinds")} button:nth-child(4)`);
    await page.selectOption(id("lay-orgs"), { index: 1 });
    for (const [field, value] of [["lay-reserve", "1"], ["lay-faster", "1.5"], ["lay-set-up", "10"]]) {
      await page.fill(id(field), value);
      await page.keyboard.press("Tab");
    }
    await page.click(`${id("lay-urgent")} button:nth-child(2)`);
    await answerTo("all that may be asked", 0, (asked) => asked.rings === 2 && asked.strength?.[0] === 2 && asked.wide === 2 && asked.reserve === 1 && asked.kinds?.length === 3
      && asked.faster === 1.5 && asked.set_up_s === 10 && asked.urgent === false && asked.orgs?.length === 1);
    await shot("cordon-more-dark-en");
    // Back to what is usual. One ring: behind another, who is late at a gate lets nobody out.
    await page.click(`${id("lay-rings")} button:nth-child(1)`);
    await page.click(id("org-drop"));
    await page.click(`${id("lay-urgent")} button:nth-child(1)`);
    await page.click(`${id("lay-kinds")} button:nth-child(4)`);
    await page.click(`${id("lay-wide")} button:nth-child(1)`);
    await page.click(`${id("lay-strength-1")} button:nth-child(1)`);
    for (const [field, value] of [["lay-reserve", "0"], ["lay-faster", ""], ["lay-set-up", "30"]]) {
      await page.fill(id(field), value);
      await page.keyboard.press("Tab");
    }
    await page.fill(id("lay-name"), "Qinghe");
    await page.click(`${id("start")}:last-child ${id("start-forget")}`);
    await page.waitForSelector(id("starts"), { state: "detached" });
    say("a cordon asked for in all its words");
  }

  /** Units go on while it is ordered: where one was sent elsewhere meanwhile, or there was too little time, plans are made again. */
  async function order() {
    for (let n = 0; !(await page.$(id("cordon-run"))); n++) {
      assert(n < TRIES, `a cordon was ordered: ${await page.textContent(".right")}`);
      // He goes on, too: on a machine that is slow he would be out by and by.
      await seenAgo("0:30", 30);
      await page.waitForSelector(`${id("plan")}, ${id("no-plan")} button:enabled, ${id("impossible")}`);
      if (!(await page.$(id("plan")))) {
        const since = asks.length;
        if (!(await press(`${id("no-plan")} button`))) continue;
        if (!(await answerTo("a long search", since, ({ budget_ms }) => budget_ms > 1_000)).plans.length) continue;
      }
      await page.waitForSelector(id("plan"));
      await shot("cordon-plans-dark-en");
      // A plan that is renewed meanwhile may be gone.
      if (!(await press(id("plan"))) || !(await press(`${id("cordon-order")}:enabled`))) continue;
      await page.waitForSelector(`${id("cordon-run")}, .chosen-plan .problem`);
    }
    await until("gates with their units", () => {
      const rows = [...document.querySelectorAll("[data-testid=gate-row]")];
      return rows.length > 3 && rows.every(({ dataset }) => ["coming", "held", "late", "lost"].includes(dataset.state));
    });
    assert.match(await page.textContent(id("cordon-run")), /Qinghe/);
    assert(Number(await page.getAttribute(id("ring-of-cordon"), "data-asked")) > 3);
    await shot("cordon-running-dark-en");
    say("a plan ordered");
  }

  /** The unit's card names its cordon, and leads back to it. */
  async function unitCard() {
    await page.click(`${id("gate-row")} button`);
    await page.waitForSelector(id("relief"));
    await page.click(`${id("gate-picked")} ${id("gate-unit")}`);
    assert.match(await page.textContent(id("order-cordon")), /Qinghe/);
    await page.click(id("order-cordon"));
    await page.waitForSelector(id("cordon-run"));
    // The gate is picked, unless another holds it meanwhile.
    await unpickAll();
  }

  /** Of these units those that can be seen where no gate is. */
  async function onScreen(ids) {
    const { gates } = await cordon(), box = await map.boundingBox();
    return page.evaluate(([ids, gates, box, px]) => ids.filter((id) => {
      const at = window.citygate.unitPosition(id);
      const inside = at && at.x > 20 && at.y > 20 && at.x < box.width - 20 && at.y < box.height - 20;
      return inside && gates.every(({ at: gate }) => {
        const [x, y] = window.citygate.project(gate.lon, gate.lat);
        return Math.hypot(x - at.x, y - at.y) > px;
      });
    }), [ids, gates, box, GATE_PX]);
  }

  /** Free cars, those that are first at a gate first. */
  async function nearest({ at }) {
    const { units } = await api(`/v1/nearest?lat=${at.lat}&lon=${at.lon}&k=20&status=available&kind=patrol_car&by=eta`);
    return onScreen(units.map(({ id }) => id));
  }

  /** Free cars, those that are farthest from a gate first. */
  async function farthest({ at }) {
    const { features } = await api("/v1/units?kind=patrol_car&status=available&limit=1000");
    const far = ({ geometry }) => (geometry ? Math.hypot(geometry.coordinates[0] - at.lon, geometry.coordinates[1] - at.lat) : 0);
    return onScreen(features.sort((a, b) => far(b) - far(a)).map(({ id }) => id));
  }

  /** Drags a unit to a gate; whether somebody is offered there now. */
  async function dragTo(unit, gate) {
    const to = await still(gate.at), box = await map.boundingBox();
    const from = await page.evaluate((unit) => window.citygate.unitPosition(unit), unit);
    if (!from) return false;
    await page.mouse.move(box.x + from.x, box.y + from.y);
    await page.mouse.down();
    await page.mouse.move((box.x + from.x + to.x) / 2, (box.y + from.y + to.y) / 2);
    await page.mouse.move(to.x, to.y);
    await page.mouse.up();
    return page.waitForSelector(id("relieve-chosen"), { timeout: patience_ms / 10 }).then(() => true, () => false);
  }

  /** Who is far from where there is no time is refused in words. */
  async function dragTooLate() {
    for (let n = 0, tried = []; ; n++) {
      assert(n < TRIES, `a unit dragged was refused: ${tried.join("; ")}`);
      const { gates } = await cordon();
      const gate = gates.filter(({ slack_s }) => slack_s !== null).sort((a, b) => a.slack_s - b.slack_s)[n % 3];
      assert(gate, "gates that he could come to");
      const unit = (await farthest(gate))[n % 5];
      if (!unit || !(await dragTo(unit, gate))) {
        tried.push(unit ? `${unit} was not offered for ${gate.junction}` : "nobody in view");
        await unpickAll();
        continue;
      }
      await page.click(id("relieve-chosen"));
      // Who is in time after all is taken.
      await page.waitForSelector(`${id("gate-picked")} .problem, ${id("cordon-end")}`);
      const isLeak = await page.$(id("leak-refusal"));
      if (isLeak) {
        assert.match(await page.textContent(id("leak-refusal")), /Refused: it would leak.*(the first unit in|no unit can get there)/s);
        await shot("cordon-refused-dark-en");
      }
      else tried.push(`${unit}: ${await page.textContent(`${id("gate-picked")} .problem, ${id("cordon-end")}`)}`);
      await unpickAll();
      if (isLeak) break;
    }
    say("a unit dragged to a gate refused in words");
  }

  /** Where nobody is sought, whoever is dragged to a gate is taken. */
  async function dragTaken() {
    for (let n = 0, taken = false; !taken; n++) {
      assert(n < TRIES, "a unit dragged was taken");
      const { gates } = await cordon();
      const gate = gates[n % gates.length], unit = (await nearest(gate))[n % 5];
      if (!unit || !(await dragTo(unit, gate))) {
        await unpickAll();
        continue;
      }
      await page.click(id("relieve-chosen"));
      const after = await page.waitForSelector(`${id("gate-picked")} .problem, ${id("cordon-end")}`);
      taken = (await after.getAttribute("data-testid")) === "cordon-end";
      if (taken) assert((await cordon()).gates.some(({ unit: now, junction }) => now === unit && junction === gate.junction), "it holds the gate");
      else await unpickAll();
    }
    say("a unit dragged to a gate taken");
  }

  /** Back to the cordon, with no gate picked; a unit's card may lie over it. */
  async function unpickAll() {
    for (const over of ["unit-card", "gate-picked", "gate-picked"]) if (await page.$(id(over))) await page.keyboard.press("Escape");
    await page.waitForSelector(id("gate-picked"), { state: "detached" });
    await page.waitForSelector(id("cordon-run"));
  }

  /** He is seen beyond a gate: it leaks, is red, said and heard. */
  async function sighting() {
    const { gates } = await cordon();
    const east = gates.reduce((a, b) => (b.at.lon > a.at.lon ? b : a));
    await clickUntil("a sighting", [1_200, 1_600, 900, 2_000].map((m) => () => onRoad(m, 0, east.at)), id("sighting"));
    await page.click(`${id("sighting")} ${id("sighting-later")}`);
    for (let n = 0; await page.$(id("sighting")); n++) {
      assert(n < TRIES, "a sighting was told");
      await page.click(id("sighting-tell"));
      // Told, or why not.
      const after = await page.waitForSelector(`${id("sighting")} .problem, ${id("cordon-end")}`).catch(() => null);
      if ((await after?.getAttribute("data-testid")) !== "cordon-end") say(`not told: ${(await after?.textContent()) ?? "no answer"}`);
    }
    await page.waitForSelector(id("leak-banner"));
    await page.waitForSelector(`${id("cordon-run")}[data-holds=false] ${id("leaks")} li`);
    assert.match(await page.textContent(id("leak-banner")), /suspect|seen|out|late|hold/i);
    await until("the leak heard", () => window.citygate.stats().sounded.leak > 0);
    await shot("cordon-leak-dark-en");
    say("a sighting outside leaks, seen and heard");
  }

  /** A gate loses its unit: another is offered, and sent. */
  async function replacement() {
    const { gates: [gate] } = await cordon();
    await api(`/v1/units/${gate.unit}`, { method: "PATCH", headers: { "content-type": "application/json" }, body: JSON.stringify({ status: "out_of_service" }) });
    const row = `${id("gate-row")}[data-junction="${gate.junction}"]`;
    await page.waitForSelector(`${row}[data-state=lost]`);
    await shot("cordon-late-dark-en");
    for (let n = 0; !(await page.$(`${row}:not([data-state=lost])`)); n++) {
      assert(n < TRIES, `a replacement was sent: ${await page.textContent(".right")}`);
      // Another may be nearest by now: then it is offered anew.
      if (await press(id("relieve"))) await page.waitForSelector(`.acts .problem, ${row}:not([data-state=lost])`);
    }
    assert((await cordon()).gates.every(({ unit }) => unit !== gate.unit), "it is relieved");
    say("a lost gate's replacement sent");
  }

  async function endAtOnce() {
    await page.click(id("cordon-end"));
    await until("the named button has the focus", () => document.activeElement?.dataset.testid === "end-now");
    await page.keyboard.press("Enter");
    await page.waitForSelector(`${id("cordon-run")}[data-state=ended]`);
    await page.keyboard.press("Escape");
    say("a cordon ended");
  }

  /** Three gates of one's own: made on the map, closed, taken away one by one, deleted. */
  async function standing() {
    await page.keyboard.press("g");
    await page.waitForSelector(`${id("gate-plan")}[data-plan=city-gates]`);
    await page.click(id("gates-new"));
    await page.waitForSelector(id("gates-making"));
    for (const [n, [east_m, north_m]] of [[-600, 0], [600, 300], [0, -700], [900, 900]].entries()) {
      await clickAt(await onRoad(east_m, north_m));
      await until(`${n + 1} gates`, (n) => document.querySelector("[data-testid=gates-save]")?.textContent.includes(String(n)), n + 1);
    }
    await page.click(id("gates-undo"));
    await page.fill(id("gates-name"), "Market");
    await page.click(id("gates-save"));
    await count("gate-plan", 2);
    await shot("gates-dark-en");
    await page.click(`${id("gates-run")}:enabled`);
    await page.waitForSelector(id("cordon-run"));
    await count("gate-row", 3);
    await dragTaken();
    await replacement();
    await page.click(id("cordon-end"));
    await page.click(id("end-slowly"));
    await page.waitForSelector(`${id("cordon-run")}[data-state=opening]`);
    const { gates } = await cordon();
    for (const { junction } of gates) {
      await page.click(`${id("gate-row")}[data-junction="${junction}"] button`);
      await page.click(id("release"));
      await page.waitForSelector(id("gate-picked"), { state: "detached" });
    }
    await page.waitForSelector(`${id("cordon-run")}[data-state=ended]`);
    await page.keyboard.press("Escape");
    await page.keyboard.press("g");
    await count("gate-plan", 2);
    await page.click(id("plan-delete"));
    await count("gate-plan", 1);
    await page.keyboard.press("Escape");
    await page.keyboard.press("0");
    say("gates of one's own closed, opened one by one, and deleted");
  }
}
