// The units in view as a table.
import { computed } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import { t } from "../i18n";
import { mapState } from "../map/mapstate";
import { kindsOn, orgsShown, selected, selectUnit, statusesOn, withMap } from "../state/app";
import { now_ms, offline } from "../state/connection";
import { count } from "../state/format";
import { store } from "../state/live";
import { CONTACTS, KINDS, STATUSES } from "../words";
import { ageText } from "./amount";
import { Glyph } from "./Glyph";
import { orgName } from "./orgs";
import { rowsInView } from "./rowsInView";

const PAGE = 50;

const rows = computed(() => {
  void now_ms.value;
  return rowsInView(store, {
    bounds: withMap ? mapState.value.bounds : null,
    kinds: kindsOn.value, statuses: statusesOn.value, orgs: orgsShown.value,
  }, performance.now());
});

export function ListUnits() {
  const [page, setPage] = useState(0);
  const [held, hold] = useState(false);
  const kept = useRef<readonly number[]>([]);
  if (!held) kept.current = rows.value;
  const slots = kept.current;
  const pages = Math.max(1, Math.ceil(slots.length / PAGE));
  const at = Math.min(page, pages - 1);
  return (
    <>
      <div class="head">
        <h2>{t("list_title")}</h2>
        <span class="meta">{t("list_rows", { n: count(slots.length) })}</span>
        <span class="pages">
          <button class="plain" disabled={at === 0} onClick={() => setPage(at - 1)}>{t("list_prev")}</button>
          <span class="meta">{t("list_page", { p: at + 1, of: pages })}</span>
          <button class="plain" disabled={at === pages - 1} onClick={() => setPage(at + 1)}>{t("list_next")}</button>
        </span>
      </div>
      <div class="mirror-scroll" tabIndex={-1}>
        <table aria-rowcount={slots.length + 1}>
          <thead>
            <tr><th scope="col">{t("callsign")}</th><th scope="col">{t("kind")}</th><th scope="col">{t("status")}</th><th scope="col">{t("contact")}</th><th scope="col">{t("speed")}</th><th scope="col">{t("org")}</th></tr>
          </thead>
          <tbody data-list="mirror" onPointerEnter={() => hold(true)} onPointerLeave={() => hold(false)} onFocusCapture={() => hold(true)} onBlurCapture={() => hold(false)}>
            {slots.slice(at * PAGE, (at + 1) * PAGE).map((slot, n) => <Row key={store.roster[slot]?.id ?? slot} slot={slot} row={at * PAGE + n + 2} />)}
          </tbody>
        </table>
        {!slots.length && <p class="empty">{t("list_empty")}</p>}
      </div>
    </>
  );
}

function Row({ slot, row }: { slot: number; row: number }) {
  void now_ms.value;
  const entry = store.roster[slot];
  if (!entry) return null;
  const status = store.status[slot], contact = store.contact[slot], alarm = store.alarm[slot] === 1;
  const held = offline.value || store.waiting[slot] === 1;
  const speed = store.speed_mps[slot];
  return (
    <tr aria-rowindex={row} aria-selected={selected.value === entry.id} class={selected.value === entry.id ? "is-at" : ""} onClick={() => selectUnit(entry.id)}>
      <th scope="row"><button data-nav class="plain" onClick={() => selectUnit(entry.id)}><Glyph kind={store.kind[slot]} status={status} contact={contact} alarm={alarm} held={held} size={24} /> {entry.callsign}</button></th>
      <td>{t(KINDS[store.kind[slot]])}</td>
      <td>{alarm ? <b class="is-alarm">{t("alarm")}</b> : t(STATUSES[status])}</td>
      <td>{contact === 3 ? t("never") : `${contact ? `${t(CONTACTS[contact])} · ` : ""}${ageText(Math.max(0, now_ms.value - store.fix_ms[slot]))}`}</td>
      <td>{contact === 0 && speed >= 0 ? t("kmh", { v: Math.round(speed * 3.6) }) : "–"}</td>
      <td>{orgName(entry.org)}</td>
    </tr>
  );
}
