// The overview: who is free, by kind.
import { t } from "../i18n";
import { cityProblem, layerProblem } from "../state/app";
import { conn } from "../state/connection";
import { counts } from "../state/counts";
import { coverageOn } from "../state/coverage";
import { count } from "../state/format";
import { loadCity } from "../state/live";
import { AVAILABLE, KINDS } from "../words";
import type { Fit } from "./fit";
import { Glyph } from "./Glyph";
import { Key } from "./Key";
import { Promise135 } from "./Promise135";
import { Blocks, ProblemNote } from "./ProblemNote";

export function Overview({ fit }: { fit: Fit }) {
  const c = counts.value;
  if (cityProblem.value) return <ProblemNote problem={{ ...cityProblem.value, detail: t("city_failed") }} retry={loadCity} />;
  return (
    <>
      {coverageOn.value && <Promise135 fit={fit} />}
      <section>
        <div class="head">
          <h2>{t("by_kind")}</h2>
          <span class="meta">{t("on_duty", { n: count(c.onDuty) })}</span>
        </div>
        {conn.value === "loading" ? <Blocks rows={8} /> : (
          <ul class="kinds">
            {/* Where units are told as totals, nobody says of which kind. */ c.byKind.length > 0 && KINDS.map((kind, n) => {
              const k = c.byKind[n];
              const share = (part: number) => `${k.onDuty ? (part / k.onDuty) * 100 : 0}%`;
              return (
                <li key={kind}>
                  <Glyph kind={n} status={AVAILABLE} size={22} />
                  <span>{t(kind)}</span>
                  <span class="bar" aria-hidden="true">
                    <i style={{ width: share(k.available) }} /><i class="going" style={{ width: share(k.committed) }} />
                  </span>
                  <b>{count(k.available)}</b>
                </li>
              );
            })}
          </ul>
        )}
      </section>
      {layerProblem.value && <section><ProblemNote problem={{ title: t("layer_failed", { layer: layerProblem.value }) }} /></section>}
      <section class="hint">
        <p>{t("how_to_ask")}</p>
        <p><Key>N</Key> {t("key_nearest")}　<Key>M</Key> {t("key_list")}　<Key>0</Key> {t("key_whole")}</p>
      </section>
    </>
  );
}
