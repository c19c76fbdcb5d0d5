// One unit: who it is and where, how fresh that is, and what it can do.
import { lang, named, said, t } from "../i18n";
import { zoneNames } from "../map/data";
import { askPlace, follow, place, selected, selectUnit } from "../state/app";
import { loans, unit as unitPoll } from "../state/ask";
import { now_ms } from "../state/connection";
import { store } from "../state/live";
import { canKeep, kept, KEPT_MAX, toggleKept } from "../state/trails";
import { CONTACTS, KINDS, LIVE, LOST, STATUSES } from "../words";
import { ageText, amount } from "./amount";
import { Glyph } from "./Glyph";
import { Key } from "./Key";
import { OrderNote } from "./OrderNote";
import { moment } from "./account/words";
import { orgName, orgPath } from "./orgs";
import { ProblemNote } from "./ProblemNote";

export function UnitCard() {
  const id = selected.value;
  if (!id) return null;
  void now_ms.value; // the age counts on
  const slot = store.slot(id);
  const { data, problem } = unitPoll.asked.value;
  const loan = loans.asked.value.data?.find((one) => one.unit === id);
  const entry = store.roster[slot];
  const status = slot >= 0 ? store.status[slot] : 0;
  const contact = slot >= 0 ? store.contact[slot] : 3;
  const alarm = slot >= 0 && store.alarm[slot] === 1;
  const kind = slot >= 0 ? store.kind[slot] : 0;
  const age_ms = slot >= 0 && store.fix_ms[slot] ? Math.max(0, now_ms.value - store.fix_ms[slot]) : NaN;
  const at = slot >= 0 && store.placed(slot) ? store.drawnPlace(slot, performance.now()) : null;
  const speed = slot >= 0 ? store.speed_mps[slot] : NaN;
  const heading = slot >= 0 ? store.heading_deg[slot] : NaN;
  return (
    <article class="card" data-testid="unit-card" data-unit={id}>
      <section class="card-head">
        <Glyph kind={kind} status={status} contact={contact} alarm={alarm} size={44} />
        <div>
          <h2 class="title">{entry?.callsign ?? id}</h2>
          <p class="meta">{t(KINDS[kind])}</p>
        </div>
        <button class="plain" onClick={() => selectUnit(null)}>{place.value ? t("back") : t("close")} <Key>Esc</Key></button>
      </section>
      <OrderNote unit={id} />
      <section class="facts">
        <Fact word={t("status")}>{alarm ? <b class="is-alarm">{t("alarm")}</b> : t(STATUSES[status])}</Fact>
        <Fact word={t("last_fix")}>
          {Number.isNaN(age_ms) ? t("fix_none") : ageText(age_ms)}
          {contact !== LIVE && <em class={contact >= LOST ? "is-lost" : ""}> · {t(CONTACTS[contact])}</em>}
        </Fact>
        <Fact word={t("speed")}>{speed >= 0 && contact === LIVE ? t("kmh", { v: Math.round(speed * 3.6) }) : "–"}</Fact>
        <Fact word={t("heading")}>{heading >= 0 && contact === LIVE && speed >= 1 ? t("deg", { v: Math.round(heading) }) : "–"}</Fact>
        <Fact word={t("position")} wide>{at ? `${at.lat.toFixed(5)}, ${at.lon.toFixed(5)}` : "–"}{at && data?.accuracy_m != null && <small> ± {amount(data.accuracy_m)}</small>}</Fact>
      </section>
      {problem && <section><ProblemNote problem={problem} /></section>}
      <section class="facts">
        <Fact word={t("org")} wide>{orgPath(entry?.org ?? data?.org ?? "")}</Fact>
        {loan && <Fact word={t("lent")} wide><span data-testid="lent">{t("lent_until", { who: orgName(loan.to), t: moment(loan.until) })}</span></Fact>}
        <Fact word={t("crew")}>{t("people", { n: entry?.crew ?? data?.crew ?? 0 })}</Fact>
        <Fact word={t("capabilities")}>{(entry?.capabilities ?? []).map(said).join(lang.value === "zh" ? "、" : ", ") || t("none")}</Fact>
        <Fact word={t("devices")} wide>{data?.devices.map((d) => `${said(d.kind)} ${d.id}`).join(lang.value === "zh" ? "，" : ", ") ?? "…"}</Fact>
        <Fact word={t("zones")} wide>
          <ul class="tags">
            {data?.zones.map((z) => {
              const name = zoneNames.get(z.id);
              return <li key={z.layer + z.id} title={said(z.layer)}>{name ? named(name) : z.id}</li>;
            })}
            {data?.zones.length === 0 && <li>{t("zones_none")}</li>}
          </ul>
        </Fact>
      </section>
      <section class="actions">
        <button class={`button ${follow.value ? "is-on" : ""}`} aria-pressed={follow.value} disabled={!at} onClick={() => (follow.value = !follow.value)}>
          {follow.value ? t("following") : t("follow")}
        </button>
        <button class={`button ${kept.value.includes(id) ? "is-on" : ""}`} data-testid="keep-trail" aria-pressed={kept.value.includes(id)} disabled={!canKeep(id)} onClick={() => toggleKept(id)}>
          {kept.value.includes(id) ? t("trail_kept", { n: kept.value.length, of: KEPT_MAX }) : canKeep(id) ? t("trail_keep") : t("trail_most", { n: KEPT_MAX })} <Key>B</Key>
        </button>
        <button class="button" disabled={!at} onClick={() => at && askPlace(at)}>{t("nearest_to_it")} <Key>N</Key></button>
      </section>
    </article>
  );
}

function Fact({ word, wide, children }: { word: string; wide?: boolean; children: preact.ComponentChildren }) {
  return <div class={`fact ${wide ? "is-wide" : ""}`}><span class="meta">{word}</span><div>{children}</div></div>;
}
