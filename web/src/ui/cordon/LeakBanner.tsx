// Over the map: each cordon that he can get out of, at which gate or by which way, and by how much.
import { t } from "../../i18n";
import type { Cordon } from "../../api/cordons";
import { desk, selectUnit } from "../../state/app";
import { MARGIN_S, minutes, rows, type GateRow } from "../../state/cordon/gates";
import { leaking, left, pickGate } from "../../state/cordon/running";
import { escapeText, guardName, wayText } from "./words";

const badGate = (cordon: Cordon): GateRow | undefined => rows(cordon.gates, cordon.margin_s ?? MARGIN_S).find(({ tone }) => tone === "alarm");

/** What leaks, in words: the gate that does not hold, or where he gets out; and the way there. */
export function leakText(cordon: Cordon): string {
  const [leak] = cordon.leaks, out = leak?.escape.at(-1), row = badGate(cordon), way = leak ? wayText(leak) : "";
  const text = row ? gateText(row) : out ? escapeText(out) : t("not_closed_leaks", { n: 1 });
  return way ? `${text} · ${way}` : text;
}

function gateText({ guard, label }: GateRow): string {
  const { unit_s, suspect_s, slack_s } = guard, who = guardName(guard);
  if (unit_s === null || suspect_s === null || slack_s === null) return t("leak_lost", { gate: label, who });
  if (slack_s >= 0) return t("leak_thin", { gate: label, who, s: Math.floor(slack_s) });
  return t("leak_late", { gate: label, who, he: minutes(left(suspect_s)), unit: minutes(left(unit_s)), s: Math.ceil(-slack_s) });
}

export function LeakBanners() {
  const show = (cordon: Cordon): void => {
    const row = badGate(cordon), here = desk.value?.mode === "run" && desk.value.id === cordon.id;
    selectUnit(null);
    if (!here) desk.value = { mode: "run", id: cordon.id };
    else if (row) pickGate(row.guard);
  };
  if (!leaking.value.length) return null;
  return <div class="leak-banners">{leaking.value.map((cordon) => <button key={cordon.id} class="leak-banner" data-testid="leak-banner" data-cordon={cordon.id} onClick={() => show(cordon)}>{leakText(cordon)}</button>)}</div>;
}
