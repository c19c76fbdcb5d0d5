// Over the map: the gate that does not hold, and by how much.
import { t } from "../../i18n";
import { minutes } from "../../state/cordon/gates";
import { gateRows, left, looked, pickGate } from "../../state/cordon/running";
import { escapeText } from "./words";

/** What leaks now, in words; null when nothing does. */
export function leakText(): string | null {
  const cordon = looked.value;
  if (!cordon || cordon.holds || cordon.state === "ended" || cordon.state === "opening") return null;
  const row = gateRows.value.find(({ tone }) => tone === "alarm");
  const out = cordon.leaks[0]?.escape.at(-1);
  if (!row) return out ? escapeText(out) : t("not_closed_leaks", { n: cordon.leaks.length || 1 });
  const { guard, label } = row;
  if (guard.unit_s === null || guard.suspect_s === null || guard.slack_s === null) return t("leak_lost", { gate: label, who: guard.callsign });
  if (guard.slack_s >= 0) return t("leak_thin", { gate: label, who: guard.callsign, s: Math.floor(guard.slack_s) });
  return t("leak_late", { gate: label, who: guard.callsign, he: minutes(left(guard.suspect_s)), unit: minutes(left(guard.unit_s)), s: Math.ceil(-guard.slack_s) });
}

export function LeakBanner() {
  const text = leakText();
  if (!text) return null;
  const row = gateRows.value.find(({ tone }) => tone === "alarm");
  return <button class="leak-banner" data-testid="leak-banner" onClick={() => row && pickGate(row.guard)}>{text}</button>;
}
