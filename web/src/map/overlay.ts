// Text that lies over the map: a few HTML marks, moved with it at every frame.

export interface Mark {
  key: string;
  /** CSS class of the mark */
  look: string;
  /** where it belongs on the map, CSS pixels; null hides it */
  at: () => [x: number, y: number] | null;
  /** offset of its left middle from there */
  dx: number;
  dy: number;
  parts: readonly { look: string; text: string }[];
  /** stands at the map's edge, with an arrow, while its place is out of view */
  edge?: () => string;
  /** gives way to marks before it */
  yields?: boolean;
  click?: () => void;
}

interface Shown { mark: Mark; element: HTMLElement; text: string; width: number; height: number }

const EDGE_PX = 14;

export class Overlay {
  private shown = new Map<string, Shown>();

  constructor(private readonly root: HTMLElement) {}

  sync(marks: readonly Mark[]): void {
    const keep = new Set(marks.map((m) => m.key));
    for (const [key, { element }] of this.shown) {
      if (keep.has(key)) continue;
      element.remove();
      this.shown.delete(key);
    }
    const next = new Map<string, Shown>();
    for (const mark of marks) {
      const old = this.shown.get(mark.key);
      const shown = old ?? { mark, element: this.make(mark), text: "", width: 0, height: 0 };
      shown.mark = mark;
      const text = mark.look + mark.parts.map((p) => `${p.look}:${p.text}`).join("|");
      if (text !== shown.text) {
        shown.text = text;
        shown.width = 0;
        shown.element.className = `mark ${mark.look}`;
        shown.element.replaceChildren(...mark.parts.map(({ look, text: words }) => {
          const span = document.createElement("span");
          span.className = look;
          span.textContent = words;
          return span;
        }));
      }
      next.set(mark.key, shown);
    }
    this.shown = next;
  }

  private make(mark: Mark): HTMLElement {
    const element = document.createElement(mark.click ? "button" : "div");
    if (mark.click) element.addEventListener("click", () => this.shown.get(mark.key)?.mark.click?.());
    else element.setAttribute("aria-hidden", "true");
    this.root.append(element);
    return element;
  }

  /** Moves every mark to its place in a map of this size. */
  place(width: number, height: number): void {
    const taken: [number, number, number, number][] = [];
    for (const shown of this.shown.values()) {
      const { mark, element } = shown;
      const at = mark.at();
      if (!at) {
        element.style.visibility = "hidden";
        continue;
      }
      if (!shown.width) {
        shown.width = element.offsetWidth;
        shown.height = element.offsetHeight;
      }
      let x = at[0] + mark.dx, y = at[1] + mark.dy - shown.height / 2;
      const out = at[0] < 0 || at[1] < 0 || at[0] > width || at[1] > height;
      if (mark.edge) {
        x = Math.min(width - shown.width - EDGE_PX, Math.max(EDGE_PX, x));
        y = Math.min(height - shown.height - EDGE_PX, Math.max(EDGE_PX, y));
        element.dataset.edge = out ? mark.edge() : "";
        if (out) {
          const degrees = Math.atan2(at[0] - width / 2, height / 2 - at[1]) * (180 / Math.PI);
          element.style.setProperty("--arrow", `${degrees.toFixed(0)}deg`);
        }
      }
      const box: [number, number, number, number] = [x, y, x + shown.width, y + shown.height];
      const hidden = mark.yields && taken.some((t) => box[0] < t[2] && t[0] < box[2] && box[1] < t[3] && t[1] < box[3]);
      element.style.visibility = hidden || (out && !mark.edge) ? "hidden" : "visible";
      if (!hidden) taken.push(box);
      element.style.transform = `translate(${x.toFixed(1)}px,${y.toFixed(1)}px)`;
    }
  }
}
