// Find a unit by its call sign: everything happens in the roster that is already here.
import { useState } from "preact/hooks";
import { t } from "../i18n";
import { selectUnit } from "../state/app";
import { store } from "../state/live";
import type { RosterEntry } from "../stream/messages";
import { Glyph } from "./Glyph";
import { Key } from "./Key";
import { orgName } from "./orgs";
import { searchRoster } from "./searchRoster";

export function Search({ goTo }: { goTo: (id: string) => void }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const found = searchRoster(store.roster, text);
  const open = text.trim() !== "";
  const choose = (entry: RosterEntry | undefined) => {
    if (!entry) return;
    setText("");
    selectUnit(entry.id);
    goTo(entry.id);
    (document.activeElement as HTMLElement | null)?.blur();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setAt(Math.min(at + 1, found.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else if (event.key === "Enter") choose(found[at]);
    else if (event.key === "Escape") {
      setText("");
      (event.target as HTMLElement).blur();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <section class="search">
      <div class="search-box">
        <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true"><circle cx="7.5" cy="7.5" r="5" fill="none" stroke="currentColor" stroke-width="1.8" /><path d="M11.5 11.5 16 16" stroke="currentColor" stroke-width="1.8" /></svg>
        <input data-testid="search" type="text" role="combobox" aria-expanded={open} aria-controls="found" aria-autocomplete="list"
          aria-activedescendant={open && found[at] ? `found-${at}` : undefined} aria-label={t("search")} autocomplete="off" spellcheck={false}
          placeholder={t("search")} value={text} onInput={(e) => { setText(e.currentTarget.value); setAt(0); }} onKeyDown={onKey} />
        <Key>/</Key>
      </div>
      {open && (
        <ul id="found" role="listbox" class="found" aria-label={t("search")}>
          {found.map((entry, n) => {
            const slot = store.slot(entry.id);
            return (
              <li key={entry.id} id={`found-${n}`} role="option" aria-selected={n === at} class={n === at ? "is-at" : ""}
                onPointerDown={(e) => { e.preventDefault(); choose(entry); }}>
                <Glyph kind={store.kind[slot]} status={store.status[slot]} contact={store.contact[slot]} alarm={store.alarm[slot] === 1} size={24} />
                <b>{entry.callsign}</b> <span>{orgName(entry.org)}</span>
              </li>
            );
          })}
          {!found.length && <li class="empty">{t("search_none", { q: text.trim() })}</li>}
        </ul>
      )}
    </section>
  );
}
