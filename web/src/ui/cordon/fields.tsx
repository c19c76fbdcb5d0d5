// What the cordon's forms are made of.
import { useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { minutes, readMinutes } from "../../state/cordon/gates";
import { asStart, seen, SEEN_S_MAX, seenAgo_s, type Seen } from "../../state/cordon/asked";

export interface Option<T> { value: T; label: string; off?: boolean }

/** One of a few. */
export function Segments<T extends string | number | boolean>({ label, at, options, set, id }: { label: string; at: T; options: readonly Option<T>[]; set: (value: T) => void; id?: string }) {
  return (
    <div class="field"><span>{label}</span>
      <span class="segments" role="group" aria-label={label} data-testid={id}>
        {options.map(({ value, label, off }) => <button key={String(value)} class={at === value ? "is-on" : ""} aria-pressed={at === value} disabled={off} onClick={() => set(value)}>{label}</button>)}
      </span>
    </div>
  );
}

/** A number in a range; what is out of it is marked and not taken. */
export function NumberField({ label, value, least, most, step, set, id, children }: {
  label: string; value: number | null; least: number; most: number; step: number; set: (n: number | null) => void; id?: string; children?: ComponentChildren;
}) {
  const change = ({ currentTarget }: { currentTarget: HTMLInputElement }): void => {
    const text = currentTarget.value, n = Number(text);
    const empty = text === "" && value === null;
    const right = text !== "" && n >= least && n <= most;
    currentTarget.setAttribute("aria-invalid", String(!right && !empty && text !== ""));
    if (right) set(n);
    else if (text === "") set(null);
  };
  return <label class="field"><span>{label}</span><input type="number" data-testid={id} min={least} max={most} step={step} value={value ?? ""} onChange={change} />{children}</label>;
}

/** How long ago he was at one of the places, as `3:05`. */
export function SeenAgo({ n, at, id }: { n: number; at: Seen; id: string }) {
  const [typed, type] = useState<string | null>(null);
  const set = (text: string): void => {
    const s = readMinutes(text);
    if (s !== null && s <= SEEN_S_MAX) seen(n, s);
    type(null);
  };
  return (
    <input data-testid={id} value={typed ?? minutes(seenAgo_s(at))} inputMode="numeric" aria-invalid={typed !== null && readMinutes(typed) === null}
      onFocus={({ currentTarget }) => { type(minutes(asStart(at).seen_s_ago)); requestAnimationFrame(() => document.activeElement === currentTarget && currentTarget.select()); }}
      onInput={({ currentTarget }) => type(currentTarget.value)} onBlur={({ currentTarget }) => set(currentTarget.value)}
      onKeyDown={(event) => { if (event.key === "Enter") event.currentTarget.blur(); }} />
  );
}
