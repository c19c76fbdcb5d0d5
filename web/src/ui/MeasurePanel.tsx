// What was measured: each leg, the whole, the ground inside.
import { t } from "../i18n";
import { measureOpen } from "../state/app";
import { canClose, closeShape, measured, places, PLACES_MAX, shapeClosed, takeBack } from "../state/measuring";
import { areaText, lengthText } from "./amount";
import { Key } from "./Key";

export function MeasurePanel() {
  const { legs_m, whole_m, area_m2 } = measured.value;
  const n = places.value.length;
  return (
    <article class="card" data-testid="measure">
      <section class="head">
        <h2 class="title">{t("measure")}</h2>
        <button class="plain" onClick={() => (measureOpen.value = false)}>{t("close")} <Key>Esc</Key></button>
      </section>
      <section>
        <p class="hint-line">{n === PLACES_MAX ? t("measure_most", { n: PLACES_MAX }) : shapeClosed.value ? t("measure_again") : canClose.value ? t("measure_close_how") : t("measure_how")}</p>
        <dl class="measured" aria-live="polite">
          <dt>{shapeClosed.value ? t("measure_round") : t("measure_whole")}</dt>
          <dd data-testid="measure-whole" data-metres={whole_m}>{n > 1 ? lengthText(whole_m) : "–"}</dd>
          {shapeClosed.value && <dt>{t("measure_area")}</dt>}
          {shapeClosed.value && <dd data-testid="measure-area" data-square-metres={area_m2}>{area_m2 === null ? "–" : areaText(area_m2)}</dd>}
        </dl>
        {shapeClosed.value && area_m2 === null && <p class="hint-line">{t("measure_crosses")}</p>}
      </section>
      {legs_m.length > 0 && (
        <section class="measure-legs">
          <ol>{legs_m.map((leg, at) => <li key={at} data-testid="measure-leg" data-metres={leg}><span class="meta">{at + 1} → {at + 2 > n ? 1 : at + 2}</span> <b>{lengthText(leg)}</b></li>)}</ol>
        </section>
      )}
      <section class="actions">
        <button class="button" data-testid="measure-close" disabled={!canClose.value} onClick={closeShape}>{t("measure_close")}</button>
        <button class="button" data-testid="measure-back" disabled={!n} onClick={takeBack}>{shapeClosed.value ? t("measure_open") : t("measure_back")} <Key>⌫</Key></button>
      </section>
    </article>
  );
}
