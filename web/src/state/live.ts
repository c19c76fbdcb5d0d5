// The wall's live side: the store, the stream that fills it, and the signals that tell of both.
import { batch, signal } from "@preact/signals";
import { getCity, getHealth, ApiError } from "../api/client";
import type { Room } from "../api/rooms";
import { ServerClock } from "../stream/clock";
import { StreamClient, type StreamView } from "../stream/client";
import { decodeTotals, decodeUnits, hasBlocks, type FrameHeader } from "../stream/decode";
import type { TextMessage } from "../stream/messages";
import { Density } from "../units/density";
import { UnitStore } from "../units/store";
import { ZONE_LAYERS } from "../words";
import { city, cityProblem, follow, selected } from "./app";
import { renewClosures } from "./closures";
import {
  attempts, behind_ms, BEHIND_STEP_MS, conn, connState, frozen_ms, httpAnswers, journalTrouble, now_ms, recovered_ms, RECOVERED_SHOWN_MS, retryAt_ms,
} from "./connection";
import { renewCordons } from "./cordon/running";
import { counts, countTotals, countUnits } from "./counts";
import { addToFeed, alarmSince, feedRow, type UnitEvent } from "./feed";
import { renewOrders, tell } from "./orders";
import { lookForNewer } from "./version";
import { renewSession } from "./session";
import { timed } from "./spent";

/** After a break, a unit that still has not reported is shown by its age alone. */
const WAIT_FOR_FIX_MS = 30_000;
const CHECK_MS = 5_000;

export const store = new UnitStore();
export const density = new Density();
export const clock = new ServerClock();
/** ids of the units in alarm */
export const alarms = signal<readonly string[]>([]);
/** `shown_ms`: the server's time of what is shown */
export const stats = { frames: 0, deltas: 0, records: 0, lastSeq: -1, shown_ms: 0 };

const unitListeners = new Set<() => void>();
const zoneListeners = new Set<(layer: string) => void>();
/** Calls back after each change of any unit's place or look. */
export const onUnits = (f: () => void): void => void unitListeners.add(f);
/** Calls back with the name of a zone layer that was edited. */
export const onZones = (f: (layer: string) => void): void => void zoneListeners.add(f);
const roomListeners = new Set<(room: Room | null) => void>();
/** Calls back with the room that was changed; with null when it is to be fetched again. */
export const onRoom = (f: (room: Room | null) => void): void => void roomListeners.add(f);
export const unitsChanged = (): void => unitListeners.forEach((f) => f());

let open = false;
let started = false;
/** when the socket was lost; null before the first loss */
let closedAt_ms: number | null = null;
let brokeAt_ms: number | null = null;

function frame(header: FrameHeader, buffer: ArrayBuffer): void {
  clock.note(header.server_time_ms, Date.now());
  const now = performance.now();
  const whole = header.kind === "snapshot" || header.kind === "totals";
  if (whole) started = true;
  else stats.deltas += 1;
  stats.frames += 1;
  stats.lastSeq = header.seq;
  if (header.kind === "totals" || header.kind === "totals_delta") {
    if (whole) store.beginFrame(true);
    if (whole) density.clear();
    decodeTotals(buffer, (lat, lon, totals) => density.set(lat, lon, totals));
  } else {
    if (whole) density.clear();
    store.beginFrame(whole);
    const { server_time_ms } = header;
    decodeUnits(buffer, (record) => {
      stats.records += 1;
      store.apply(record, server_time_ms, now);
    }, (no) => store.left(no));
  }
  frozen_ms.value = stats.shown_ms = header.server_time_ms;
  if (whole) {
    second();
    // It stands for notices that were missed, too.
    renewClosures();
    renewOrders();
    renewCordons();
    roomListeners.forEach((f) => f(null));
  }
  if (hasBlocks(buffer) || whole) unitsChanged();
}

function recover(server_ms: number): void {
  recovered_ms.value = server_ms - (brokeAt_ms ?? server_ms);
  brokeAt_ms = null;
  setTimeout(() => (recovered_ms.value = null), RECOVERED_SHOWN_MS);
  setTimeout(() => {
    if (brokeAt_ms !== null) return;
    store.release();
    unitsChanged();
  }, WAIT_FOR_FIX_MS);
}

