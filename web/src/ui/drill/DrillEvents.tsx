// The events of a drill: the list goes along with the time, a click goes to the event.
import { useEffect, useRef } from "preact/hooks";
import { named, t } from "../../i18n";
import type { DrillEvent } from "../../api/drills";
import { minutes } from "../../state/cordon/gates";
import { drill, eventNo, seek } from "../../state/drill/player";
import { markOf } from "../../state/drill/replay";
import { letGo } from "./focus";

export function DrillEvents() {
  const list = useRef<HTMLOListElement>(null);
  const at = eventNo.value;
  useEffect(() => {
    // Not under the pointer.
    if (!list.current?.matches(":hover")) list.current?.children[Math.max(0, at)]?.scrollIntoView({ block: "center" });
  }, [at]);
  const report = drill.value;
  if (!report) return null;
  return (
    <nav class="left drill-left" aria-label={t("drill_events")}>
      <section>
        <div class="head"><h2>{t("drill_name", { name: named(report.name) })}</h2><span class="meta">{t("drill_events_n", { n: report.events.length })}</span></div>
        <p class="meta">{named(report.summary)}</p>
      </section>
      <ol class="drill-events" ref={list} data-list="drill">
        {report.events.map((event, n) => <Row key={n} event={event} look={n === at ? "is-at" : n > at ? "is-next" : ""} />)}
      </ol>
    </nav>
  );
}

function Row({ event: { at_s, kind, title, detail, late_s }, look }: { event: DrillEvent; look: string }) {
  const mark = markOf(kind);
  const tone = mark === "bad" ? "is-alarm" : kind === "stopped" || kind === "closed" ? "is-enough" : "";
  return (
    <li>
      <button class={`drill-event ${look}`} data-nav data-testid="drill-event" data-kind={kind} aria-current={look === "is-at" ? "step" : undefined}
        onClick={(event) => { seek(at_s); letGo(event); }}>
        <time>{minutes(at_s)}</time>
        <span class={tone}>{named(title)}</span>
        <small class={late_s === null ? "" : "is-warn"}>{named(detail)}</small>
      </button>
    </li>
  );
}
