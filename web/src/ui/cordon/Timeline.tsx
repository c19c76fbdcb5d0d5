// When each unit is at its gate, and when he can be: one line a gate, the tightest first.
import { t } from "../../i18n";
import { ticks, type GateRow } from "../../state/cordon/gates";
import { left } from "../../state/cordon/running";

const ROWS_MAX = 8;
const WIDTH = 400, LEFT = 44, RIGHT = 26, ROW = 18, TOP = 22;

export function Timeline({ list }: { list: readonly GateRow[] }) {
  const rows = list.filter(({ guard, stand }) => stand !== "held" && guard.unit_s !== null && guard.suspect_s !== null).slice(0, ROWS_MAX)
    .map((row) => ({ ...row, unit_s: Math.max(0, left(row.guard.unit_s ?? 0)), suspect_s: Math.max(0, left(row.guard.suspect_s ?? 0)) }));
  if (!rows.length) return null;
  const marks = ticks(Math.max(...rows.flatMap(({ unit_s, suspect_s }) => [unit_s, suspect_s])));
  const most_s = marks[marks.length - 1] * 60;
  const x = (s: number): number => LEFT + (s / most_s) * (WIDTH - LEFT - RIGHT);
  const height = TOP + rows.length * ROW + 4;
  return (
    <section class="timeline" data-testid="timeline">
      <svg viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={t("timeline")}>
        {marks.map((m) => <g key={m}><path d={`M${x(m * 60)} ${TOP - 4}V${height}`} stroke="var(--line-1)" /><text x={x(m * 60)} y="13" text-anchor={m ? "middle" : "start"} class="tick">{m ? t("minutes_short", { n: m }) : t("now")}</text></g>)}
        {rows.map(({ guard, label, tone, unit_s, suspect_s }, n) => {
          const y = TOP + n * ROW + ROW / 2;
          const ink = tone === "alarm" ? "var(--alarm)" : tone === "warn" ? "var(--warn)" : "var(--line-3)";
          return (
            <g key={`${guard.junction} ${guard.unit}`}>
              <text x="0" y={y + 5} class="tick">{label}</text>
              <path d={`M${x(unit_s)} ${y}H${x(suspect_s)}`} stroke={ink} stroke-width="2.4" />
              <rect x={x(unit_s) - 4.5} y={y - 4.5} width="9" height="9" fill="var(--st-enroute)" />
              <circle cx={x(suspect_s)} cy={y} r="4.6" fill="var(--bg-1)" stroke="var(--text-1)" stroke-width="2" />
            </g>
          );
        })}
      </svg>
      <p class="legend meta"><i class="unit" /> {t("unit_in")}　<i class="him" /> {t("suspect_in_long")}</p>
    </section>
  );
}
