// Units by organisation: the tree, the strength of each branch, and the filter by it.
import { computed, signal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import { named, t } from "../i18n";
import { city, orgOn, orgsOpen, orgsShown, toggled } from "../state/app";
import { now_ms } from "../state/connection";
import { count } from "../state/format";
import { store } from "../state/live";
import { AVAILABLE, BUSY, EN_ROUTE } from "../words";
import type { Fit } from "./fit";
import { Glyph } from "./Glyph";
import { Key } from "./Key";
import { orgName } from "./orgs";
import { branches, placesOf, rowsOf, step, strengths, type Branch, type Strength } from "./orgTree";

const roots = computed(() => branches(city.value?.organisations ?? []));
/** null until somebody opens or closes a branch: then those at the top are open */
const chosen = signal<ReadonlySet<string> | null>(null);
const open = computed(() => chosen.value ?? new Set(roots.value.map(({ org }) => org.id)));
const counted = computed(() => {
  void now_ms.value;
  return strengths(store, roots.value);
});

const NOBODY: Strength = { available: 0, committed: 0, other: 0 };

export function Organisations({ fit }: { fit: Fit }) {
  return (
    <div class={`orgs ${orgsOpen.value ? "is-open" : ""}`}>
      <div class="orgs-head">
        <button class="orgs-switch" data-testid="orgs-switch" aria-expanded={orgsOpen.value} aria-controls="orgs" onClick={() => (orgsOpen.value = !orgsOpen.value)}>
          <i class="twig" aria-hidden="true" /> <span>{orgOn.value ? orgName(orgOn.value) : t("all_orgs")}</span> <Key>O</Key>
        </button>
        {orgOn.value && <button class="plain" data-testid="orgs-all" aria-label={t("all_orgs")} title={t("all_orgs")} onClick={() => (orgOn.value = null)}>✕</button>}
      </div>
      {orgsOpen.value && <Tree fit={fit} />}
    </div>
  );
}

function Tree({ fit }: { fit: Fit }) {
  const box = useRef<HTMLUListElement>(null);
  const rows = rowsOf(roots.value, open.value);
  const [at, setAt] = useState<string | null>(null);
  const here = rows.some(({ org }) => org.id === at) ? at : (rows.find(({ org }) => org.id === orgOn.value) ?? rows[0])?.org.id;
  const filter = (id: string) => {
    orgOn.value = orgOn.value === id ? null : id;
    // Who asks for an organisation wants to see it.
    if (orgsShown.value) fit(placesOf(store, orgsShown.value, performance.now()));
  };
  const flip = (id: string) => (chosen.value = toggled(open.value, id));
  const onKey = (event: KeyboardEvent) => {
    if (!here || event.ctrlKey || event.metaKey || event.altKey) return;
    const done = step(rows, open.value, here, event.key);
    if (event.key === "Escape") {
      orgsOpen.value = false;
      document.querySelector<HTMLElement>(".orgs-switch")?.focus();
    } else if (event.key === "Enter" || event.key === " ") filter(here);
    else if (done && "flip" in done) flip(done.flip);
    else if (done) {
      setAt(done.to);
      box.current?.querySelector<HTMLElement>(`[data-org="${CSS.escape(done.to)}"]`)?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <div class="org-row org-words" aria-hidden="true">
        <span class="meta">{t("filter_org")}</span>
        <Glyph status={AVAILABLE} size={18} /><Glyph status={EN_ROUTE} size={18} /><Glyph status={BUSY} size={18} />
      </div>
      <ul ref={box} id="orgs" class="org-tree" role="tree" aria-label={t("all_orgs")} data-testid="orgs" onKeyDown={onKey}>
        {rows.map((row) => <Row key={row.org.id} row={row} isHere={row.org.id === here} filter={filter} flip={flip} enter={setAt} />)}
      </ul>
    </>
  );
}

interface Props { row: Branch; isHere: boolean; filter: (id: string) => void; flip: (id: string) => void; enter: (id: string) => void }

function Row({ row: { org, level, children }, isHere, filter, flip, enter }: Props) {
  const { available, committed, other } = counted.value.get(org.id) ?? NOBODY;
  const name = named(org.name), isOpen = open.value.has(org.id);
  return (
    <li role="treeitem" class={`org-row ${orgOn.value === org.id ? "is-at" : ""}`} data-org={org.id} data-testid="org-row" data-available={available} data-committed={committed} data-other={other}
      aria-level={level} aria-selected={orgOn.value === org.id} aria-expanded={children.length ? isOpen : undefined} tabIndex={isHere ? 0 : -1}
      aria-label={t("org_strength", { name, available, committed, other })} onFocus={() => enter(org.id)} onClick={() => filter(org.id)}>
      <span class="org-name" style={{ paddingLeft: `${(level - 1) * 16}px` }}>
        {children.length ? <i class={`twig ${isOpen ? "is-open" : ""}`} onClick={(event) => { event.stopPropagation(); flip(org.id); }} /> : <i class="twig is-leaf" />}
        <span title={name}>{name}</span>
      </span>
      <b>{count(available)}</b><b>{count(committed)}</b><b class="meta">{count(other)}</b>
    </li>
  );
}
