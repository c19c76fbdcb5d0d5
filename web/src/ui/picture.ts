// A picture of the map with what lies over it, and a footer without which it would say too little.
import { t } from "../i18n";
import { mapState } from "../map/mapstate";
import type { MapView } from "../map/view";
import { city } from "../state/app";
import { caption } from "../state/caption";
import { pictureName } from "../state/format";
import { clock } from "../state/live";
import { tell } from "../state/note";
import { roundAmount } from "./amount";
import { scaleStep } from "./scaleStep";

const FOOTER_PX = 68;
const MARGIN_PX = 20;
const TEXT_PX = 16, SMALL_PX = 14;

/** Draws the marks that lie over the map: boxes, borders and words as the browser laid them out. */
function drawMarks(to: CanvasRenderingContext2D, labels: HTMLElement): void {
  const origin = labels.getBoundingClientRect();
  for (const mark of labels.querySelectorAll<HTMLElement>(".mark")) {
    const look = getComputedStyle(mark);
    if (look.visibility === "hidden") continue;
    const box = mark.getBoundingClientRect(), x = box.left - origin.left, y = box.top - origin.top;
    const border = Number.parseFloat(look.borderTopWidth), radius = Math.min(Number.parseFloat(look.borderTopLeftRadius) || 0, box.width / 2);
    to.beginPath();
    to.roundRect(x + border / 2, y + border / 2, box.width - border, box.height - border, look.borderTopLeftRadius.endsWith("%") ? box.width / 2 : radius);
    to.fillStyle = look.backgroundColor;
    to.fill();
    if (border) {
      [to.lineWidth, to.strokeStyle] = [border, look.borderTopColor];
      to.stroke();
    }
    for (const part of mark.children) {
      const at = part.getBoundingClientRect(), words = getComputedStyle(part);
      to.font = `${words.fontWeight} ${words.fontSize} ${words.fontFamily}`;
      to.fillStyle = words.color;
      to.textBaseline = "middle";
      to.fillText(part.textContent ?? "", at.left - origin.left, at.top - origin.top + at.height / 2);
    }
  }
}

/** Two lines under the map: whose and when and how old; the scale, and what kind of data it is. */
function drawFooter(to: CanvasRenderingContext2D, width: number, top: number, root: HTMLElement): void {
  const tokens = getComputedStyle(root);
  const colour = (token: string): string => tokens.getPropertyValue(token).trim();
  const { city: place, when, age, fresh, marks } = caption();
  const family = colour("--font-ui");
  const write = (text: string, x: number, y: number, weight: number, px: number, token: string): number => {
    to.font = `${weight} ${px}px ${family}`;
    to.fillStyle = colour(token);
    to.textBaseline = "middle";
    to.fillText(text, x, y);
    return to.measureText(text).width;
  };
  to.fillStyle = colour("--bg-1");
  to.fillRect(0, top, width, FOOTER_PX);
  to.fillStyle = colour("--line-2");
  to.fillRect(0, top, width, 1);
  const first = top + 22, second = top + 48;
  let x = MARGIN_PX;
  x += write(place, x, first, 700, TEXT_PX, "--text-1") + 20;
  x += write(when, x, first, 500, TEXT_PX, "--text-1") + 20;
  write(fresh ? age : `▲ ${age}`, x, first, 600, TEXT_PX, fresh ? "--text-1" : "--warn");
  const { metres, px } = scaleStep(mapState.value.scale_m);
  to.strokeStyle = colour("--text-2");
  to.lineWidth = 2;
  to.beginPath();
  to.moveTo(MARGIN_PX, second - 5);
  to.lineTo(MARGIN_PX, second + 5);
  to.lineTo(MARGIN_PX + px, second + 5);
  to.lineTo(MARGIN_PX + px, second - 5);
  to.stroke();
  const scale_px = px + 8 + write(roundAmount(metres), MARGIN_PX + px + 8, second, 500, SMALL_PX, "--text-2");
  write(marks.join(" · "), MARGIN_PX + scale_px + 24, second, 500, SMALL_PX, "--text-2");
}

/** What lies over the map. */
export const labelsOf = (view: MapView): HTMLElement | null => view.map.getContainer().parentElement?.querySelector<HTMLElement>(".map-labels") ?? null;

/** The map and what lies over it, in device pixels; null without graphics. */
export function pictureOf(view: MapView): HTMLCanvasElement | null {
  const map = view.snap(), labels = labelsOf(view), to = map?.getContext("2d");
  if (!map || !labels || !to) return null;
  const ratio = view.map.getPixelRatio();
  to.scale(ratio, ratio);
  drawMarks(to, labels);
  return map;
}

/** The same with its footer, in the theme that `root` is in. */
export function compose(view: MapView, root: HTMLElement): HTMLCanvasElement | null {
  const picture = pictureOf(view), canvas = document.createElement("canvas"), to = canvas.getContext("2d");
  if (!picture || !to) return null;
  const ratio = view.map.getPixelRatio();
  [canvas.width, canvas.height] = [picture.width, picture.height + Math.round(FOOTER_PX * ratio)];
  to.drawImage(picture, 0, 0);
  to.scale(ratio, ratio);
  drawFooter(to, picture.width / ratio, picture.height / ratio, root);
  return canvas;
}

/** Saves the picture as a file of this browser. */
export function savePicture(view: MapView | null): void {
  const canvas = view && compose(view, document.documentElement);
  if (!canvas) {
    tell(t("picture_none"));
    return;
  }
  const name = pictureName(city.value?.name.en ?? "", clock.now());
  canvas.toBlob((file) => {
    if (!file) return tell(t("picture_none"));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = name;
    link.click();
    // The download has its own hold on the bytes once the click was taken.
    setTimeout(() => URL.revokeObjectURL(link.href));
    tell(t("picture_saved", { name }));
  }, "image/png");
}
