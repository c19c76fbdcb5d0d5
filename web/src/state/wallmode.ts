// A wall that nobody sits at: the whole screen, which does not go dark, without a pointer that nobody moves.
import { effect, signal } from "@preact/signals";
import { t } from "../i18n";
import { query } from "./memory";
import { tell } from "./note";

/** A pointer that has not moved for so long is not shown. */
export const STILL_MS = 5_000;

/** `?wall=1` starts in it; a browser gives the whole screen only when somebody acts, so with the first click or key. */
export const wallMode = signal(query("wall") === "1");

export function toggleWall(): void {
  if (wallMode.value) leave();
  else {
    wallMode.value = true;
    fillScreen();
  }
}

function leave(): void {
  wallMode.value = false;
  if (document.fullscreenElement) void document.exitFullscreen();
}

function fillScreen(): void {
  document.documentElement.requestFullscreen?.().catch(() => tell(t("wall_no_screen")));
}

let lock: WakeLockSentinel | null = null;

/** Held while the wall can be seen; a browser lets go of it when it cannot. */
async function keepAwake(): Promise<void> {
  if (!wallMode.value || document.visibilityState !== "visible" || (lock && !lock.released)) return;
  try {
    if (!navigator.wakeLock) throw new Error("no wake lock");
    const got = await navigator.wakeLock.request("screen");
    if (wallMode.value) lock = got;
    else void got.release();
  } catch {
    tell(t("wall_may_sleep"));
  }
}

export function startWallMode(): void {
  let timer = 0;
  const still = (is: boolean): void => void document.documentElement.classList.toggle("is-still", is);
  const moved = (): void => {
    clearTimeout(timer);
    still(false);
    if (wallMode.value) timer = window.setTimeout(still, STILL_MS, true);
  };
  addEventListener("pointermove", moved);
  addEventListener("pointerdown", moved);
  document.addEventListener("visibilitychange", () => void keepAwake());
  document.addEventListener("fullscreenchange", () => {
    if (!document.fullscreenElement) leave();
  });
  effect(() => {
    const on = wallMode.value;
    moved();
    if (on) void keepAwake();
    else {
      void lock?.release();
      lock = null;
    }
  });
  if (!wallMode.value) return;
  const first = new AbortController();
  for (const act of ["pointerdown", "keydown"]) {
    addEventListener(act, () => {
      first.abort();
      if (wallMode.value && !document.fullscreenElement) fillScreen();
    }, { signal: first.signal });
  }
}
