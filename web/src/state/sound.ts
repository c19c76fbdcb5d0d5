// Sounds: an officer's alarm, and a cordon that leaks, each again until somebody at this wall looks at it. Each has its sign on the screen.
import { computed, effect, signal, untracked } from "@preact/signals";
import { desk, selected } from "./app";
import { leaking } from "./cordon/running";
import { alarms } from "./live";

const AGAIN_MS = 3_000;
const NOTE_S = 0.22, LOUD = 0.35;
/** Hertz, one note after the other. */
const NOTES = { alarm: [880, 660], leak: [220, 220] } as const;
export type Sound = keyof typeof NOTES;

/** A browser is silent until somebody has touched the page. */
export const muted = signal(true);
/** how often each was to be heard */
export const sounded: Record<Sound, number> = { alarm: 0, leak: 0 };

let context: AudioContext | null = null;

function play(sound: Sound): void {
  sounded[sound] += 1;
  if (!context || context.state !== "running") return;
  for (const [n, hz] of NOTES[sound].entries()) {
    const from = context.currentTime + n * NOTE_S * 1.2;
    const note = new OscillatorNode(context, { frequency: hz });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setTargetAtTime(LOUD, from, 0.01);
    gain.gain.setTargetAtTime(0, from + NOTE_S, 0.02);
    note.connect(gain).connect(context.destination);
    note.start(from);
    note.stop(from + NOTE_S * 1.5);
  }
}

/** Lets the browser sound: it does so after a touch only. */
export function unmute(): void {
  context ??= new AudioContext();
  void context.resume().then(() => (muted.value = context?.state !== "running"), () => (muted.value = true));
}

/** Sounds at once and again while there is one that nobody looks at. `heeded` are those that somebody has looked at. */
function repeat(sound: Sound, now: () => readonly string[], lookedAt: () => string | null): void {
  const heeded = signal<ReadonlySet<string>>(new Set());
  let known: readonly string[] = [];
  effect(() => {
    const list = now(), seen = lookedAt();
    untracked(() => {
      const begun = list.some((id) => !known.includes(id));
      known = list;
      heeded.value = new Set([...heeded.value, ...(seen ? [seen] : [])].filter((id) => list.includes(id)));
      if (begun) play(sound);
    });
  });
  const waiting = computed(() => now().some((id) => !heeded.value.has(id)));
  effect(() => {
    if (!waiting.value) return;
    const timer = setInterval(() => play(sound), AGAIN_MS);
    return () => clearInterval(timer);
  });
}

export function startSounds(): void {
  for (const touch of ["pointerdown", "keydown"]) addEventListener(touch, unmute, { once: true });
  unmute();
  repeat("alarm", () => alarms.value, () => selected.value);
  repeat("leak", () => leaking.value.map(({ id }) => id), () => (desk.value?.mode === "run" ? desk.value.id : null));
}
