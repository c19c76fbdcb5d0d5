// What lies round and over the map: the frozen frame, banners, the scale.
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n";
import { gpuLost, mapState } from "../map/mapstate";
import { owed } from "../state/base";
import { attempts, closedFor, conn, frozen_ms, journalTrouble, recovered_ms, retryAt_ms } from "../state/connection";
import { clock, count } from "../state/format";
import { city } from "../state/app";
import { counts } from "../state/counts";
import { drill } from "../state/drill/player";
import { note } from "../state/note";
import { loadAnew, renewed } from "../state/version";
import { roundAmount } from "./amount";
import { LeakBanners } from "./cordon/LeakBanner";
import { Glyph } from "./Glyph";
import { RoomBar } from "./RoomBar";
import { scaleStep } from "./scaleStep";

export function MapFrame() {
  const said = note.value && <div class="map-note" role="status" data-testid="note">{note.value}</div>;
  const attribution = owed.value.length > 0 && <div class="attribution" data-testid="attribution">{owed.value.join(" · ")}</div>;
  if (drill.value) return <><div class="drill-frame" aria-hidden="true" /><Scale />{attribution}{said}{gpuLost.value && <div class="map-loading" role="status">{t("gpu_lost")}</div>}</>;
  return (
    <>
      <Scale />
      <RoomBar />
      {said}
      {conn.value !== "offline" && <LeakBanners />}
      {attribution}
      {conn.value === "offline" && <OfflineBanner />}
      {conn.value !== "offline" && journalTrouble.value && (
        <div class="journal-banner" role="alert" data-testid="journal-banner">
          <strong>{t("commands_refused")}</strong> <span>{t("commands_refused_text")}</span> <small>{journalTrouble.value}</small>
        </div>
      )}
      {gpuLost.value && <div class="map-loading" role="status">{t("gpu_lost")}</div>}
      {conn.value === "loading" && city.value && <Loading />}
      {recovered_ms.value !== null && conn.value !== "offline" && (
        <div class="recovered" role="status" data-testid="recovered-banner">✓ {t("recovered", { s: Math.round(recovered_ms.value / 1000) })}</div>
      )}
      {renewed.value && conn.value !== "offline" && recovered_ms.value === null && (
        <div class="renewed" role="status" data-testid="renewed-banner">{t("renewed")} <button class="plain" data-testid="load-anew" onClick={loadAnew}>{t("load_anew")}</button></div>
      )}
    </>
  );
}

function OfflineBanner() {
  const [now, tick] = useState(performance.now());
  useEffect(() => {
    const timer = setInterval(() => tick(performance.now()), 500);
    return () => clearInterval(timer);
  }, []);
  const wait_s = Math.ceil((retryAt_ms.value - now) / 1000);
  return (
    <>
      <div class="offline-frame" aria-hidden="true" />
      <div class="offline-banner" role="alert" data-testid="offline-banner">
        <svg width="26" height="26" viewBox="0 0 26 26" aria-hidden="true">
          <path d="M4 10.5a13 13 0 0 1 18 0M7.5 14.5a8 8 0 0 1 11 0M11 18.5a3 3 0 0 1 4 0M21 4 5 22" fill="none" stroke="currentColor" stroke-width="2.4" />
        </svg>
        <strong>{frozen_ms.value === null ? t("offline_title") : t("frozen_at", { t: clock(frozen_ms.value) })}</strong>
        {frozen_ms.value !== null && <span aria-live="off">{t("no_positions_for", { s: Math.floor(closedFor.value / 1000) })}</span>}
        <span class="retry" aria-live="off">{wait_s > 0 ? t("retry_in", { s: wait_s, n: attempts.value }) : t("retrying", { n: attempts.value })}</span>
      </div>
      <div class="offline-note"><Glyph held status={1} size={22} /> <b>{t("last_positions")}</b> <span>{t("orders_paused")}</span></div>
    </>
  );
}

/** Said only when waiting gets long. */
const LOADING_SAID_MS = 2_000;

function Loading() {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), LOADING_SAID_MS);
    return () => clearTimeout(timer);
  }, []);
  const { known, total } = counts.value;
  if (!late) return null;
  return <div class="map-loading" role="status">{known ? t("loading_units", { total: count(known), have: count(total) }) : t("loading")}</div>;
}

function Scale() {
  const { metres, px } = scaleStep(mapState.value.scale_m);
  return <div class="scale" aria-hidden="true" style={{ width: `${px}px` }}>{roundAmount(metres)}</div>;
}
