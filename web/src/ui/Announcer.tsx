// What screen readers are told: alarms and breaks at once, recoveries politely; positions never.
import { t } from "../i18n";
import type { Move } from "../api/types";
import { conn, frozen_ms, recovered_ms } from "../state/connection";
import { clock } from "../state/format";
import { leaking } from "../state/cordon/running";
import { lastClosed } from "../state/closing";
import { alarms, store } from "../state/live";
import { fates, orderOf, proposed } from "../state/moveup";
import { stretches } from "./closurewords";
import { cordonName } from "./cordon/words";

export function Announcer() {
  const signs = alarms.value.map((id) => store.roster[store.slot(id)]?.callsign ?? id).join(", ");
  const broken = conn.value === "offline" && frozen_ms.value !== null ? `${t("offline_title")}. ${t("frozen_at", { t: clock(frozen_ms.value) })}` : "";
  const who = (test: (move: Move) => boolean) => proposed.value.filter(test).map(({ callsign }) => callsign).join(", ");
  const refused = who(({ unit }) => "problem" in (fates.value.get(unit) ?? {}));
  const accepted = who((move) => Boolean(orderOf(move)?.accepted_at));
  const closed = lastClosed.value;
  return (
    <div class="hidden">
      <div aria-live="assertive">{signs && `${t("officer_alarm")} ${signs}`}</div>
      <div aria-live="assertive">{broken}</div>
      <div aria-live="assertive">{refused && t("order_refused", { who: refused })}</div>
      <div aria-live="assertive">{leaking.value.map((cordon) => t("leaks_said", { what: cordonName(cordon) })).join(". ")}</div>
      <div aria-live="polite">{accepted && t("orders_accepted", { who: accepted })}</div>
      <div aria-live="polite">{closed && t("closed_said", { n: stretches(closed.edge_count), what: closed.reason })}</div>
      <div aria-live="polite">{recovered_ms.value !== null && t("recovered", { s: Math.round(recovered_ms.value / 1000) })}</div>
    </div>
  );
}
