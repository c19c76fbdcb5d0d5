// Which units the map shows: by kind, by status, by organisation. It is the legend too.
import { t } from "../i18n";
import { clearFilters, kindsOn, orgOn, statusesOn, toggled, withMap } from "../state/app";
import { counts, shownUnits } from "../state/counts";
import { count } from "../state/format";
import { KINDS, STATUSES } from "../words";
import type { Fit } from "./fit";
import { Glyph } from "./Glyph";
import { Organisations } from "./OrgTree";

/** Free first, as in the top bar; off duty last. */
const STATUS_ORDER = [1, 2, 3, 4, 5, 6, 0];

export function Filters({ fit }: { fit: Fit }) {
  const all = kindsOn.value.size === KINDS.length && statusesOn.value.size === STATUSES.length && !orgOn.value;
  const total = counts.value.total;
  return (
    <section class="filters" aria-label={t("filters")}>
      <div class="head">
        <h2>{t("filters")}</h2>
        <span class="meta" data-testid="unit-count" data-total={total} data-shown={shownUnits.value}>
          {withMap ? t("shown_of", { shown: count(shownUnits.value), total: count(total) }) : t("list_rows", { n: count(total) })}
        </span>
      </div>
      <div class="chips" role="group" aria-label={t("filter_kind")}>
        {KINDS.map((kind, n) => (
          <Chip key={kind} on={kindsOn.value.has(n)} flip={() => (kindsOn.value = toggled(kindsOn.value, n))}>
            <Glyph kind={n} size={20} /> {t(kind)}
          </Chip>
        ))}
      </div>
      <div class="chips" role="group" aria-label={t("filter_status")}>
        {STATUS_ORDER.map((n) => (
          <Chip key={n} on={statusesOn.value.has(n)} flip={() => (statusesOn.value = toggled(statusesOn.value, n))}>
            <Glyph status={n} size={20} /> {t(STATUSES[n])}
          </Chip>
        ))}
        {!all && <button class="chip chip-all" onClick={clearFilters}>{t("clear_filters")}</button>}
      </div>
      <Organisations fit={fit} />
    </section>
  );
}

function Chip({ on, flip, children }: { on: boolean; flip: () => void; children: preact.ComponentChildren }) {
  return <button class={`chip ${on ? "is-on" : ""}`} aria-pressed={on} onClick={flip}>{children}</button>;
}
