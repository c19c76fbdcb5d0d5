// The top bar of a drill: what it is not, its own clock, and what of the live city cannot wait.
import { lang, named, t } from "../../i18n";
import { city } from "../../state/app";
import { conn } from "../../state/connection";
import { running } from "../../state/cordon/running";
import { drill, leave, second } from "../../state/drill/player";
import { instantOf } from "../../state/drill/replay";
import { alarms } from "../../state/live";
import { GateMark, Switches } from "../Switches";

export function DrillTop() {
  return (
    <header class="top drill-top">
      <div class="brand">
        <GateMark />
        <strong>{t("brand")}</strong>
        {city.value && <span class="bureau">{named(city.value.bureau)}</span>}
        <span class="pill pill-drill" data-testid="drill-pill">{t("drill_pill")}</span>
      </div>
      <LiveNotice />
      <div class="when">
        <Switches />
        <Clock />
      </div>
    </header>
  );
}

function Clock() {
  const report = drill.value;
  if (!report) return null;
  const at = instantOf(report, second.value);
  const day = lang.value === "zh" ? `${at.getUTCMonth() + 1} 月 ${at.getUTCDate()} 日`
    : at.toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
  return <><span class="date">{t("drill_recorded")}<br />{day}</span><time class="clock">{at.toISOString().slice(11, 19)}</time></>;
}

/** Whoever looks at a drill is told what the live city needs, and is one click from it. */
function LiveNotice() {
  const leaking = running.value.filter(({ state, holds }) => state !== "opening" && !holds).length;
  const urgent = alarms.value.length > 0 || leaking > 0;
  const said = [
    ...(alarms.value.length ? [`${t("officer_alarm")} ${alarms.value.length}`] : []), ...(leaking ? [`${t("cordon")} ${t("not_closed")} ${leaking}`] : []),
    ...(conn.value === "offline" ? [t("offline_title")] : []),
  ];
  if (!said.length) return null;
  return <div role="alert"><button class={`live-notice ${urgent ? "is-urgent" : ""}`} data-testid="live-notice" onClick={leave}>{t("live")} · {said.join(" · ")}</button></div>;
}
