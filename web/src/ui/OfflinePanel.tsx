// Cut off: what broke as far as this side can tell, and how to go on without the wall.
import { useEffect, useState } from "preact/hooks";
import { t } from "../i18n";
import { attempts, frozen_ms, httpAnswers } from "../state/connection";
import { clock } from "../state/format";
import { reconnect } from "../state/live";
import { Key } from "./Key";

type Health = "ok" | "bad" | "unknown";

export function OfflinePanel() {
  const [network, setNetwork] = useState(navigator.onLine);
  useEffect(() => {
    const look = () => setNetwork(navigator.onLine);
    addEventListener("online", look);
    addEventListener("offline", look);
    return () => {
      removeEventListener("online", look);
      removeEventListener("offline", look);
    };
  }, []);
  const http = httpAnswers.value;
  return (
    <div class="offline-panel">
      <section>
        <h2 class="offline-title">{t("offline_title")}</h2>
        <p>{frozen_ms.value === null ? t("offline_never") : t("offline_text", { t: clock(frozen_ms.value) })}</p>
      </section>
      <section>
        <div class="head"><h2>{t("what_broke")}</h2><span class="meta">{t("checked_each")}</span></div>
        <Check word={t("check_local")} health={network ? "ok" : "bad"} text={network ? t("check_ok") : t("check_no_network")} />
        <Check word={t("check_http")} health={http === null ? "unknown" : http ? "ok" : "bad"}
          text={http === null ? t("check_waiting") : http ? t("check_ok") : t("check_no_answer")} />
        <Check word={t("check_stream")} health="bad" text={t("check_tried", { n: attempts.value })} />
        <Check word={t("check_devices")} health="unknown" text={t("check_unknown")} />
      </section>
      <section>
        <div class="head"><h2>{t("dispatch_now")}</h2></div>
        <dl class="ways">
          <dt>{t("by_radio")}</dt><dd>{t("by_radio_text")}</dd>
          <dt>{t("by_phone")}</dt><dd>{t("by_phone_text")}</dd>
          <dt>{t("by_desk")}</dt><dd>{t("by_desk_text")}</dd>
        </dl>
      </section>
      <section class="foot"><button class="button" onClick={reconnect}>{t("reconnect")} <Key>R</Key></button></section>
    </div>
  );
}

function Check({ word, health, text }: { word: string; health: Health; text: string }) {
  return (
    <div class="check">
      <span class={`check-mark is-${health}`} aria-hidden="true">{health === "ok" ? "✓" : health === "bad" ? "✕" : "?"}</span>
      <b>{word}</b>
      <span class={health === "bad" ? "is-warn" : ""}>{text}</span>
    </div>
  );
}
