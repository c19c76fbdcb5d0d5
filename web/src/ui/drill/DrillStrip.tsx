// The time of a drill: play, speed, and a line with the events on it.
import { named, t } from "../../i18n";
import type { DrillReport } from "../../api/drills";
import { minutes } from "../../state/cordon/gates";
import { at_s, drill, playing, second, seek, speed, SPEEDS, stepEvent, togglePlay } from "../../state/drill/player";
import { endOf, markOf, tickStep } from "../../state/drill/replay";
import { letGo } from "./focus";

export function DrillStrip() {
  const report = drill.value;
  if (!report) return null;
  return (
    <div class="drill-strip" role="group" aria-label={t("drill_time")}>
      <button class={`drill-play ${playing.value ? "is-playing" : ""}`} data-testid="drill-play" aria-label={t(playing.value ? "drill_pause" : "drill_play")} onClick={(event) => { togglePlay(); letGo(event); }} />
      <div class="drill-steps">
        <button class="plain" data-testid="drill-back" aria-label={t("drill_before")} title={t("drill_before")} onClick={(event) => { stepEvent(-1); letGo(event); }}><Step turned /></button>
        <button class="plain" data-testid="drill-next" aria-label={t("drill_next")} title={t("drill_next")} onClick={(event) => { stepEvent(1); letGo(event); }}><Step /></button>
      </div>
      <div class="drill-speeds" role="group" aria-label={t("drill_speed")}>
        {SPEEDS.map((times) => <button key={times} aria-pressed={speed.value === times} onClick={(event) => { speed.value = times; letGo(event); }}>{times}×</button>)}
      </div>
      <div class="drill-line">
        <Marks report={report} />
        <Needle end_s={endOf(report)} />
      </div>
    </div>
  );
}

/** To the next mark; turned, to the one before. */
const Step = ({ turned = false }: { turned?: boolean }) => (
  <svg width="20" height="16" viewBox="-10 -8 20 16" aria-hidden="true" fill="currentColor"><path d="M-7-7 5 0-7 7ZM5-7H8V7H5Z" transform={turned ? "scale(-1 1)" : undefined} /></svg>
);

const share = (s: number, end_s: number): string => `${(s / end_s) * 100}%`;

function Marks({ report }: { report: DrillReport }) {
  const end_s = endOf(report), step_s = tickStep(end_s);
  const ticks = Array.from({ length: Math.floor(end_s / step_s) + 1 }, (_, n) => n * step_s);
  return (
    <>
      {ticks.map((s) => <span key={`tick-${s}`} class="drill-tick" style={{ left: share(s, end_s) }}>{minutes(s)}</span>)}
      {report.events.map(({ kind, at_s: s, title }, n) => {
        const mark = markOf(kind);
        return mark && <i key={n} class={`drill-mark is-${mark}`} data-testid="drill-mark" title={`${minutes(s)} ${named(title)}`} style={{ left: share(s, end_s) }} />;
      })}
    </>
  );
}

/** Renewed at each picture, and alone. */
function Needle({ end_s }: { end_s: number }) {
  const s = at_s.value;
  return (
    <>
      <div class="drill-past" style={{ width: share(s, end_s) }} />
      <input type="range" data-testid="drill-slider" min="0" max={end_s} step="0.1" value={s} aria-label={t("drill_time")} aria-valuetext={minutes(s)}
        onInput={(event) => seek(Number(event.currentTarget.value))} />
      <div class="drill-flag" data-testid="drill-flag" style={{ left: share(s, end_s) }}>{minutes(second.value)}</div>
    </>
  );
}
