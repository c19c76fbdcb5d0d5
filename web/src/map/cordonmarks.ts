// The words of a cordon over the map: where he was seen, each gate with its slack.
import { t } from "../i18n";
import { desk } from "../state/app";
import { now_ms } from "../state/connection";
import { signed, type GateRow } from "../state/cordon/gates";
import { starts } from "../state/cordon/asked";
import { gateAt, looked, pickGate, sightingAt } from "../state/cordon/running";
import { making } from "../state/cordon/standing";
import { elapsed } from "../state/format";
import { shownGates } from "./cordons";
import type { Mark } from "./overlay";

type At = (lat: number, lon: number) => Mark["at"];

const LABEL_DX = 16;

/** `K04 −0:35`; a held one says so, a planned one its slack. */
export function gateWords({ guard, stand, label }: GateRow): { name: string; figure: string } {
  const figure = stand === "held" ? t("gate_held") : stand === "lost" ? t("gate_lost") : guard.slack_s === null ? "" : signed(guard.slack_s);
  return { name: label, figure };
}

export function cordonMarks(ofPlace: At): Mark[] {
  const list: Mark[] = [];
  const cordon = looked.value;
  const seen = desk.value?.mode === "lay" ? starts.value.map(({ at, seen_ms }) => ({ ...at, seen_ms })) : (cordon?.starts ?? []).map(({ lat, lon, seen_at }) => ({ lat, lon, seen_ms: Date.parse(seen_at) }));
  for (const [n, { lat, lon, seen_ms }] of seen.entries()) {
    list.push({ key: `seen-${n}`, look: "mark-place", at: ofPlace(lat, lon), dx: -11, dy: 0, parts: [] });
    if (seen.length === 1 && !cordon) continue; // the form says when
    const when = t("seen_ago", { t: elapsed(now_ms.value - seen_ms) });
    const parts = [...(seen.length > 1 ? [{ look: "rank", text: String(n + 1) }] : []), { look: "", text: when }];
    list.push({ key: `seen-when-${n}`, look: "mark-unit", at: ofPlace(lat, lon), dx: 18, dy: -22, yields: true, parts });
  }
  const sighting = sightingAt.value;
  if (sighting) list.push({ key: "sighting", look: "mark-target", at: ofPlace(sighting.lat, sighting.lon), dx: -11, dy: 0, parts: [] });
  // The most urgent first: others give way to them.
  for (const row of shownGates.value) {
    const { guard, tone, stand } = row;
    const { name, figure } = gateWords(row);
    const picked = gateAt.value?.junction === guard.junction && gateAt.value.unit === guard.unit;
    list.push({
      key: `gate-${guard.junction}-${guard.unit}`, look: `mark-unit mark-gate ${tone && `is-${tone}`} ${stand === "held" ? "is-held" : ""} ${picked ? "mark-chosen" : ""}`,
      at: ofPlace(guard.at.lat, guard.at.lon), dx: LABEL_DX, dy: 0, yields: tone !== "alarm" && !picked, ...(cordon && { click: () => pickGate(guard) }),
      parts: [{ look: "", text: name }, { look: "strong", text: figure }],
    });
  }
  (making.value ?? []).forEach(({ lat, lon }, n) => list.push({ key: `make-${n}`, look: "mark-unit", at: ofPlace(lat, lon), dx: LABEL_DX, dy: 0, parts: [{ look: "", text: String(n + 1) }] }));
  return list;
}
