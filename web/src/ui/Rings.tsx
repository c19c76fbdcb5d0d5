// The three rings round a place: who stands in each, against who is needed.
import { useState } from "preact/hooks";
import type { RingAnswer } from "../api/types";
import { t } from "../i18n";
import { rings, ringSettings, setRings } from "../state/ask";
import { NEED_MAX, RING_MAX_M, RING_MIN_M, soundRings, type RingSetting } from "../state/rings";
import { roundAmount } from "./amount";
import { ProblemNote } from "./ProblemNote";
import { RingSign } from "./RingSign";
import { strength } from "./strength";

export function Rings() {
  const { data, problem } = rings.asked.value;
  const [editing, edit] = useState(false);
  return (
    <section class="rings">
      <div class="head">
        <h2>{t("rings")}</h2>
        <button class="plain" aria-expanded={editing} onClick={() => edit(!editing)}>{editing ? t("ring_done") : t("ring_edit")}</button>
      </div>
      {problem && <ProblemNote problem={problem} />}
      {ringSettings.value.map((setting, n) => (
        <Ring key={setting.name} n={n} setting={setting} answer={data?.rings.find((r) => r.name === setting.name)} editing={editing} />
      ))}
    </section>
  );
}

function Ring({ n, setting, answer, editing }: { n: number; setting: RingSetting; answer: RingAnswer | undefined; editing: boolean }) {
  const s = answer ? strength(answer, setting.need) : null;
  return (
    <div class="ring-row" data-testid="ring-row" data-ring={setting.name} data-have={answer?.have} data-total={answer?.total} data-outer-m={setting.outer_m}>
      <div class="row">
        <RingSign n={n} />
        <span class="ring-name">{t(setting.name)} <small>{roundAmount(setting.outer_m)}</small></span>
        <span class="ring-figure"><b>{answer?.have ?? "–"}</b> / {setting.need}</span>
      </div>
      {editing ? <Edit n={n} /> : (
        <>
          <div class="row">
            <span class="cells" aria-hidden="true">{s?.cells.map((cell, i) => <i key={i} class={`cell-${cell}`} />)}</span>
            {s && (s.short > 0 ? <b class="is-short">{t("ring_short", { n: s.short })}</b> : <b class="is-enough">{t("ring_enough")}</b>)}
          </div>
          {s && (s.coming > 0 || s.short > 0) && <div class="meta">{t("ring_held", { held: s.held, coming: s.coming })}</div>}
        </>
      )}
    </div>
  );
}

function Edit({ n }: { n: number }) {
  const change = (field: "outer_m" | "need") => (event: { currentTarget: HTMLInputElement }) => {
    const next = ringSettings.value.map((ring, i) => (i === n ? { ...ring, [field]: Math.round(Number(event.currentTarget.value)) } : ring));
    const sound = soundRings(next);
    event.currentTarget.setAttribute("aria-invalid", String(!sound));
    if (sound) setRings(next);
  };
  const setting = ringSettings.value[n];
  const least = n ? ringSettings.value[n - 1].outer_m + 1 : RING_MIN_M;
  return (
    <div class="row edit">
      <label>{t("ring_radius")} <input type="number" min={least} max={RING_MAX_M} step={50} value={setting.outer_m} onChange={change("outer_m")} /></label>
      <label>{t("ring_need")} <input type="number" min={0} max={NEED_MAX} value={setting.need} onChange={change("need")} /></label>
    </div>
  );
}
