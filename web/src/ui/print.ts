// Printing: the map drawn anew for paper, beside the lists that go with it.
import { signal } from "@preact/signals";
import type { MapView } from "../map/view";
import { compose, labelsOf, pictureOf } from "./picture";

/** A map that never comes to rest is printed as it stands. */
const PATIENCE_MS = 4_000;

/** what is on the sheet; null: nothing is printed */
export const sheet = signal<{ picture: HTMLCanvasElement | null } | null>(null);
let busy = false;

const paper = (): HTMLElement | null => document.querySelector<HTMLElement>(".sheet");

/** The picture in the light theme. What stands on the wall stays there meanwhile: nobody in a dark room is dazzled. */
async function onPaper(view: MapView): Promise<HTMLCanvasElement | null> {
  const root = paper(), labels = labelsOf(view), cover = pictureOf(view);
  if (!root || !labels || !cover) return null;
  cover.className = "map-cover";
  labels.after(cover);
  labels.dataset.theme = "light";
  try {
    view.dress(root);
    await drawn(view);
    return compose(view, root);
  } finally {
    delete labels.dataset.theme;
    view.dress(document.documentElement);
    // Colours pass into each other: only what is dark again is uncovered.
    void drawn(view).then(() => cover.remove());
  }
}

const drawn = (view: MapView): Promise<unknown> => Promise.race([view.drawn(), new Promise((done) => setTimeout(done, PATIENCE_MS))]);

export async function printWall(view: MapView | null): Promise<void> {
  if (busy) return;
  busy = true;
  try {
    sheet.value = { picture: view && (await onPaper(view)) };
    await new Promise(requestAnimationFrame);
    print();
  } finally {
    busy = false;
  }
}

/** Who prints by the browser's own menu gets the map in the theme that it is in: there is no time to draw another. */
export function listenToPrinting(view: () => MapView | null): void {
  addEventListener("beforeprint", () => {
    const map = view();
    sheet.value ??= { picture: map && compose(map, document.documentElement) };
  });
  addEventListener("afterprint", () => (sheet.value = null));
}
