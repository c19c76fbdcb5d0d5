// A cordon that runs: closed or not, each gate, what to do about those that do not hold, a sighting, the end.
import { useEffect, useRef } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { named, t } from "../../i18n";
import type { Cordon, Gate } from "../../api/cordons";
import { desk, selectUnit } from "../../state/app";
import { now_ms, offline } from "../../state/connection";
import { labels, lastSeen, minutes, news, signed, toneOf } from "../../state/cordon/gates";
import { layAt } from "../../state/cordon/laying";
import {
  changeProblem, changing, end, ending, gatePicked, gateRows, left, looked, pickGate, proposal, release, relief, reliefs, relieve, running, sightAt, sightedAt_ms, sightingAt, takeProposal, tellSighting,
} from "../../state/cordon/running";
import { nameOf } from "../../state/cordon/names";
import { elapsed } from "../../state/format";
import type { Fit } from "../fit";
import { Glyph, kindIndex } from "../Glyph";
import { Key } from "../Key";
import { Blocks } from "../ProblemNote";
import { AVAILABLE } from "../../words";
import { GateTable } from "./GateTable";
import { Timeline } from "./Timeline";
import { cordonName, guardName, guardPlace, LeakNote, placeName, Refusal } from "./words";

export function RunPanel({ fit }: { fit: Fit }) {
  const cordon = looked.value;
  if (!cordon) return <section><Blocks rows={8} /></section>;
  const held = cordon.gates.filter(({ state }) => state === "held").length;
  const over = cordon.state === "ended";
  const bad = !cordon.holds && !over;
  const last = lastSeen(cordon);
  const tight = gateRows.value.find(({ stand, guard }) => stand !== "held" && guard.slack_s !== null);
  return (
    <>
      <section class="run" data-testid="cordon-run" data-state={cordon.state} data-holds={cordon.holds}>
        <div class="head">
          <h2 class={`title ${bad ? "is-alarm" : cordon.state === "closed" ? "is-enough" : ""}`}>{verdict(cordon)}</h2>
          <span>{t("held_of", { n: held, of: cordon.gates.length })}</span>
          <button class="plain" onClick={() => (desk.value = null)}>{t("close")} <Key>Esc</Key></button>
        </div>
        <p class="meta">{[
          cordon.name && named(cordon.name),
          over ? null : cordon.closed_s !== null && cordon.state !== "closed" && t("all_in", { t: minutes(left(cordon.closed_s)) }),
          tight && t("tightest_is", { gate: tight.label, s: signed(tight.guard.slack_s ?? 0) }),
          last && t("seen_ago", { t: elapsed(now_ms.value - Date.parse(last.seen_at)) }),
        ].filter(Boolean).join(" · ")}</p>
        {running.value.length > 1 && <ul class="tags">{running.value.map((each, n) => <li key={each.id} class={each.id === cordon.id ? "is-at" : ""}><button class="plain" onClick={() => { desk.value = { mode: "run", id: each.id }; fit(each.gates.map(({ at }) => [at.lon, at.lat])); }}>{n + 1} · {cordonName(each)}</button></li>)}</ul>}
        {cordon.leaks.length > 0 && !over && <LeakNote leaks={cordon.leaks} />}
      </section>
      <Acts cordon={cordon} />
      <GateTable list={gateRows.value} suspect={cordon.suspect !== null} />
      {cordon.suspect && <Timeline list={gateRows.value} />}
    </>
  );
}

function verdict(cordon: Cordon): string {
  if (cordon.state === "ended") return t("cordon_ended");
  if (cordon.state === "opening") return t("cordon_opening");
  const bad = cordon.gates.filter((gate) => toneOf(gate, cordon.margin_s ?? 0) === "alarm").length;
  if (!cordon.holds) return t("not_closed_leaks", { n: Math.max(1, cordon.leaks.length, bad) });
  return cordon.state === "closed" ? t("cordon_closed") : t("not_closed");
}

/** One thing to do at a time, with one primary button. */
function Acts({ cordon }: { cordon: Cordon }) {
  if (cordon.state === "ended") return <section class="acts"><button class="button" onClick={() => layAt(null)}>{t("cordon_lay")}</button></section>;
  const gate = gatePicked.value;
  const red = gateRows.value.find(({ guard, tone }) => tone === "alarm" && "replacement" in guard && guard.replacement)?.guard as Gate | undefined;
  const refused = changeProblem.value && <Refusal problem={changeProblem.value} />;
  if (ending.value) return <Ending cordon={cordon} note={refused} />;
  if (sightingAt.value) return <Sighting note={refused} />;
  if (gate) return <PickedGate gate={gate} cordon={cordon} note={refused} />;
  return (
    <section class="acts">
      <Offer cordon={cordon} red={red} note={refused} />
      <Row>
        <button class="button" data-testid="cordon-end" disabled={offline.value} onClick={() => (ending.value = true)}>{t("cordon_end")}</button>
        <span class="meta">{t(cordon.state === "opening" ? "run_hint_opening" : cordon.suspect ? "run_hint" : "run_hint_gates")}</span>
      </Row>
    </section>
  );
}

