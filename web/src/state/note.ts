// One line over the map about what somebody just did, for a while.
import { signal } from "@preact/signals";

const SHOWN_MS = 8_000;

export const note = signal<string | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

export function tell(text: string): void {
  note.value = text;
  clearTimeout(timer);
  timer = setTimeout(() => (note.value = null), SHOWN_MS);
}
