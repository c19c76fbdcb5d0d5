"use strict";
// The replay of a drill. Everything that it shows is in the file; the map is drawn on a canvas, so nothing is asked for.
(() => {
const { report, map } = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const WORDS = {
  zh: { brand: "城门", pill: "演练回放 · 不是实况", drill: "演练：", events: "条记录", recorded: "记录于", row: "方案与演练", whole: "全程", plan: "方案", done: "演练",
    late: "为何晚", none: "无人晚到。", better: "怎样更好", gates: "卡口", gate: "卡口", unit: "警力", held: "警力到", him: "嫌疑人到", slack: "余量", heldWord: "已封",
    order: "派警、警力", sight: "警情、线索", hold: "卡口已封", leak: "漏口、出圈", play: "播放", pause: "暂停", step: "10 秒", fit: "全图", zoomIn: "放大", zoomOut: "缩小",
    suspect: "嫌疑人", theme: { dark: "浅色", light: "深色" }, other: "English", synthetic: "合成数据", slider: "演练时间", speed: "播放速度", km: "公里", m: "米",
    ending: { stopped: "截停", out: "逃出", inside: "仍在圈内" }, by: "截停警力", near: "途中道路", flows: "撤封通行", map: "演练地图", never: "未到", at: "于" },
  en: { brand: "Citygate", pill: "Drill replay · not live", drill: "Drill: ", events: "events", recorded: "Recorded", row: "Plan and drill", whole: "whole run", plan: "Plan", done: "Drill",
    late: "Why late", none: "Nobody was late.", better: "What would have been better", gates: "Gates", gate: "Gate", unit: "Unit", held: "Unit in", him: "Suspect", slack: "Slack", heldWord: "held",
    order: "Order, unit", sight: "Report, sighting", hold: "Gate held", leak: "Leak, out of the ring", play: "Play", pause: "Pause", step: "10 s", fit: "Whole map", zoomIn: "Zoom in", zoomOut: "Zoom out",
    suspect: "Suspect", theme: { dark: "Light", light: "Dark" }, other: "中文", synthetic: "Synthetic data", slider: "Time of the drill", speed: "Speed", km: "km", m: "m",
    ending: { stopped: "Stopped", out: "Got out", inside: "Still inside" }, by: "stopped by", near: "on the road", flows: "traffic flows", map: "Map of the drill", never: "not there", at: "at" },
};
const KINDS = ["patrol_car", "armed_car", "motorcycle", "foot", "helicopter", "drone", "post", "volunteers"];
const SHAPES = {
  patrol_car: "M-5-8.5H5A3.5 3.5 0 0 1 8.5-5V5A3.5 3.5 0 0 1 5 8.5H-5A3.5 3.5 0 0 1-8.5 5V-5A3.5 3.5 0 0 1-5-8.5Z",
  armed_car: "M-5.4-9.4H5.4L10.8 0 5.4 9.4H-5.4L-10.8 0Z",
  motorcycle: "M0-10.6 10.6 0 0 10.6-10.6 0Z",
  foot: "M0-7.8A7.8 7.8 0 1 1 0 7.8 7.8 7.8 0 1 1 0-7.8Z",
  post: "M-8.5-9H8.5V.5C8.5 5.6 4.6 8.8 0 10.8-4.6 8.8-8.5 5.6-8.5.5Z",
};
for (const kind of KINDS) SHAPES[kind] = new Path2D(SHAPES[kind] ?? SHAPES.foot);
const STATUS = { available: "--st-available", assigned: "--st-assigned", en_route: "--st-enroute", on_scene: "--st-onscene" };
const RED = ["impossible", "leak", "passed", "broken", "out"], ROUND = ["reported", "sighting"], GOOD = ["stopped", "closed"];
const SPEEDS = [1, 4, 16];

let lang = (navigator.language || "zh").startsWith("zh") ? "zh" : "en";
const asked = new URLSearchParams(location.hash.slice(1));
if (WORDS[asked.get("lang")]) lang = asked.get("lang");
if (asked.get("theme") === "light") document.documentElement.dataset.theme = "light";
let now = 0, playing = false, speed = 4, last = 0;
const end = Math.max(report.lasts_s, report.outcome.at_s, 1);

// Words.
const two = (n) => String(n).padStart(2, "0");
const mss = (s) => { const n = Math.round(Math.abs(s)); return `${s < -0.5 ? "\u2212" : ""}${Math.floor(n / 60)}:${two(n % 60)}`; };
const signed = (s) => (s > -0.5 ? "+" : "") + mss(s);
const say = (name) => name[lang];
const el = (tag, text, name) => { const e = document.createElement(tag); if (text !== undefined) e.textContent = text; if (name) e.className = name; return e; };
const callsigns = new Map(report.units.map((unit) => [unit.id, unit.callsign]));
const signs = (ids) => ids.map((id) => callsigns.get(id) ?? id).join(lang === "zh" ? "、" : ", ");

// Where somebody is on a track: [s, longitude, latitude]; between two points one moves evenly, unless they are reports far apart.
function on(track, t, glides) {
  let low = 0, high = track.length;
  while (low < high) { const middle = (low + high) >> 1; if (track[middle][0] <= t) low = middle + 1; else high = middle; }
  const a = track[low - 1], b = track[low];
  if (!a) return b ? { lng: b[1], lat: b[2], moves: false, n: 0 } : null;
  const same = !b || (a[1] === b[1] && a[2] === b[2]) || (!glides && b[0] - a[0] > 10);
  const share = same || b[0] === a[0] ? 0 : (t - a[0]) / (b[0] - a[0]);
  const at = { lng: a[1] + (same ? 0 : (b[1] - a[1]) * share), lat: a[2] + (same ? 0 : (b[2] - a[2]) * share), moves: !same, n: low };
  if (!same) at.heading = Math.atan2((b[1] - a[1]) * Math.cos(a[2] * Math.PI / 180), b[2] - a[2]);
  return at;
}
function where(unit, t) {
  const first = unit.track[0];
  return first && t >= first[0] || !unit.patrol.length ? on(unit.track, t, true) : on(unit.patrol, t, false);
}
const since = (pairs, t, before) => { let value = before; for (const [s, is] of pairs) if (s <= t) value = is; return value; };

// The view: metres to pixels about a centre.
const canvas = $("map"), pen = canvas.getContext("2d"), ground = document.createElement("canvas"), under = ground.getContext("2d");
const M_PER_DEG = 111195, cosine = Math.cos(report.scene.lat * Math.PI / 180);
let view = { lng: 0, lat: 0, scale: 1 }, size = [1, 1], ratio = 1, stale = true;
const x = (lng) => size[0] / 2 + (lng - view.lng) * M_PER_DEG * cosine * view.scale;
const y = (lat) => size[1] / 2 - (lat - view.lat) * M_PER_DEG * view.scale;
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
let colours = {};
function palette() {
  colours = new Proxy({}, { get: (known, name) => known[name] ?? (known[name] = css(name)) });
}
function fit(box, space) {
  const [west, south, east, north] = box;
  const wide = Math.max((east - west) * M_PER_DEG * cosine, 600), high = Math.max((north - south) * M_PER_DEG, 600);
  view = { lng: (west + east) / 2, lat: (south + north) / 2, scale: Math.min(size[0] / wide, size[1] / high) * space };
  stale = true;
}
function scenery() {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const grow = (lng, lat) => { box[0] = Math.min(box[0], lng); box[1] = Math.min(box[1], lat); box[2] = Math.max(box[2], lng); box[3] = Math.max(box[3], lat); };
  report.suspect.track.forEach(([, lng, lat]) => grow(lng, lat));
  report.events.forEach((event) => event.kind === "sighting" && event.at && grow(event.at.lon, event.at.lat));
  return box;
}
function trace(context, line, close) {
  let lng = 0, lat = 0;
  for (let n = 0; n < line.length; n += 2) {
    lng += line[n]; lat += line[n + 1];
    if (n) context.lineTo(x(lng / 1e5), y(lat / 1e5)); else context.moveTo(x(lng / 1e5), y(lat / 1e5));
  }
  if (close) context.closePath();
}
function drawGround() {
  ground.width = canvas.width; ground.height = canvas.height;
  under.setTransform(ratio, 0, 0, ratio, 0, 0);
  under.fillStyle = colours["--map-city"]; under.fillRect(0, 0, ...size);
  for (const [areas, colour] of [[map.parks, "--map-park"], [map.water, "--map-water"]]) {
    under.beginPath(); areas.forEach((area) => trace(under, area, true)); under.fillStyle = colours[colour]; under.fill();
  }
  under.lineCap = under.lineJoin = "round";
  // Wide enough to be seen from afar, and as wide as roads are from near.
  const width = (metres, least) => Math.max(metres * view.scale, least);
  for (const [lines, colour, metres, least] of [[map.streets, "--road-m", 6, view.scale > 0.03 ? 1 : 0.5], [map.secondary, "--road-s", 10, 1.4], [map.arterial, "--road-a", 16, 2.2], [map.ring, "--road-ring", 22, 3]]) {
    under.beginPath(); lines.forEach((line) => trace(under, line)); under.strokeStyle = colours[colour]; under.lineWidth = width(metres, least); under.stroke();
  }
  stale = false;
}

// What moves.
const path = (points, from, to) => {
  pen.beginPath();
  let began = false;
  for (const [s, lng, lat] of points) {
    if (s < from || s > to) continue;
    if (began) pen.lineTo(x(lng), y(lat)); else { pen.moveTo(x(lng), y(lat)); began = true; }
  }
};
let labels = [];
const meets = (a, b) => a[0] < b[0] + b[2] && b[0] < a[0] + a[2] && a[1] < b[1] + b[3] && b[1] < a[1] + a[3];
function label(px, py, text, { back = colours["--bg-scrim"], ink = colours["--text-1"], edge = colours["--line-2"], must = false, off = 16 } = {}) {
  if (px < -20 || py < -20 || px > size[0] + 20 || py > size[1] + 20) return;
  pen.font = `600 14px ${css("--font-ui")}`;
  const w = pen.measureText(text).width + 16, h = 24;
  const places = [[px + off, py - h / 2], [px - off - w, py - h / 2], [px - w / 2, py + off], [px - w / 2, py - off - h]];
  const free = places.map(([a, b]) => [a, b, w, h]).find((box) => box[0] > 2 && box[0] + w < size[0] - 2 && !labels.some((other) => meets(box, other)));
  if (!free && !must) return;
  const box = free ?? [places[0][0], places[0][1], w, h];
  labels.push(box);
  pen.beginPath(); pen.roundRect(...box, 6); pen.fillStyle = back; pen.fill();
  if (edge) { pen.strokeStyle = edge; pen.lineWidth = 1; pen.stroke(); }
  pen.fillStyle = ink; pen.textBaseline = "middle"; pen.textAlign = "left"; pen.fillText(text, box[0] + 8, box[1] + h / 2 + 1);
}
const running = () => report.cordons.filter((cordon) => cordon.ordered_s <= now && !(cordon.ended_s !== null && cordon.ended_s <= now)).at(-1);
function stateOf(gate) {
  if (gate.passed_s !== null && gate.passed_s <= now) return "passed";
  if (gate.held_s !== null && gate.held_s <= now) return "held";
  return "closing";
}
function drawCordon(cordon) {
  if (cordon.inside.length < 3) return;
  pen.beginPath();
  cordon.inside.forEach(([lng, lat], n) => n ? pen.lineTo(x(lng), y(lat)) : pen.moveTo(x(lng), y(lat)));
  pen.closePath();
  pen.globalAlpha = 0.06; pen.fillStyle = colours["--ring-fill"]; pen.fill(); pen.globalAlpha = 1;
  pen.lineWidth = 6; pen.strokeStyle = colours["--map-halo"]; pen.stroke();
  pen.setLineDash([14, 7]); pen.lineWidth = 2.4; pen.strokeStyle = colours["--ring-line"]; pen.stroke(); pen.setLineDash([]);
}
function drawMayBe() {
  const known = report.may_be.find((part) => part.from_s <= now && now < part.until_s);
  if (!known) return;
  pen.beginPath();
  const { type, coordinates } = known.area;
  for (const ring of type === "Polygon" ? coordinates : coordinates.flat()) {
    ring.forEach(([lng, lat], n) => n ? pen.lineTo(x(lng), y(lat)) : pen.moveTo(x(lng), y(lat)));
    pen.closePath();
  }
  pen.globalAlpha = 0.1; pen.fillStyle = colours["--text-1"]; pen.fill("evenodd");
  pen.globalAlpha = 0.6; pen.strokeStyle = colours["--text-1"]; pen.lineWidth = 1.4; pen.setLineDash([1.5, 3]); pen.stroke(); pen.setLineDash([]); pen.globalAlpha = 1;
}
function drawGate(gate) {
  const state = stateOf(gate), px = x(gate.at.lon), py = y(gate.at.lat);
  const colour = { passed: colours["--alarm"], held: colours["--ok"], closing: colours["--st-enroute"] }[state];
  pen.save(); pen.translate(px, py); pen.rotate(gate.bearing_deg * Math.PI / 180);
  pen.lineCap = "butt";
  for (const [width, ink] of [[7, colours["--map-halo"]], [4, colour]]) {
    pen.strokeStyle = ink; pen.lineWidth = width; pen.beginPath();
    pen.moveTo(-8, -6); pen.lineTo(-8, 6); pen.moveTo(8, -6); pen.lineTo(8, 6);
    if (state === "held") { pen.moveTo(-8, 0); pen.lineTo(8, 0); } else { pen.moveTo(-8, 0); pen.lineTo(-3, 0); pen.moveTo(3, 0); pen.lineTo(8, 0); }
    if (state === "passed") { pen.moveTo(0, 8); pen.lineTo(0, -10); }
    pen.stroke();
  }
  pen.restore();
}
function gateLabel(gate) {
  const state = stateOf(gate), word = WORDS[lang];
  const text = state === "held" ? `${gate.label} ${word.heldWord}` : gate.slack_s === null ? gate.label : `${gate.label} ${signed(gate.slack_s)}`;
  const red = state === "passed";
  label(x(gate.at.lon), y(gate.at.lat), text, { ink: red ? colours["--alarm-text"] : state === "held" ? colours["--ok"] : colours["--text-1"], back: red ? colours["--alarm-bg"] : undefined, off: 14 });
}
function drawUnit(unit) {
  const at = where(unit, now);
  if (!at) return;
  const status = since(unit.statuses, now, "available"), px = x(at.lng), py = y(at.lat);
  if (px < -30 || py < -30 || px > size[0] + 30 || py > size[1] + 30) return;
  const busy = status !== "available", scale = busy ? (view.scale > 0.05 ? 1 : 0.8) : 0.6;
  const colour = colours[STATUS[status] ?? "--st-busy"];
  pen.save(); pen.translate(px, py); pen.scale(scale, scale);
  pen.lineWidth = 4; pen.strokeStyle = colours["--map-halo"]; pen.stroke(SHAPES[unit.kind]);
  if (status === "en_route" && at.moves) {
    pen.save(); pen.rotate(at.heading); pen.beginPath(); pen.moveTo(0, -20); pen.lineTo(5, -12); pen.lineTo(-5, -12); pen.closePath(); pen.fillStyle = colour; pen.fill(); pen.restore();
  }
  if (status === "assigned") {
    pen.fillStyle = colours["--map-halo"]; pen.fill(SHAPES[unit.kind]); pen.lineWidth = 2.4; pen.strokeStyle = colour; pen.stroke(SHAPES[unit.kind]);
    pen.beginPath(); pen.arc(0, 0, 3, 0, 7); pen.fillStyle = colour; pen.fill();
  } else {
    pen.globalAlpha = busy ? 1 : 0.75; pen.fillStyle = colour; pen.fill(SHAPES[unit.kind]); pen.globalAlpha = 1;
  }
  if (status === "on_scene") { pen.fillStyle = colour; pen.fillRect(-9, 12, 18, 3); }
  pen.restore();
  return { px, py, busy, callsign: unit.callsign };
}
function drawMap() {
  if (stale) drawGround();
  pen.setTransform(1, 0, 0, 1, 0, 0); pen.drawImage(ground, 0, 0);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  labels = []; pen.lineJoin = "round"; pen.lineCap = "round";
  const cordon = running(), him = on(report.suspect.track, now, true);
  drawMayBe();
  if (cordon) drawCordon(cordon);
  // Where units came from, and where they go.
  for (const unit of report.units) {
    const order = report.orders.find((order) => order.unit === unit.id && order.issued_s <= now && (order.ended_s === null || order.ended_s > now));
    if (!order) continue;
    const at = where(unit, now), arrives = order.arrives_s[1];
    path([...unit.track.filter(([s]) => s < now), [now, at.lng, at.lat]], order.issued_s, now);
    pen.strokeStyle = colours["--route"]; pen.globalAlpha = 0.75; pen.lineWidth = 2.5; pen.stroke(); pen.globalAlpha = 1;
    if (arrives > now) {
      path([[now, at.lng, at.lat], ...unit.track.filter(([s]) => s > now)], now, Math.min(arrives, order.ended_s ?? arrives));
      pen.setLineDash([2, 7]); pen.strokeStyle = colours["--text-3"]; pen.lineWidth = 2.5; pen.stroke(); pen.setLineDash([]);
    }
  }
  if (him) {
    path([...report.suspect.track.filter(([s]) => s < now), [now, him.lng, him.lat]], 0, now);
    pen.strokeStyle = colours["--map-halo"]; pen.lineWidth = 8; pen.stroke(); pen.strokeStyle = colours["--incident"]; pen.lineWidth = 4.5; pen.stroke();
  }
  const ring = (px, py, radius, width) => { pen.beginPath(); pen.arc(px, py, radius, 0, 7); pen.lineWidth = width; pen.strokeStyle = colours["--incident"]; pen.stroke(); };
  for (const event of report.events) {
    if (event.kind !== "sighting" || event.at_s > now) continue;
    pen.globalAlpha = 0.85; ring(x(event.at.lon), y(event.at.lat), 6, 2); pen.globalAlpha = 1;
  }
  if (cordon) cordon.gates.forEach(drawGate);
  const drawn = report.units.map(drawUnit).filter(Boolean);
  pin(x(report.scene.lon), y(report.scene.lat));
  if (him) suspect(him, ring);
  drawn.filter((unit) => unit.busy).forEach((unit) => label(unit.px, unit.py, unit.callsign));
  if (cordon) cordon.gates.forEach(gateLabel);
  scaleBar();
}
function pin(px, py) {
  pen.beginPath(); pen.arc(px, py - 22, 13, 0, 7); pen.moveTo(px - 8, py - 13); pen.lineTo(px, py); pen.lineTo(px + 8, py - 13);
  pen.lineWidth = 3; pen.strokeStyle = colours["--map-halo"]; pen.stroke(); pen.fillStyle = colours["--incident"]; pen.fill();
  pen.font = `700 15px ${css("--font-ui")}`; pen.fillStyle = colours["--incident-ink"]; pen.textAlign = "center"; pen.textBaseline = "middle"; pen.fillText("1", px, py - 21);
  labels.push([px - 14, py - 36, 28, 38]);
}
function suspect(him, ring) {
  const px = x(him.lng), py = y(him.lat);
  pen.beginPath(); pen.arc(px, py, 9, 0, 7); pen.fillStyle = colours["--map-halo"]; pen.fill();
  ring(px, py, 8, 3.5); ring(px, py, 15, 1.5);
  const over = now >= report.outcome.at_s ? ` ${WORDS[lang].ending[report.outcome.ending]}` : "";
  label(px, py, `${WORDS[lang].suspect} ${mss(Math.min(now, report.outcome.at_s))}${over}`, { back: colours["--incident"], ink: colours["--incident-ink"], edge: null, must: true, off: 22 });
}
function scaleBar() {
  const metres = [100, 200, 500, 1000, 2000, 5000, 10000].find((m) => m * view.scale > 90) ?? 20000, w = metres * view.scale, bottom = size[1] - 16;
  pen.strokeStyle = colours["--text-2"]; pen.lineWidth = 2; pen.lineCap = "butt"; pen.beginPath();
  pen.moveTo(16, bottom - 8); pen.lineTo(16, bottom); pen.lineTo(16 + w, bottom); pen.lineTo(16 + w, bottom - 8); pen.stroke();
  pen.font = `500 14px ${css("--font-ui")}`; pen.fillStyle = colours["--text-2"]; pen.textAlign = "center"; pen.textBaseline = "alphabetic";
  pen.fillText(metres < 1000 ? `${metres} ${WORDS[lang].m}` : `${metres / 1000} ${WORDS[lang].km}`, 16 + w / 2, bottom - 12);
}

// Lists, table, time line: made once for a language, marked as time goes.
let rows = [];
function build() {
  const word = WORDS[lang], text = (id, value) => { $(id).textContent = value; };
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  document.title = `${say(report.name)} · ${word.pill} · ${word.brand}`;
  text("brand", word.brand); text("city", say(report.city)); text("pill", word.pill); text("recorded", word.recorded); text("language", word.other);
  text("theme", word.theme[document.documentElement.dataset.theme] ?? word.theme.dark);
  text("name", word.drill + say(report.name)); text("count", `${report.events.length} ${word.events}`); text("summary", say(report.summary));
  text("rows-title", word.row); text("rows-meta", word.whole); text("plan", word.plan); text("drill", word.done);
  text("late-title", word.late); text("better-title", word.better); text("gates-title", word.gates);
  text("gate-name", word.gate); text("gate-unit", word.unit); text("gate-held", word.held); text("gate-him", word.him); text("gate-slack", word.slack);
  text("key-play", word.play); text("key-step", word.step); text("key-whole", word.fit); text("notice", word.synthetic); $("notice").title = say(report.notice);
  for (const [id, name] of [["in", "zoomIn"], ["out", "zoomOut"], ["whole", "fit"], ["slider", "slider"], ["speeds", "speed"], ["map", "map"]]) $(id).setAttribute("aria-label", word[name]);
  const outcome = report.outcome, at = $("outcome");
  at.textContent = `${word.ending[outcome.ending]} ${mss(outcome.at_s)}`; at.className = outcome.ending === "out" ? "is-bad" : outcome.ending === "stopped" ? "is-good" : "";
  const flows = outcome.flows_again_s === null ? "" : lang === "zh" ? `；${word.flows} ${mss(outcome.flows_again_s)}` : `; ${word.flows} at ${mss(outcome.flows_again_s)}`;
  text("by", (outcome.by.length ? (lang === "zh" ? `${say(outcome.place)}，${signs(outcome.by)}` : `${say(outcome.place)}, by ${signs(outcome.by)}`) : say(outcome.place)) + flows + (lang === "zh" ? "。" : "."));
  $("rows").replaceChildren(...report.rows.map((row) => {
    const show = (value) => value === null ? "\u2013" : row.is_time ? mss(value) : String(value);
    const line = el("tr", undefined, row.good ? "" : "is-bad");
    line.append(el("td", say(row.what)), el("td", show(row.plan)), el("td", (row.good ? "" : "\u25bc ") + show(row.drill)));
    return line;
  }));
  $("late").replaceChildren(...(report.late.length ? report.late.slice(0, 3).map((late) => el("li", say(late.why))) : [el("li", word.none)]));
  $("better").replaceChildren(...report.better.map((sentence) => el("li", say(sentence))));
  rows = report.events.map((event) => {
    const item = el("li"), button = el("button"), words = el("span");
    const tone = RED.includes(event.kind) ? " is-red" : GOOD.includes(event.kind) ? " is-ok" : "";
    words.append(el("span", say(event.title), tone.trim()), el("span", say(event.detail), `detail${event.late_s === null ? "" : " is-late"}`));
    button.type = "button"; button.append(el("time", mss(event.at_s)), words);
    button.addEventListener("click", () => seek(event.at_s));
    item.append(button);
    return item;
  });
  $("events").replaceChildren(...rows);
  $("legend").replaceChildren(...[["", "order"], ["is-round", "sight"], ["is-held", "hold"], ["is-red", "leak"]].map(([shape, name]) => { const key = el("span"); key.append(el("i", undefined, shape), word[name]); return key; }));
  shown = null; paint();
}
function once() {
  $("slider").max = String(end);
  $("marks").replaceChildren(...report.events.filter((event) => event.kind !== "arrived" && event.kind !== "changed").map((event) => {
    const shape = RED.includes(event.kind) ? "is-red" : ROUND.includes(event.kind) ? "is-round" : event.kind === "held" || event.kind === "closed" ? "is-held" : event.kind === "stopped" ? "is-round is-end" : "";
    const mark = el("i", undefined, shape); mark.style.left = `${event.at_s / end * 100}%`; return mark;
  }));
  const step = [30, 60, 120, 300, 600, 900, 1800].find((s) => end / s <= 10) ?? 3600;
  const ticks = [];
  for (let s = 0; s <= end; s += step) { const tick = el("span", mss(s)); tick.style.left = `${s / end * 100}%`; ticks.push(tick); }
  $("ticks").replaceChildren(...ticks);
  $("speeds").replaceChildren(...SPEEDS.map((times) => { const button = el("button", `${times}×`); button.type = "button"; button.addEventListener("click", () => { speed = times; paint(); }); return button; }));
}
let shown = null;
function gates() {
  const cordon = running() ?? report.cordons.filter((cordon) => cordon.ordered_s <= now).at(-1), word = WORDS[lang];
  $("gates-part").hidden = !cordon;
  const key = cordon && `${report.cordons.indexOf(cordon)} ${cordon.gates.map(stateOf).join()} ${lang}`;
  if (key === shown) return;
  shown = key;
  if (!cordon) return;
  $("gates-meta").textContent = `${say(cordon.name)} ${cordon.gates.filter((gate) => stateOf(gate) === "held").length} / ${cordon.gates.length}`;
  $("gates").replaceChildren(...cordon.gates.map((gate) => {
    const state = stateOf(gate), tight = gate.slack_s !== null && gate.slack_s < 60;
    const line = el("tr", undefined, state === "held" ? "is-held" : state === "passed" ? "is-red" : tight ? "is-tight" : "");
    line.title = say(gate.place);
    line.append(el("td", gate.label), el("td", signs(gate.units)), el("td", state === "held" ? word.heldWord : mss(gate.planned_s)), el("td", gate.suspect_s === null ? "\u2013" : mss(gate.suspect_s)), el("td", gate.slack_s === null ? "\u2013" : signed(gate.slack_s)));
    return line;
  }));
}
let current = -2;
function paint() {
  const instant = new Date(Date.parse(report.begins) + (report.utc_offset_s + now) * 1000);
  $("clock").textContent = `${two(instant.getUTCHours())}:${two(instant.getUTCMinutes())}:${two(instant.getUTCSeconds())}`;
  $("date").textContent = lang === "zh" ? `${instant.getUTCMonth() + 1} 月 ${instant.getUTCDate()} 日` : instant.toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
  $("done").style.width = $("flag").style.left = `${now / end * 100}%`;
  $("flag").textContent = mss(now);
  $("slider").value = String(now); $("slider").setAttribute("aria-valuetext", mss(now));
  $("play").className = playing ? "is-playing" : ""; $("play").setAttribute("aria-label", playing ? WORDS[lang].pause : WORDS[lang].play);
  [...$("speeds").children].forEach((button, n) => button.setAttribute("aria-pressed", String(SPEEDS[n] === speed)));
  const at = report.events.findLastIndex((event) => event.at_s <= now + 0.01);
  rows.forEach((row, n) => { row.className = n === at ? "is-now" : n > at ? "is-next" : ""; });
  if (at !== current) { current = at; if (at < 0) $("left").scrollTop = 0; else rows[at].scrollIntoView({ block: "nearest" }); }
  gates(); drawMap();
}
function seek(t) { now = Math.min(Math.max(t, 0), end); paint(); }
function tick(time) {
  if (!playing) return;
  now = Math.min(now + Math.min(time - last, 250) / 1000 * speed, end); last = time;
  if (now >= end) playing = false;
  paint(); requestAnimationFrame(tick);
}
function toggle() {
  playing = !playing;
  if (playing) { if (now >= end) now = 0; last = performance.now(); requestAnimationFrame(tick); }
  paint();
}
function zoom(by, px = size[0] / 2, py = size[1] / 2) {
  const scale = Math.min(Math.max(view.scale * by, 0.004), 2), lng = view.lng + (px - size[0] / 2) / (M_PER_DEG * cosine * view.scale), lat = view.lat - (py - size[1] / 2) / (M_PER_DEG * view.scale);
  view = { scale, lng: lng - (px - size[0] / 2) / (M_PER_DEG * cosine * scale), lat: lat + (py - size[1] / 2) / (M_PER_DEG * scale) };
  stale = true; drawMap();
}
function whole() { fit(map.bbox, 0.86); drawMap(); }

$("play").addEventListener("click", toggle);
$("slider").addEventListener("input", () => seek(Number($("slider").value)));
$("in").addEventListener("click", () => zoom(1.5)); $("out").addEventListener("click", () => zoom(1 / 1.5)); $("whole").addEventListener("click", whole);
$("language").addEventListener("click", () => { lang = lang === "zh" ? "en" : "zh"; build(); });
$("theme").addEventListener("click", () => { const root = document.documentElement; root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark"; palette(); stale = true; build(); });
canvas.addEventListener("wheel", (event) => { event.preventDefault(); zoom(Math.exp(-event.deltaY / 400), event.offsetX, event.offsetY); }, { passive: false });
canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
canvas.addEventListener("pointermove", (event) => {
  if (!event.buttons) return;
  view.lng -= event.movementX / (M_PER_DEG * cosine * view.scale); view.lat += event.movementY / (M_PER_DEG * view.scale);
  stale = true; drawMap();
});
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const button = event.target.tagName === "BUTTON";
  if (event.key === " " && !button) { event.preventDefault(); toggle(); }
  if (event.key === "ArrowLeft") { event.preventDefault(); seek(now - 10); }
  if (event.key === "ArrowRight") { event.preventDefault(); seek(now + 10); }
  if (event.key === "0") whole();
});
let fitted = false;
new ResizeObserver(() => {
  ratio = devicePixelRatio || 1; size = [canvas.clientWidth || 1, canvas.clientHeight || 1];
  canvas.width = Math.round(size[0] * ratio); canvas.height = Math.round(size[1] * ratio); stale = true;
  if (!fitted) { fit(scenery(), 0.74); fitted = true; }
  drawMap();
}).observe(canvas);
palette(); once(); build();
if (asked.get("t")) seek(Number(asked.get("t")));
})();
