// Walls in step: the walls of a room show what one of them, its director, shows. It sends where it looks and what is open, as a link has
// it; theme and language stay each wall's own.
import { computed, effect, signal, untracked } from "@preact/signals";
import { ApiError } from "../api/client";
import { getRoom, leaveRoom, putRoom, type Room } from "../api/rooms";
import { t } from "../i18n";
import { now_ms } from "./connection";
import type { Camera } from "./link";
import { joinRoom, onRoom } from "./live";
import { query } from "./memory";
import { tell } from "./note";
import { forgetView, showView, viewNow } from "./permalink";
import { session } from "./session";

/** As the server reads names of rooms. */
const NAME = /^[A-Za-z0-9._:-]{1,32}$/;
export const isRoom = (name: string): boolean => NAME.test(name);

/** What changes is sent at most so often, and again after this long though nothing changes: who directs is heard. */
const STEP_MS = 100;
const BEAT_MS = 10_000;
/** A director of whom nothing was heard for so long is silent. */
const SILENT_MS = 30_000;

/** This wall, while the page lives. */
const wall = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const asked = query("room");
/** `?room=hall` starts in it */
export const room = signal<string | null>(asked && isRoom(asked) ? asked : null);
export const directing = signal(false);
/** the form in which a room is named */
export const roomOpen = signal(false);
/** the room as it was heard of last */
export const heard = signal<Room | null>(null);
/** where the director looks; null before it was heard */
export const steered = signal<Camera | null>(null);

export const mayDirect = computed(() => session.value?.may.includes("direct") ?? false);
/** Whether somebody directs and was heard of lately. */
export const isLed = computed(() => heard.value?.wall != null && !isSilent.value);
export const isSilent = computed(() => heard.value?.wall != null && heard.value.at !== null && now_ms.value - Date.parse(heard.value.at) > SILENT_MS);

export function join(name: string | null): void {
  stopDirecting();
  heard.value = null;
  forgetView();
  room.value = name;
  const url = new URL(location.href);
  if (name) url.searchParams.set("room", name);
  else url.searchParams.delete("room");
  history.replaceState(history.state, "", url);
}

/** Opens or shuts the form; a wall that is in a room says so all the time. */
export function toggleRoom(): void {
  roomOpen.value = !roomOpen.value && !room.value;
}

/** From now on the others show what this wall shows, whoever directed before. */
export function direct(): void {
  taking = true;
  directing.value = true;
}

export function stopDirecting(): void {
  if (directing.value && room.value) void leaveRoom(room.value, wall).catch(() => null);
  directing.value = false;
}

/** Somebody else directs now. */
function taken(by: string | null): void {
  if (!directing.value) return;
  directing.value = false;
  tell(t("room_taken", { name: by ?? t("room_somebody") }));
}

function hear(got: Room): void {
  const known = heard.value;
  // An answer may come after newer news.
  if (got.room !== room.value || (known?.at && got.at && got.at < known.at)) return;
  heard.value = got;
  if (got.wall === wall) return;
  if (got.wall) taken(got.by);
  if (got.view === null || directing.value) return;
  const camera = showView(got.view);
  if (camera) steered.value = camera;
}

let sending = false, again = false, taking = false;
async function send(): Promise<void> {
  const name = room.value;
  if (!name || !directing.value) return;
  if (sending) {
    again = true;
    return;
  }
  const take = taking;
  [sending, taking] = [true, false];
  try {
    await putRoom(name, { wall, view: untracked(viewNow), take });
  } catch (error) {
    const problem = error instanceof ApiError ? error.problem : null;
    // What did not get through goes with the next change or beat; what was refused does not.
    if (problem?.status === 409) taken(problem.value ? String(problem.value) : null);
    else if (problem?.status) {
      directing.value = false;
      tell(problem.detail ?? problem.title);
    }
  }
  setTimeout(() => {
    sending = false;
    if (again) {
      again = false;
      void send();
    }
  }, STEP_MS);
}

export function startRoom(): void {
  effect(() => joinRoom(room.value));
  effect(() => {
    if (!directing.value) return;
    void viewNow();
    void send();
  });
  setInterval(() => void send(), BEAT_MS);
  onRoom((got) => {
    const name = room.value;
    if (got) hear(got);
    else if (name) void getRoom(name).then(hear, () => null);
  });
  addEventListener("pagehide", stopDirecting);
}
