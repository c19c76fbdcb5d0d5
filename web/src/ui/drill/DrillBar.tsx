// The bottom bar of a drill: what the marks mean, the keys, the way back.
import { named, t } from "../../i18n";
import { city } from "../../state/app";
import { leave } from "../../state/drill/player";
import { Key } from "../Key";

export function DrillBar() {
  return (
    <footer class="bottom drill-bar">
      <ul class="drill-legend">
        <li><i class="drill-mark is-order" />{t("drill_is_order")}</li>
        <li><i class="drill-mark is-sighting" />{t("drill_is_sighting")}</li>
        <li><i class="drill-mark is-held" />{t("drill_is_held")}</li>
        <li><i class="drill-mark is-bad" />{t("drill_is_bad")}</li>
        <li><i class="drill-area" />{t("drill_is_area")}</li>
      </ul>
      <div class="keys">
        <span><Key>Space</Key>{t("drill_play")}</span>
        <span><Key>←</Key><Key>→</Key>{t("drill_ten")}</span>
        <span><Key>J</Key><Key>K</Key>{t("drill_step")}</span>
        <button class="button drill-leave" data-testid="drill-leave" onClick={leave}>{t("drill_leave")} <Key>Esc</Key></button>
      </div>
      {city.value?.synthetic && <span class="meta notice" title={named(city.value.notice)}>{t("synthetic")}</span>}
    </footer>
  );
}
