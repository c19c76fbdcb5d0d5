// Figures as text. Pure: language comes in as the words to use.

const two = (n: number): string => String(n).padStart(2, "0");

/** `hh:mm:ss` of a time in ms since the epoch, in this machine's time zone. */
export function clock(ms: number): string {
  const d = new Date(ms);
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

/** `2026-11-22 14:32:07 UTC+08:00`, in this machine's time zone. */
export function dated(ms: number): string {
  const at = new Date(ms), offset_min = -at.getTimezoneOffset();
  const zone = `UTC${offset_min < 0 ? "−" : "+"}${two(Math.floor(Math.abs(offset_min) / 60))}:${two(Math.abs(offset_min) % 60)}`;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock(ms)} ${zone}`;
}

/** The name of a picture's file, with its time in UTC: `citygate-Qinglan-20261122T063207Z.png`. */
export function pictureName(place: string, ms: number): string {
  const plain = place.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "");
  return `${["citygate", plain, new Date(ms).toISOString().replace(/[-:]|\.\d+/g, "")].filter(Boolean).join("-")}.png`;
}

/** `mm:ss`, or `h:mm:ss` from an hour on. */
export function elapsed(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const h = Math.floor(s / 3600);
  const rest = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
  return h ? `${h}:${rest}` : rest;
}

/** 3500 -> `3,500`. */
export const count = (n: number): string => String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ",");

export interface Amount { unit: "metres" | "km" | "m2" | "km2"; value: string }

/** Metres to the nearest 10 under a kilometre, then kilometres with one decimal. */
export function distance(m: number): Amount {
  if (m < 995) return { unit: "metres", value: String(m < 100 ? Math.round(m) : Math.round(m / 10) * 10) };
  return { unit: "km", value: (m / 1000).toFixed(1) };
}

/** A length that was measured: metres, from a kilometre on kilometres with two decimals. */
export const measuredLength = (m: number): Amount => (m < 999.5 ? { unit: "metres", value: count(m) } : { unit: "km", value: (m / 1000).toFixed(2) });

/** An area that was measured: square metres, from a tenth of a square kilometre on square kilometres with two decimals. */
export const measuredArea = (m2: number): Amount => (m2 < 99_999.5 ? { unit: "m2", value: count(m2) } : { unit: "km2", value: (m2 / 1e6).toFixed(2) });

export interface Age { unit: "age_s" | "age_m" | "age_h"; values: Record<string, string> }

/** Age of a fix in the coarsest unit that still says how old it is. */
export function age(ms: number): Age {
  const s = Math.max(0, ms / 1000);
  if (s < 10) return { unit: "age_s", values: { s: s.toFixed(1) } };
  if (s < 120) return { unit: "age_s", values: { s: String(Math.round(s)) } };
  if (s < 7200) return { unit: "age_m", values: { m: String(Math.round(s / 60)) } };
  return { unit: "age_h", values: { h: String(Math.round(s / 3600)) } };
}
