// A link to what a wall shows, as the part of the address after `#`: `at=22.81650,108.36830&z=12.25&theme=dark`. It holds where
// one looks and what is open, nothing else. Pure. What does not read is left out and named, the rest stands.
import type { Place } from "../api/types";
import type { Lang } from "../i18n/pure";
import { MAP_LAYERS, type MapLayer } from "../words";
import type { Theme } from "./app";

export const ZOOM_LEAST = 4, ZOOM_MOST = 18.5;
/** A longer one is none of ours. */
export const LINK_CHARS_MAX = 1_000;
/** Of what is wrong so much is shown. */
const SHOWN_CHARS = 24;

export interface Camera { at: Place; zoom: number }

export const PANELS = ["roads", "drills", "gates", "cordon", "coverage", "list", "orgs"] as const;
export type Panel = (typeof PANELS)[number];

export interface Link {
  camera: Camera | null;
  theme: Theme | null;
  lang: Lang | null;
  /** layers that are not shown; null: as they are */
  off: readonly MapLayer[] | null;
  org: string | null;
  unit: string | null;
  /** the place that was asked about */
  place: Place | null;
  open: readonly Panel[];
}

/** A part that does not read, and what it should be. */
export interface Wrong { part: string; expected: string }

const FIELDS = ["at", "z", "theme", "lang", "off", "org", "unit", "place", "open"] as const;
type Field = (typeof FIELDS)[number];

const DEGREES = /^-?\d{1,3}(\.\d{1,9})?$/;
const ZOOM = /^\d{1,2}(\.\d{1,4})?$/;
/** As the server reads ids. */
const ID = /^[A-Za-z0-9._:-]{1,64}$/;

const PLACE_EXPECTED = "-90..90,-180..180";
const ID_EXPECTED = "1..64 × A-Z a-z 0-9 . _ : -";

function readPlace(text: string): Place | null {
  const [lat, lon, ...more] = text.split(",");
  if (more.length || !DEGREES.test(lat ?? "") || !DEGREES.test(lon ?? "")) return null;
  const place = { lat: Number(lat), lon: Number(lon) };
  return Math.abs(place.lat) <= 90 && Math.abs(place.lon) <= 180 ? place : null;
}

function readZoom(text: string): number | null {
  const zoom = ZOOM.test(text) ? Number(text) : NaN;
  return zoom >= ZOOM_LEAST && zoom <= ZOOM_MOST ? zoom : null;
}

/** Names out of a closed list, each at most once; nothing is an empty list. */
function readList<T extends string>(text: string, known: readonly T[]): T[] | null {
  const names = text ? text.split(",") : [];
  return names.every((name) => known.includes(name as T)) ? known.filter((name) => names.includes(name)) : null;
}

const readId = (text: string): string | null => (ID.test(text) ? text : null);
const readTheme = (text: string): Theme | null => (text === "dark" || text === "light" ? text : null);
const readLang = (text: string): Lang | null => (text === "zh" || text === "en" ? text : null);

/** Reads what follows `#`; a text without a `=`, as of a link within the page, asks for nothing: null. */
export function readLink(hash: string): { link: Link; wrong: Wrong[] } | null {
  const text = hash.replace(/^#/, "");
  if (!text.includes("=")) return null;
  const wrong: Wrong[] = [];
  const link: Link = { camera: null, theme: null, lang: null, off: null, org: null, unit: null, place: null, open: [] };
  if (text.length > LINK_CHARS_MAX) {
    wrong.push({ part: "#", expected: `1..${LINK_CHARS_MAX}` });
    return { link, wrong };
  }
  const parts = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (!FIELDS.includes(name as Field)) wrong.push({ part: name.slice(0, SHOWN_CHARS), expected: FIELDS.join(" ") });
    else if (!parts.has(name)) parts.set(name, value);
  }
  const read = <T>(field: Field, parse: (value: string) => T | null, expected: string): T | null => {
    const value = parts.get(field);
    if (value === undefined) return null;
    const got = parse(value);
    if (got === null) wrong.push({ part: `${field}=${value.slice(0, SHOWN_CHARS)}`, expected });
    return got;
  };
  const at = read("at", readPlace, PLACE_EXPECTED), zoom = read("z", readZoom, `${ZOOM_LEAST}..${ZOOM_MOST}`);
  if (at && zoom !== null) link.camera = { at, zoom };
  link.theme = read("theme", readTheme, "dark light");
  link.lang = read("lang", readLang, "zh en");
  link.off = read("off", (value) => readList(value, MAP_LAYERS), MAP_LAYERS.join(" "));
  link.org = read("org", readId, ID_EXPECTED);
  link.unit = read("unit", readId, ID_EXPECTED);
  link.place = read("place", readPlace, PLACE_EXPECTED);
  link.open = read("open", (value) => readList(value, PANELS), PANELS.join(" ")) ?? [];
  return { link, wrong };
}

const degrees = ({ lat, lon }: Place): string => `${lat.toFixed(6)},${lon.toFixed(6)}`;

/** What `readLink` reads, without the `#`. */
export function writeLink({ camera, theme, lang, off, org, unit, place, open }: Link): string {
  const parts: [Field, string | null][] = [
    ["at", camera && degrees(camera.at)], ["z", camera && String(Number(camera.zoom.toFixed(3)))], ["theme", theme], ["lang", lang], ["off", off && off.join()],
    ["org", org], ["unit", unit], ["place", place && degrees(place)], ["open", open.length ? open.join() : null],
  ];
  return parts.flatMap(([field, value]) => (value === null ? [] : [`${field}=${value}`])).join("&");
}
