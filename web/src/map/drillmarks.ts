// The words of a drill over the map: the scene, the suspect, where he was seen, who was sent, the gates with their slack.
import { lang, t } from "../i18n";
import { minutes, signed } from "../state/cordon/gates";
import { at_s, cordonNow, drill, eventNo, second } from "../state/drill/player";
import { gateStand, spotOn, statusAt, unitAt } from "../state/drill/replay";
import { mercatorX, mercatorY } from "../units/mercator";
import type { Mark } from "./overlay";
import type { MapView } from "./view";

/** Slack under this is little, seconds. */
export const TIGHT_S = 60;

export function drillMarks(view: MapView): Mark[] {
  const report = drill.value;
  if (!report) return [];
  void lang.value;
  const now_s = second.value, happened = eventNo.value;
  const ofPlace = (lat: number, lon: number) => () => view.camera().project(mercatorX(lon), mercatorY(lat));
  // Asked for at each picture: between two of them everybody moves.
  const ofSpot = (spot: () => { lat: number; lon: number } | null) => () => {
    const at = spot();
    return at && view.camera().project(mercatorX(at.lon), mercatorY(at.lat));
  };
  const him = ofSpot(() => spotOn(report.suspect.track, at_s.peek()));
  const { ending, at_s: ended_s } = report.outcome;
  const over = at_s.value >= ended_s;
  const list: Mark[] = [
    { key: "drill-scene", look: "mark-scene", at: ofPlace(report.scene.lat, report.scene.lon), dx: -13, dy: -20, parts: [{ look: "", text: "1" }] },
    { key: "drill-him", look: "mark-him", at: him, dx: -17, dy: 0, parts: [] },
    {
      key: "drill-suspect", look: "mark-suspect", at: him, dx: 24, dy: 0,
      parts: [{ look: "", text: t("drill_suspect") }, { look: "", text: over ? t(`drill_${ending}`) : minutes(now_s) }],
    },
  ];
  for (const [n, { kind, at }] of report.events.slice(0, happened + 1).entries()) {
    if (kind === "sighting" && at) list.push({ key: `drill-seen-${n}`, look: "mark-seen", at: ofPlace(at.lat, at.lon), dx: -7, dy: 0, parts: [] });
  }
  for (const gate of cordonNow.value?.gates ?? []) {
    const stand = gateStand(gate, now_s);
    if (stand === "opened") continue;
    const tone = stand === "passed" ? "is-alarm" : stand === "held" ? "is-held" : gate.slack_s !== null && gate.slack_s < TIGHT_S ? "is-warn" : "";
    const figure = stand === "held" ? t("gate_held") : stand === "passed" ? t("drill_passed") : gate.slack_s === null ? "" : signed(gate.slack_s);
    list.push({
      key: `drill-gate-${gate.junction}`, look: `mark-unit mark-gate ${tone}`, at: ofPlace(gate.at.lat, gate.at.lon), dx: 16, dy: 0, yields: stand !== "passed",
      parts: [{ look: "", text: gate.label }, ...(figure ? [{ look: "strong", text: figure }] : [])],
    });
  }
  for (const unit of report.units) {
    if (statusAt(unit, now_s) === "available") continue;
    list.push({ key: `drill-unit-${unit.id}`, look: "mark-unit mark-sent", at: ofSpot(() => unitAt(unit, at_s.peek())), dx: 20, dy: 0, yields: true, parts: [{ look: "", text: unit.callsign }] });
  }
  return list;
}
