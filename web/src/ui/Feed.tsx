// The event feed. While the pointer or the focus is in it, new rows wait.
import { useRef, useState } from "preact/hooks";
import { named, t } from "../i18n";
import { zoneNames } from "../map/data";
import { selectUnit } from "../state/app";
import { frozen_ms, offline } from "../state/connection";
import { feed, type FeedRow } from "../state/feed";
import { clock } from "../state/format";
import { store } from "../state/live";
import { Glyph } from "./Glyph";

const ROWS_SHOWN = 60;

export function Feed({ goTo }: { goTo: (id: string) => void }) {
  const [held, hold] = useState(false);
  const kept = useRef<readonly FeedRow[]>([]);
  if (!held) kept.current = feed.value;
  const rows = kept.current;
  const fresh = held && rows[0] ? feed.value.findIndex((row) => row.key === rows[0].key) : 0;
  return (
    <section class="feed" aria-label={t("feed")}>
      <div class="head">
        <h2>{t("feed")}</h2>
        {offline.value && frozen_ms.value !== null ? <span class="meta">{t("frozen_at", { t: clock(frozen_ms.value) })}</span>
          : fresh > 0 && <button class="plain" onClick={() => (kept.current = feed.value, hold(false))}>{t("feed_new", { n: fresh })}</button>}
      </div>
      <ul class="feed-rows" data-list="feed" onPointerEnter={() => hold(true)} onPointerLeave={() => hold(false)}
        onFocusCapture={() => hold(true)} onBlurCapture={() => hold(false)}>
        {rows.slice(0, ROWS_SHOWN).map((row) => <Row key={row.key} row={row} goTo={goTo} />)}
        {!rows.length && <li class="empty">{t("feed_empty")}</li>}
      </ul>
    </section>
  );
}

function Row({ row, goTo }: { row: FeedRow; goTo: (id: string) => void }) {
  const slot = store.slot(row.unit);
  const zone = row.zone ? zoneNames.get(row.zone) : undefined;
  const contact = row.word === "feed_lost" ? 2 : 0;
  return (
    <li>
      <button class="feed-row" data-nav onClick={() => { selectUnit(row.unit); goTo(row.unit); }}>
        <Glyph kind={slot < 0 ? 0 : store.kind[slot]} status={slot < 0 ? 1 : store.status[slot]} contact={contact} alarm={row.word === "feed_alarm_on"} size={22} />
        <b>{store.roster[slot]?.callsign ?? row.unit}</b>
        <span>{t(row.word, { zone: zone ? named(zone) : (row.zone ?? "") })}</span>
        <time>{clock(row.at_ms)}</time>
      </button>
    </li>
  );
}
