// Gates by slack: the most urgent first. The unit, when it is there, when he can be, and what lies between.
import { t } from "../../i18n";
import { minutes, signed, type GateRow } from "../../state/cordon/gates";
import { gateAt, left, pickGate } from "../../state/cordon/running";
import { desk, selectUnit } from "../../state/app";
import { Glyph, kindIndex } from "../Glyph";
import { gateWords } from "../../map/cordonmarks";
import { EN_ROUTE, ON_SCENE } from "../../words";
import { RING_NAMES } from "./RingStrength";
import { GateSign, guardName, guardPlace } from "./words";

export function GateTable({ list, suspect }: { list: readonly GateRow[]; suspect: boolean }) {
  const several = list.some(({ guard }) => guard.ring > 1);
  const runs = desk.value?.mode === "run";
  const time = (s: number | null): string => (s === null ? "–" : runs ? minutes(left(s)) : minutes(s));
  const his = (s: number | null): string => (s === null ? "–" : (runs ? left(s) : s) <= 0 ? t("may_be_there") : time(s));
  return (
    <section class="gates-section">
      <table class={`gate-table ${several ? "has-rings" : ""}`} data-testid="gate-table">
        <thead><tr><th scope="col">{t("gate")}</th><th scope="col">{t("unit")}</th><th scope="col">{t("unit_in")}</th>{suspect && <><th scope="col">{t("suspect_in")}</th><th scope="col">{t("slack")}</th></>}</tr></thead>
        <tbody data-list="cordon">
          {list.map((row) => {
            const { guard, stand, tone } = row;
            const { name, figure } = gateWords(row);
            const at = runs && gateAt.value?.junction === guard.junction && gateAt.value.unit === guard.unit;
            const open = (): void => (runs ? pickGate(guard) : selectUnit(guard.unit));
            return (
              <tr key={`${guard.junction} ${guard.unit}`} class={`${tone && `is-${tone}-row`} ${at ? "is-at" : ""}`} data-testid="gate-row" data-state={stand} data-junction={guard.junction} onClick={open}>
                <th scope="row"><button class="plain" data-nav title={guardPlace(guard)} onClick={(event) => { event.stopPropagation(); open(); }}><GateSign row={row} /> <b>{name}</b>{several && <small class="ring-no" title={t(RING_NAMES[guard.ring - 1] ?? "guard")}>{guard.ring}</small>}</button></th>
                <td><Glyph kind={kindIndex(guard.kind ?? "")} status={stand === "held" ? ON_SCENE : EN_ROUTE} size={18} /> {guardName(guard)}</td>
                <td>{stand === "held" ? t("in_place") : time(guard.unit_s)}</td>
                {suspect && <><td>{his(guard.suspect_s)}</td><td><b class={stand === "held" ? "is-enough" : tone && `is-${tone}`}>{stand === "held" || stand === "lost" ? figure : guard.slack_s === null ? "–" : signed(guard.slack_s)}</b></td></>}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
