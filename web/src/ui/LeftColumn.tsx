// The left column: find, alarms, filters, events.
import { t } from "../i18n";
import { selectUnit } from "../state/app";
import { now_ms, offline } from "../state/connection";
import { alarmSince } from "../state/feed";
import { elapsed } from "../state/format";
import { alarms, store } from "../state/live";
import { KINDS } from "../words";
import { RingStrength } from "./cordon/RingStrength";
import { Feed } from "./Feed";
import { Filters } from "./Filters";
import type { Fit } from "./fit";
import { orgName } from "./orgs";
import { Search } from "./Search";

export function LeftColumn({ goTo, fit }: { goTo: (id: string) => void; fit: Fit }) {
  return (
    <nav class="left" aria-label={t("filters")}>
      {alarms.value.length > 0 && <Alarms goTo={goTo} />}
      {!offline.value && <RingStrength />}
      <Search goTo={goTo} />
      <Filters fit={fit} />
      <Feed goTo={goTo} />
    </nav>
  );
}

function Alarms({ goTo }: { goTo: (id: string) => void }) {
  return (
    <section class="alarms" aria-label={t("officer_alarm")}>
      {alarms.value.map((id) => {
        const entry = store.roster[store.slot(id)];
        const since = alarmSince.get(id);
        return (
          <button key={id} class="alarm-card" onClick={() => { selectUnit(id); goTo(id); }}>
            <span class="row"><span class="alarm-word">{t("officer_alarm")}</span>{since && <b class="timer">{elapsed(now_ms.value - since)}</b>}</span>
            <span class="alarm-title">{entry && t(KINDS[store.kind[store.slot(id)]])} {entry?.callsign ?? id}</span>
            <span class="alarm-text">{offline.value ? t("last_positions") : orgName(entry?.org)}</span>
          </button>
        );
      })}
    </section>
  );
}