function text(message: TextMessage): void {
  switch (message.type) {
    case "hello":
      clock.note(Date.parse(message.server_time), Date.now());
      clock.answered(Date.parse(message.server_time), stream.begun_ms);
      break;
    case "roster":
      store.addRoster(message.units);
      unitsChanged();
      break;
    case "events":
      events(message.events.filter((event) => event.type !== "order" && event.type !== "cordon" && event.type !== "room"));
      for (const event of message.events) {
        if (event.type === "order") tell(event.order);
        if (event.type === "room") roomListeners.forEach((f) => f(event.room));
      }
      if (message.events.some(({ type }) => type === "cordon")) renewCordons();
      break;
    case "zones":
      zoneListeners.forEach((f) => f(message.layer));
      break;
    case "closures":
      renewClosures();
      break;
    case "error":
      console.warn("stream:", message.problem);
      break;
  }
}

function events(list: UnitEvent[]): void {
  const rows = list.map((event) => {
    const slot = store.slot(event.unit);
    const was = alarmSince.has(event.unit);
    const row = feedRow(event, (id) => (slot >= 0 && store.alarm[slot] === 1) || (follow.value && id === selected.value), was);
    if (event.type === "status") {
      if (event.alarm && !was) alarmSince.set(event.unit, Date.parse(event.at));
      if (!event.alarm) alarmSince.delete(event.unit);
    }
    return row;
  });
  addToFeed(rows.filter((row) => row !== null));
}

/** Renews all that runs by the second: ages, counts, alarms, the connection's state. */
function second(): void {
  const server_ms = clock.now();
  if (store.age(server_ms)) unitsChanged();
  if (performance.now() - store.epoch_ms > 3_600_000) {
    store.rebase(performance.now());
    unitsChanged();
  }
  const inAlarm: string[] = [];
  for (let slot = 0; slot < store.size; slot++) {
    const entry = store.roster[slot];
    if (store.here[slot] && store.alarm[slot] && entry) inAlarm.push(entry.id);
  }
  batch(() => {
    now_ms.value = server_ms;
    counts.value = density.isShown ? countTotals(density.all()) : countUnits(store);
    if (inAlarm.join() !== alarms.value.join()) alarms.value = inAlarm;
  });
}

function watch(): void {
  const behind = frozen_ms.value === null ? 0 : clock.now() - frozen_ms.value;
  const before = conn.value;
  const state = connState({ started, open, behind_ms: behind, closed_ms: open || closedAt_ms === null ? 0 : performance.now() - closedAt_ms });
  behind_ms.value = Math.ceil(Math.max(0, behind) / BEHIND_STEP_MS) * BEHIND_STEP_MS;
  conn.value = state;
  if (before === "offline" && state !== "offline" && brokeAt_ms !== null) recover(clock.now());
  if (state !== "offline" || before === "offline") return;
  if (started) brokeAt_ms = frozen_ms.value;
  httpAnswers.value = null;
  store.hold();
  unitsChanged();
}

const stream = new StreamClient({
  opened() {
    open = true;
    retryAt_ms.value = 0;
  },
  otherRun(isFirst) {
    store.newConnection();
    if (!isFirst) void lookForNewer();
  },
  text,
  frame(header, buffer) {
    attempts.value = 0;
    timed("take_ms", () => frame(header, buffer));
  },
  closed(attempt, retry_ms) {
    if (open || closedAt_ms === null) closedAt_ms = performance.now();
    open = false;
    attempts.value = attempt;
    retryAt_ms.value = performance.now() + retry_ms;
    // A socket does not say why it was refused.
    void renewSession();
  },
}, ZONE_LAYERS);

/** What the map shows: the stream shows no more than is to be seen. */
export const look = (view: StreamView): void => stream.look(view);

/** In which room this wall is. */
export const joinRoom = (room: string | null): void => stream.join(room);

export function reconnect(): void {
  retryAt_ms.value = 0;
  stream.connect();
}

export async function loadCity(): Promise<void> {
  cityProblem.value = null;
  try {
    const got = await getCity();
    store.setCity(got.center, got.thresholds);
    city.value = got;
    stream.connect();
  } catch (error) {
    cityProblem.value = error instanceof ApiError ? error.problem : { title: String(error) };
    setTimeout(loadCity, CHECK_MS); // a wall switched on before its server comes up by itself
  }
}

async function check(): Promise<void> {
  const sent_ms = Date.now(), health = await getHealth();
  if (health) clock.answered(Date.parse(health.server_time), sent_ms);
  if (conn.value === "offline") httpAnswers.value = health !== null;
  journalTrouble.value = health?.journal ?? null;
}

export function startLive(): void {
  setInterval(() => timed("second_ms", second), 1_000);
  setInterval(watch, BEHIND_STEP_MS);
  setInterval(check, CHECK_MS);
  void check();
  void renewSession();
  void loadCity();
}
