// What goes on paper: the picture of the map, and beside it what is open now.
import { untracked } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { named, t } from "../i18n";
import { city } from "../state/app";
import { caption } from "../state/caption";
import { now_ms } from "../state/connection";
import { leaking, running } from "../state/cordon/running";
import { drill } from "../state/drill/player";
import { alarmSince, feed } from "../state/feed";
import { clock, elapsed } from "../state/format";
import { alarms, store } from "../state/live";
import { zoneNames } from "../map/data";
import { KINDS } from "../words";
import { cordonName } from "./cordon/words";
import { Glyph } from "./Glyph";
import { orgName } from "./orgs";
import { sheet } from "./print";
import { GateMark } from "./Switches";

/** What fits beside the picture. */
const ROWS_MAX = 14;

export function PrintSheet() {
  return <div class="sheet" data-theme="light" data-testid="sheet" aria-hidden="true">{sheet.value && <Sheet picture={sheet.value.picture} />}</div>;
}

function Sheet({ picture }: { picture: HTMLCanvasElement | null }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (picture) box.current?.replaceChildren(picture);
  }, [picture]);
  // As things were when the picture was taken: the sheet does not go on.
  const { head, side, foot } = useMemo(() => untracked(paper), [picture]);
  return (
    <>
      <header><GateMark /> <strong>{t("brand")}</strong> {head}</header>
      <div class="sheet-map" ref={box}>{!picture && <p class="meta">{t("picture_none")}</p>}</div>
      <aside>{side}</aside>
      {/* A picture has its own. */}
      {!picture && <footer>{foot}</footer>}
    </>
  );
}

function paper() {
  const { when, age, fresh, marks } = caption();
  return {
    head: <><span>{city.value && named(city.value.bureau)}</span>{!fresh && <b>▲ {age}</b>}</>,
    side: drill.value ? null : <>{alarmList()}{cordonList()}{eventList()}</>,
    foot: [when, age, ...marks].join(" · "),
  };
}

function alarmList() {
  return (
    <section>
      <h2>{t("officer_alarm")} {alarms.value.length}</h2>
      {!alarms.value.length && <p>{t("alarms_none")}</p>}
      <ul>
        {alarms.value.map((id) => {
          const slot = store.slot(id), entry = store.roster[slot], since = alarmSince.get(id);
          const at = slot >= 0 && store.placed(slot) ? store.drawnPlace(slot, performance.now()) : null;
          return (
            <li key={id} data-testid="sheet-alarm">
              <Glyph kind={store.kind[slot]} alarm size={20} /> <b>{entry?.callsign ?? id}</b> {since && elapsed(now_ms.value - since)}
              <small>{t(KINDS[store.kind[slot]])} · {orgName(entry?.org)}{at && ` · ${at.lat.toFixed(5)}, ${at.lon.toFixed(5)}`}</small>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

function cordonList() {
  const leaky = new Set(leaking.value.map(({ id }) => id));
  if (!running.value.length) return null;
  return (
    <section>
      <h2>{t("cordon")} {running.value.length}</h2>
      <ul>
        {running.value.map((cordon) => (
          <li key={cordon.id}>
            <b>{cordonName(cordon)}</b> {leaky.has(cordon.id) ? `▲ ${t("not_closed")}` : t(cordon.state === "closed" ? "cordon_closed" : cordon.state === "opening" ? "cordon_opening" : "not_closed")}
            <small>{t("cordon_running", { n: cordon.gates.length })}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}

function eventList() {
  return (
    <section>
      <h2>{t("feed")}</h2>
      {!feed.value.length && <p>{t("feed_empty")}</p>}
      <ul>
        {feed.value.slice(0, ROWS_MAX).map((row) => {
          const zone = row.zone ? zoneNames.get(row.zone) : undefined;
          return <li key={row.key}><time>{clock(row.at_ms)}</time> <b>{store.roster[store.slot(row.unit)]?.callsign ?? row.unit}</b> {t(row.word, { zone: zone ? named(zone) : (row.zone ?? "") })}</li>;
        })}
      </ul>
    </section>
  );
}
