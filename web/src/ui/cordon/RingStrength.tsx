// How strong each ring of a cordon is: who is there and who comes in time, against who is to be.
import { t } from "../../i18n";
import type { RingStrength as Ring } from "../../api/cordons";
import { desk } from "../../state/app";
import { rings } from "../../state/cordon/asked";
import { chosen } from "../../state/cordon/laying";
import { looked } from "../../state/cordon/running";
import { RingSign } from "../RingSign";
import { strength } from "../strength";

export const RING_NAMES = ["lockdown", "control", "guard"] as const;

export function RingStrength() {
  const laid = desk.value?.mode === "lay" ? chosen.value?.plan : null;
  const runs = desk.value?.mode === "run" && looked.value?.state !== "ended" ? looked.value : null;
  const of = laid ?? runs;
  if (!of) return null;
  const missing = laid ? Math.max(0, rings.value - laid.strength.length) : 0;
  return (
    <section class="rings" data-testid="ring-strength">
      <div class="head"><h2>{t("rings")}</h2><span class="meta">{t("have_need")}</span></div>
      {of.strength.map((ring) => <Row key={ring.ring} ring={ring} leaks={ring.ring === 1 && runs !== null && !runs.holds} />)}
      {missing > 0 && <p class="is-warn ring-none" data-testid="rings-missing">▲ {t("rings_missing", { n: missing })}</p>}
    </section>
  );
}

/** Enough is not closed: one who was seen outside, or before a unit was there, is out for all that. */
function Row({ ring: { ring, asked, have, held }, leaks }: { ring: Ring; leaks: boolean }) {
  const coming = have - held;
  const s = strength({ have, by_status: { en_route: coming } }, asked);
  return (
    <div class="ring-row" data-testid="ring-of-cordon" data-ring={ring} data-asked={asked} data-have={have} data-held={held}>
      <div class="row">
        <RingSign n={ring - 1} />
        <span class="ring-name">{t(RING_NAMES[ring - 1] ?? "guard")}</span>
        <span class="ring-figure"><b>{have}</b> / {asked}</span>
      </div>
      <div class="row">
        <span class="cells" aria-hidden="true">{s.cells.map((cell, n) => <i key={n} class={`cell-${cell}`} />)}</span>
        {s.short > 0 ? <b class="is-short">{t("ring_short", { n: s.short })}</b> : leaks ? <b class="is-alarm">{t("not_closed")}</b> : <b class="is-enough">{t("ring_enough")}</b>}
      </div>
      <div class="meta">{t("ring_held", { held, coming })}</div>
    </div>
  );
}
