// A server of a new version has a wall of its own: this one makes room for it by itself, when nobody is at it.
import { signal } from "@preact/signals";

/** A wall that nobody has touched for so long is loaded anew. */
export const UNTOUCHED_MS = 60_000;
/** A thousand walls are not loaded all at once: each waits up to this. */
const SPREAD_MS = 10_000;
const LOOK_MS = 1_000;

/** Whether the server has another wall than this one. */
export const renewed = signal(false);

let touched_ms = -Infinity;
for (const act of ["pointerdown", "pointermove", "keydown", "wheel"]) addEventListener(act, () => (touched_ms = performance.now()), { passive: true });

/** Looks whether the server, which was started anew, has another wall. A page that is not the wall, as that of signing in, says nothing of it. */
export async function lookForNewer(): Promise<void> {
  const script = document.querySelector<HTMLScriptElement>("script[type=module][src^='/assets/']")?.getAttribute("src");
  if (!script || renewed.value) return;
  try {
    const answer = await fetch("/", { cache: "no-cache" });
    if (!answer.ok || answer.redirected || (await answer.text()).includes(script)) return;
  } catch {
    return; // it is gone again: the next connection looks again
  }
  renewed.value = true;
  const from_ms = performance.now() + Math.random() * SPREAD_MS;
  setInterval(() => {
    const now = performance.now();
    if (now > from_ms && now > touched_ms + UNTOUCHED_MS) loadAnew();
  }, LOOK_MS);
}

/** What is shown is in the address, so it is shown again. */
export const loadAnew = (): void => location.reload();
