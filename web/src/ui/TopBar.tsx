// The top bar: whose wall, how many of what, how fresh, what time.
import { lang, named, t } from "../i18n";
import { city } from "../state/app";
import { behind_ms, closedFor, conn, now_ms } from "../state/connection";
import { counts } from "../state/counts";
import { clock, count, elapsed } from "../state/format";
import { muted, unmute } from "../state/sound";
import { ASSIGNED, AVAILABLE, BUSY, EN_ROUTE, LOST, ON_SCENE, STALE } from "../words";
import { session } from "../state/session";
import { Glyph } from "./Glyph";
import { useRoomy } from "./roomy";
import { GateMark, Switches } from "./Switches";

const SHOWN = [
  ["available", AVAILABLE], ["assigned", ASSIGNED], ["en_route", EN_ROUTE], ["on_scene", ON_SCENE], ["busy", BUSY],
] as const;

/** Left out one after the other: the bureau, the date, the words of the counts, the brand's name. */
const LESS = 4;

export function TopBar() {
  const c = counts.value;
  const held = conn.value === "offline";
  const figure = (n: number) => (conn.value === "loading" && !c.total ? "–" : count(n));
  return (
    <header class="top" ref={useRoomy<HTMLElement>(LESS)}>
      <div class="brand">
        <GateMark />
        <strong>{t("brand")}</strong>
        {city.value && <span class="bureau">{named(city.value.bureau)}</span>}
        {session.value?.demo && <span class="demo" data-testid="demo" title={t("demo_text")}>{t("demo")}</span>}
      </div>
      <ul class={`counts ${held ? "is-old" : ""}`}>
        {SHOWN.map(([word, status]) => (
          <li key={word} title={t(word)}>
            <Glyph status={status} size={22} /> <span>{t(word)}</span> <b>{figure(c.status[status])}</b>
          </li>
        ))}
        <li title={t("stale")}><Glyph contact={STALE} size={22} /> <span>{t("stale")}</span> <b>{figure(c.stale)}</b></li>
        <li title={t("lost")}><Glyph contact={LOST} size={22} /> <span>{t("lost")}</span> <b>{figure(c.lost)}</b></li>
      </ul>
      <div class="when">
        {muted.value && <button class="plain" data-testid="sound-off" title={t("sound_off")} aria-label={t("sound_off")} onClick={unmute}><Speaker /></button>}
        {session.value?.name && <a class="plain" data-testid="account" href={`/account${location.search}`}>{session.value.name}</a>}
        <Switches />
        <Pill />
        <DateText />
        <time class="clock">{clock(now_ms.value)}</time>
      </div>
    </header>
  );
}

function Pill() {
  const state = conn.value;
  const text = state === "live" ? t("conn_live", { s: (behind_ms.value / 1000).toFixed(1) })
    : state === "lagging" ? t("conn_lagging", { s: Math.ceil(behind_ms.value / 1000) })
    : state === "offline" ? t("conn_offline", { t: elapsed(closedFor.value) })
    : t("conn_loading");
  return <span class={`pill pill-${state}`} data-testid="conn-pill" data-state={state}><i aria-hidden="true" />{text}</span>;
}

function DateText() {
  const date = new Date(now_ms.value);
  const locale = lang.value === "zh" ? "zh-CN" : "en-GB";
  const weekday = date.toLocaleDateString(locale, { weekday: lang.value === "zh" ? "short" : "long" });
  const day = lang.value === "zh" ? `${date.getMonth() + 1} 月 ${date.getDate()} 日`
    : date.toLocaleDateString(locale, { day: "numeric", month: "short" });
  return <span class="date">{day}<br />{weekday}</span>;
}

/** A loudspeaker, crossed out. */
function Speaker() {
  return <svg width="22" height="22" viewBox="0 0 24 24" aria-hidden="true" fill="none" stroke="var(--warn)" stroke-width="2"><path d="M4 9.5h3.5L12 5.5v13l-4.5-4H4Z" /><path d="M15.5 9.5l5 5m0-5-5 5" /></svg>;
}
