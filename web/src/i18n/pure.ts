// The parts of the language choice that need no browser.

export type Lang = "zh" | "en";

/** `?lang=` wins, then the last choice, then the browser's own language. */
export function firstLang(query: string | null, saved: string | null, browser: string): Lang {
  for (const asked of [query, saved]) if (asked === "zh" || asked === "en") return asked;
  return browser.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** Puts values into a text's `{name}` places; a place without a value stays visible. */
export function fill(text: string, values: Record<string, string | number> = {}): string {
  return text.replace(/\{(\w+)\}/g, (whole, key: string) => String(values[key] ?? whole));
}
