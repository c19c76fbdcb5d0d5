// The map's colours, read from the design tokens of the theme in use; a grey set for a frozen picture.
import { STATUSES, type Status } from "../words";

const STATUS_TOKENS: Record<Status, string> = {
  off_duty: "--st-off", available: "--st-available", assigned: "--st-assigned", en_route: "--st-enroute",
  on_scene: "--st-onscene", busy: "--st-busy", out_of_service: "--st-oos",
};

const MAP_TOKENS = [
  "map-land", "map-city", "map-park", "map-water", "map-water-text", "map-text", "map-halo",
  "road-m", "road-s", "road-a", "road-ring", "road-case",
  "zone-rapid", "zone-resp", "zone-beat", "ring-line", "ring-fill", "route", "route-2", "cov-1", "cov-3", "cov-5", "cov-gap", "text-1", "text-2", "text-3", "st-off", "st-enroute", "st-onscene", "warn", "alarm", "ok", "focus", "line-3", "incident",
] as const;
type MapToken = (typeof MAP_TOKENS)[number];

export interface Palette {
  css: Record<MapToken, string>;
  light: boolean;
  /** nine RGB triples for the shader: the statuses, grey, alarm */
  units: Float32Array;
  ground: Float32Array;
  mark: Float32Array;
}

/** `#rrggbb`, or `#rgb`, which the build makes of it where it can. */
export function rgb(hex: string): [number, number, number] {
  const digits = hex.trim().slice(1);
  const n = Number.parseInt(digits.length < 6 ? digits.slice(0, 3).replace(/./g, "$&$&") : digits.slice(0, 6), 16);
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255];
}

/** The same lightness without the hue. */
function grey(hex: string): string {
  const [r, g, b] = rgb(hex);
  const y = Math.round(0.2126 * r + 0.7152 * g + 0.0722 * b);
  return `rgb(${y},${y},${y})`;
}

/** The colours of a theme: of the one that `root` is in. */
export function readPalette(frozen: boolean, root: HTMLElement): Palette {
  const style = getComputedStyle(root);
  const raw = (token: string) => style.getPropertyValue(token).trim();
  const css = Object.fromEntries(
    MAP_TOKENS.map((token) => [token, frozen && token !== "alarm" ? grey(raw(`--${token}`)) : raw(`--${token}`)]),
  ) as Record<MapToken, string>;
  const shader = (hex: string) => rgb(hex).map((c) => c / 255);
  return {
    css,
    light: root.dataset.theme === "light",
    units: new Float32Array([
      ...STATUSES.flatMap((s) => shader(raw(STATUS_TOKENS[s]))), ...shader(raw("--st-off")), ...shader(raw("--alarm")),
    ]),
    ground: new Float32Array(shader(raw("--map-city"))),
    mark: new Float32Array(shader(raw("--text-1"))),
  };
}
