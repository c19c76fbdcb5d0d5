// What screen readers are told: alarms and breaks at once, recoveries politely; positions never.
import { t } from "../i18n";
import { conn, frozen_ms, recovered_ms } from "../state/connection";
import { clock } from "../state/format";
import { alarms, store } from "../state/live";

export function Announcer() {
  const signs = alarms.value.map((id) => store.roster[store.slot(id)]?.callsign ?? id).join(", ");
  const broken = conn.value === "offline" && frozen_ms.value !== null ? `${t("offline_title")}. ${t("frozen_at", { t: clock(frozen_ms.value) })}` : "";
  return (
    <div class="hidden">
      <div aria-live="assertive">{signs && `${t("officer_alarm")} ${signs}`}</div>
      <div aria-live="assertive">{broken}</div>
      <div aria-live="polite">{recovered_ms.value !== null && t("recovered", { s: Math.round(recovered_ms.value / 1000) })}</div>
    </div>
  );
}
