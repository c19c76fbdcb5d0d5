// The answer about a place: which zones it lies in, who is nearest, who was left out, what the rings hold.
import { named, said, t } from "../i18n";
import type { PassedOver } from "../api/types";
import { place, selectUnit } from "../state/app";
import { nearest, zonesAt } from "../state/ask";
import { offline } from "../state/connection";
import { layAt } from "../state/cordon/laying";
import { elapsed } from "../state/format";
import { amount } from "./amount";
import { NearestList } from "./NearestList";
import { ProblemNote } from "./ProblemNote";
import { Rings } from "./Rings";
import { Glyph, kindIndex, statusIndex } from "./Glyph";
import { CONTACTS, LOST, STALE, STATUSES } from "../words";

export function PlacePanel() {
  const at = place.value;
  if (!at) return null;
  return (
    <>
      <section class="place">
        <div class="head">
          <h2 class="title">{t("place")}</h2>
          <span class="meta figures">{at.lat.toFixed(5)}, {at.lon.toFixed(5)}</span>
          <button class="plain" onClick={() => (place.value = null)}>{t("close")} <kbd>Esc</kbd></button>
        </div>
        <ZonesHere />
        <button class="button" data-testid="cordon-here" disabled={offline.value} onClick={() => layAt(at)}>{t("cordon_lay")} <kbd>C</kbd></button>
      </section>
      <NearestList />
      <LeftOut />
      <Rings />
    </>
  );
}

function ZonesHere() {
  const { data, problem } = zonesAt.asked.value;
  if (problem) return <ProblemNote problem={problem} />;
  if (!data) return <p class="meta">{t("loading")}</p>;
  const zones = data.layers.flatMap((layer) => layer.zones.map((zone) => ({ ...zone, layer: layer.layer })));
  if (!zones.length) return <p class="meta">{t("zones_none")}</p>;
  return (
    <ul class="tags" aria-label={t("zones_here")}>
      {zones.map((zone) => <li key={zone.layer + zone.id} title={said(zone.layer)}>{named(zone.name)}</li>)}
    </ul>
  );
}

function LeftOut() {
  const { left_out: left, passed_over: passed } = nearest.asked.value.data ?? {};
  if (passed) return <PassedOverList units={passed} />;
  if (!left) return null;
  const reasons = Object.entries(left.reasons).sort((a, b) => b[1] - a[1]);
  return (
    <section class="left-out">
      <div class="head">
        <h2>{t("left_out")}</h2>
        <span class="meta">{t("left_out_n", { n: left.total })}</span>
      </div>
      {!reasons.length && <p class="meta">{t("left_none")}</p>}
      <ul>
        {reasons.map(([reason, n]) => (
          <li key={reason}><ReasonGlyph reason={reason} /> <b>{n}</b> {reasonText(reason)}</li>
        ))}
      </ul>
    </section>
  );
}

/** By road: the nearest as the crow flies who lost, and by how much. */
function PassedOverList({ units }: { units: readonly PassedOver[] }) {
  return (
    <section class="left-out" data-testid="passed-over">
      <div class="head"><h2>{t("left_out")}</h2></div>
      {!units.length && <p class="meta">{t("left_none")}</p>}
      <ul>
        {units.map((unit) => (
          <li key={unit.id}>
            <Glyph kind={kindIndex(unit.kind)} status={statusIndex(unit.status)} contact={CONTACTS.indexOf(unit.contact)} size={20} />
            <button class="plain" onClick={() => selectUnit(unit.id)}>{unit.callsign}</button> {amount(unit.distance_m)} · {whyText(unit)}
          </li>
        ))}
      </ul>
    </section>
  );
}

function whyText({ why, later_s, over_water }: PassedOver): string {
  if (why !== "later" || later_s === null) return reasonText(why);
  return t(over_water ? "why_later_water" : "why_later", { t: elapsed(later_s * 1000) });
}

function reasonText(reason: string): string {
  const word = `reason_${reason}`;
  const text = said(word);
  return text === word ? said(reason) : text;
}

function ReasonGlyph({ reason }: { reason: string }) {
  if (reason === "stale" || reason === "max_age") return <Glyph contact={STALE} size={20} />;
  if (reason === "lost" || reason === "never" || reason === "no_fix") return <Glyph contact={LOST} size={20} />;
  if ((STATUSES as readonly string[]).includes(reason)) return <Glyph status={statusIndex(reason)} size={20} />;
  return <Glyph status={0} size={20} />;
}
