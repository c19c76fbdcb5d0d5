// Words and signs that the cordon's panels share.
import { named, t } from "../../i18n";
import type { Cordon, Escape, Guard, Leak, LeakProblem } from "../../api/cordons";
import type { Name, Place } from "../../api/types";
import type { GateRow } from "../../state/cordon/gates";
import { minutes, once, passed } from "../../state/cordon/gates";
import { nameOf } from "../../state/cordon/names";
import { ProblemNote } from "../ProblemNote";

export const placeName = (name: Name | null | undefined, at: Place): string => (name ? named(name) : `${at.lat.toFixed(4)}, ${at.lon.toFixed(4)}`);
/** What a cordon is called, or how many gates it has. */
export const cordonName = ({ name, gates }: Cordon): string => (name ? named(name) : t("cordon_running", { n: gates.length }));
/** Who holds a gate, as far as one may know. */
export const guardName = ({ callsign }: Guard): string => callsign ?? t("foreign_unit");
export const guardPlace = ({ place, at }: Guard): string => placeName(place, at);
const ago = (s: number): string => (s < 0 ? t("was_ago", { t: minutes(-s) }) : t("in_time", { t: minutes(s) }));

/** Where he gets out, and who comes too late. */
export function escapeText({ at, suspect_s, first_unit_s }: Escape): string {
  const where = placeName(nameOf(at), at), he = ago(suspect_s);
  return first_unit_s === null ? t("escape_nobody", { where, he }) : t("escape_late", { where, he, unit: minutes(first_unit_s) });
}

/** So many places of a way out are named. */
const NAMED_MAX = 4;

/** Along which roads he gets out; empty while no name is known. */
export function wayText(leak: Leak): string {
  const names = once(passed(leak, NAMED_MAX).flatMap(({ at }) => nameOf(at) ?? []).map(named));
  return names.length > 1 ? t("way_out", { way: names.join(" → ") }) : "";
}

export function LeakNote({ leaks }: { leaks: readonly Leak[] }) {
  return (
    <ul class="leaks" data-testid="leaks">
      {leaks.flatMap((leak) => leak.escape.slice(-1).map((out) => (
        <li key={out.junction} class="is-alarm">{escapeText(out)}<small>{wayText(leak)}</small></li>
      )))}
    </ul>
  );
}

/** A refusal: with the way out, where that is why. */
export function Refusal({ problem, retry }: { problem: LeakProblem; retry?: () => void }) {
  if (!problem.leaks?.length) return <ProblemNote problem={problem} {...(retry && { retry })} />;
  return (
    <div class="problem is-leak" role="alert" data-testid="leak-refusal">
      <strong>{t("leak_refused")}</strong>
      <LeakNote leaks={problem.leaks} />
      {retry && <button class="button" onClick={retry}>{t("plan_again")}</button>}
    </div>
  );
}

/** The gate's glyph, as on the map. */
export function GateSign({ row: { stand, tone } }: { row: GateRow }) {
  const leak = tone === "alarm";
  const ink = leak ? "var(--alarm)" : tone === "warn" ? "var(--warn)" : stand === "held" ? "var(--ok)" : "var(--st-enroute)";
  return (
    <svg class="gate-sign" width="24" height="18" viewBox="-14 -9 28 18" aria-hidden="true" fill={ink}>
      <rect x="-12" y="-7" width="5" height="14" rx="1.4" /><rect x="7" y="-7" width="5" height="14" rx="1.4" />
      {leak ? <path d="M-1.6 8V-1H-5.5L0-8.4 5.5-1H1.6V8Z" /> : stand === "held" ? <rect x="-8" y="-2.2" width="16" height="4.4" /> : <><rect x="-8" y="-2.2" width="5" height="4.4" /><rect x="3" y="-2.2" width="5" height="4.4" /></>}
    </svg>
  );
}