/** What the engine offers: another plan, or a unit for the gate that is worst off. */
function Offer({ cordon, red, note }: { cordon: Cordon; red: Gate | undefined; note: ComponentChildren }) {
  const sighted = proposal.value;
  const plan = sighted ?? cordon.proposal;
  if (plan) {
    const { closed_s, slack_s } = plan;
    const units = sighted ? plan.units : news(plan, cordon.gates);
    return (
      <div class="offer" data-testid="proposal">
        <p>{t(sighted ? "proposal" : "mend", { n: units, t: minutes(closed_s), s: slack_s === null ? "–" : signed(slack_s) })}</p>{note}
        <Row><Primary key="proposal" id="take-proposal" act={() => takeProposal(plan)}>{t("proposal_take", { n: units })}</Primary>{sighted && <button class="button" onClick={() => (proposal.value = null)}>{t("drop")}</button>}</Row>
      </div>
    );
  }
  const other = red?.replacement;
  if (!red || !other) return <>{note}</>;
  const gate = labels(cordon.gates).get(red) ?? "";
  return (
    <>
      <p>{t("relief_offer", { gate, who: other.callsign, t: minutes(left(other.unit_s)) })}{other.slack_s !== null && t("relief_slack", { s: signed(other.slack_s) })}</p>
      {note}
      <Row><Primary key={`${red.junction} ${other.unit}`} id="relieve" act={() => relieve(red, other.unit)}>{t("relieve", { who: other.callsign, gate })}</Primary></Row>
    </>
  );
}

const Row = ({ children }: { children: ComponentChildren }) => <div class="row">{children}</div>;

/** The one primary button. `lit`: somebody asked for it, and Enter is next; otherwise it is offered, and a new one takes no click at once. */
function Primary({ id, act, lit = false, children }: { id: string; act: () => unknown; lit?: boolean; children: ComponentChildren }) {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => { if (lit) button.current?.focus(); }, [lit]);
  return <button ref={button} class={`button is-primary ${lit ? "" : "is-offer"}`} data-testid={id} disabled={changing.value || offline.value} title={offline.value ? t("orders_paused") : undefined} onClick={() => void act()}>{children} <Key>⏎</Key></button>;
}

function Ending({ cordon, note }: { cordon: Cordon; note: ComponentChildren }) {
  const n = cordon.gates.length;
  return (
    <section class="acts" data-testid="ending">
      <p>{t("end_ask", { n })}</p>{note}
      <Row>
        <Primary id="end-now" lit act={() => end("ended")}>{t("end_now", { n })}</Primary>
        {cordon.state !== "opening" && <button class="button" data-testid="end-slowly" disabled={changing.value || offline.value} onClick={() => void end("opening")}>{t("end_slowly")}</button>}
        <button class="plain" onClick={() => (ending.value = false)}>{t("back")} <Key>Esc</Key></button>
      </Row>
    </section>
  );
}

function Sighting({ note }: { note: ComponentChildren }) {
  const at = sightingAt.value;
  if (!at) return null;
  const ago_ms = now_ms.value - sightedAt_ms.value;
  return (
    <section class="acts" data-testid="sighting">
      <p>{t("sighting_here", { where: placeName(nameOf(at), at) })}</p>
      <Row>
        <b class="figures">{t("seen_ago", { t: elapsed(ago_ms) })}</b>
        <button class="button" data-testid="sighting-later" aria-label={t("later")} onClick={() => (sightedAt_ms.value = Math.min(now_ms.value, sightedAt_ms.value + 30_000))}>−0:30</button>
        <button class="button" aria-label={t("earlier")} onClick={() => (sightedAt_ms.value -= 30_000)}>+0:30</button>
      </Row>
      {note}
      <Row><Primary id="sighting-tell" lit act={tellSighting}>{t("sighting_tell")}</Primary><button class="plain" onClick={() => sightAt(null)}>{t("back")} <Key>Esc</Key></button></Row>
    </section>
  );
}

/** A gate: who comes, and who could come instead; while it is taken away, the end of its order. */
function PickedGate({ gate, cordon, note }: { gate: Gate; cordon: Cordon; note: ComponentChildren }) {
  const label = labels(cordon.gates).get(gate) ?? "";
  return (
    <section class="acts" data-testid="gate-picked">
      <div class="head"><h2>{label} · {guardPlace(gate)}</h2><button class="plain" onClick={() => pickGate(null)}>{t("back")} <Key>Esc</Key></button></div>
      <p class="meta"><button class="plain" data-testid="gate-unit" disabled={gate.unit === null} onClick={() => selectUnit(gate.unit)}>{t(`gate_is_${gate.state}`, { who: guardName(gate) })}</button>{gate.why && ` · ${t(`why_${gate.why}`)}`}</p>
      {note}
      {cordon.state === "opening" ? gate.order !== null && <Row><Primary id="release" lit act={() => release(gate)}>{t("release", { gate: label, who: guardName(gate) })}</Primary></Row> : <Reliefs gate={gate} label={label} />}
    </section>
  );
}

/** Who could come instead. */
function Reliefs({ gate, label }: { gate: Gate; label: string }) {
  const chosen = relief.value;
  const near = (reliefs.asked.value.data?.units ?? []).filter(({ id }) => id !== gate.unit);
  return (
    <>
      {chosen && <Row><Primary id="relieve-chosen" lit act={() => relieve(gate, chosen.unit)}>{t("relieve", { who: chosen.callsign, gate: label })}</Primary></Row>}
      <p class="meta">{t("relief_how")}</p>
      {!reliefs.asked.value.data && <Blocks rows={3} />}
      <ol class="reliefs">
        {near.map(({ id, callsign, kind, eta_s }) => (
          <li key={id}><button class={`plain ${chosen?.unit === id ? "is-at" : ""}`} data-nav data-testid="relief" data-unit={id} onClick={() => (relief.value = { unit: id, callsign })}>
            <Glyph kind={kindIndex(kind)} status={AVAILABLE} size={20} /> <b>{callsign}</b> <span>{typeof eta_s === "number" ? minutes(eta_s) : "–"}</span>
          </button></li>
        ))}
      </ol>
    </>
  );
}
