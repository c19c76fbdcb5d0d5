// The nearest units. Figures renew every two seconds; while the pointer or the focus is on the list its
// rows keep their places, and say that others are waiting.
import { useRef, useState } from "preact/hooks";
import type { Found } from "../api/types";
import { t } from "../i18n";
import { selectUnit } from "../state/app";
import { byRoad, nearest, switchByRoad } from "../state/ask";
import { now_ms } from "../state/connection";
import { elapsed } from "../state/format";
import { store } from "../state/live";
import { CONTACTS } from "../words";
import { ageText, amount } from "./amount";
import { Glyph, kindIndex, statusIndex } from "./Glyph";
import { heldOrder } from "./heldOrder";
import { orgName } from "./orgs";
import { Blocks, ProblemNote } from "./ProblemNote";

export function NearestList() {
  const { data, problem } = nearest.asked.value;
  const [held, hold] = useState(false);
  const shown = useRef<readonly Found[]>([]);
  const { rows, waiting } = heldOrder(shown.current, data?.units ?? [], held);
  shown.current = rows;
  return (
    <section class="nearest">
      <div class="head">
        <h2>{t(byRoad.value ? "nearest_by_road" : "nearest")}</h2>
        <span class="meta">{waiting ? t("nearest_wait", { n: waiting }) : ""}</span>
        <button class="plain" data-testid="by-road" aria-pressed={byRoad.value} onClick={switchByRoad}>{t(byRoad.value ? "straight_line" : "by_road")}</button>
      </div>
      {problem && <ProblemNote problem={problem} />}
      {!data && !problem && <Blocks rows={10} />}
      {data && !rows.length && <p class="empty">{t("nearest_none")}</p>}
      <ol class="near-rows" data-list="nearest" data-testid="nearest-list" onPointerEnter={() => hold(true)} onPointerLeave={() => hold(false)}
        onFocusCapture={() => hold(true)} onBlurCapture={() => hold(false)}>
        {rows.map((unit, n) => <Row key={unit.id} unit={unit} rank={n + 1} gone={!data?.units.some((u) => u.id === unit.id)} />)}
      </ol>
    </section>
  );
}

function Row({ unit, rank, gone }: { unit: Found; rank: number; gone: boolean }) {
  const slot = store.slot(unit.id);
  // The stream knows the newest fix; the answer's own age grows old with the answer.
  const age_ms = slot >= 0 && store.fix_ms[slot] ? now_ms.value - store.fix_ms[slot] : unit.age_s === null ? NaN : unit.age_s * 1000;
  return (
    <li>
      <button class={`near-row ${gone ? "is-gone" : ""} ${typeof unit.eta_s === "number" ? "" : "is-straight"}`} data-nav data-testid="nearest-row" data-unit={unit.id} data-distance-m={unit.distance_m} data-eta-s={unit.eta_s ?? undefined}
        onClick={() => selectUnit(unit.id)}>
        <span class="rank">{rank}</span>
        <Glyph kind={kindIndex(unit.kind)} status={statusIndex(unit.status)} contact={CONTACTS.indexOf(unit.contact)} alarm={unit.alarm} size={26} />
        <span class="who"><b>{unit.callsign}</b> {orgName(unit.org)}</span>
        <span class="how">{t(unit.kind)} · {Number.isNaN(age_ms) ? t("fix_none") : t("fix_age", { age: ageText(age_ms) })}</span>
        {typeof unit.eta_s === "number"
          ? <><span class="figure">{elapsed(unit.eta_s * 1000)}</span><span class="far">{amount(unit.road_m ?? unit.distance_m)}</span></>
          : <span class="figure">{amount(unit.distance_m)}</span>}
      </button>
    </li>
  );
}
