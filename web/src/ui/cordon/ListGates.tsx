// The gates of every cordon as a table: the most urgent first.
import { t } from "../../i18n";
import { MARGIN_S, minutes, rows, signed, type GateRow } from "../../state/cordon/gates";
import { left, pickGate, running } from "../../state/cordon/running";
import { desk } from "../../state/app";
import { gateWords } from "../../map/cordonmarks";
import { guardName, guardPlace } from "./words";

const time = (s: number | null): string => (s === null ? "–" : minutes(left(s)));

export function ListGates() {
  if (!running.value.length) return <p class="empty">{t("gates_none")}</p>;
  const all = running.value.flatMap((cordon) => rows(cordon.gates, cordon.margin_s ?? MARGIN_S).map((row) => ({ cordon, row })));
  const show = (id: string, { guard }: GateRow): void => {
    desk.value = { mode: "run", id };
    pickGate(guard);
  };
  return (
    <table data-testid="list-gates">
      <thead><tr><th scope="col">{t("gate")}</th><th scope="col">{t("place")}</th><th scope="col">{t("unit")}</th><th scope="col">{t("status")}</th><th scope="col">{t("unit_in")}</th><th scope="col">{t("suspect_in_long")}</th><th scope="col">{t("slack")}</th></tr></thead>
      <tbody data-list="mirror">
        {all.map(({ cordon, row }) => {
          const { guard, stand, tone } = row;
          const { name, figure } = gateWords(row);
          return (
            <tr key={`${cordon.id} ${guard.junction} ${guard.unit}`} onClick={() => show(cordon.id, row)}>
              <th scope="row"><button data-nav class="plain" onClick={() => show(cordon.id, row)}>{name}</button></th>
              <td>{guardPlace(guard)}</td><td>{guardName(guard)}</td><td class={tone && `is-${tone}`}>{stand === "planned" ? "" : t(`gate_is_${stand}`, { who: guardName(guard) })}</td>
              <td>{stand === "held" ? t("in_place") : time(guard.unit_s)}</td><td>{time(guard.suspect_s)}</td>
              <td class={stand === "held" ? "is-enough" : tone && `is-${tone}`}>{stand === "held" || guard.slack_s === null ? figure || "–" : signed(guard.slack_s)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
