// The map as tables: units in view, orders, closed roads. The same selection, the same keys.
import { signal } from "@preact/signals";
import { t } from "../i18n";
import { reasonText } from "../i18n/reasons";
import { mirror, selectUnit, withMap } from "../state/app";
import { openRoads } from "../state/closing";
import { closureAt, closures, lift } from "../state/closures";
import { now_ms, offline } from "../state/connection";
import { clock, count } from "../state/format";
import { running } from "../state/cordon/running";
import { cancel, openOrders } from "../state/orders";
import { roadsText, Sign, whatText, whenText } from "./closurewords";
import { Key } from "./Key";
import { due } from "./lasting";
import { ListGates } from "./cordon/ListGates";
import { ListUnits } from "./ListUnits";
import { placeText, stateText } from "./orderwords";

const TABLES = ["list_units", "cordon", "orders", "closures"] as const;
const table = signal<(typeof TABLES)[number]>("list_units");

export function ListMirror() {
  const counts = { list_units: "", cordon: count(running.value.length), orders: count(openOrders.value.size), closures: count(closures.value?.length ?? 0) };
  return (
    <section class="mirror" data-testid="list-mirror" aria-label={t(table.value)}>
      <div class="head tables">
        <span class="segments">
          {TABLES.map((name) => (
            <button key={name} class={table.value === name ? "is-on" : ""} aria-pressed={table.value === name} data-table={name} onClick={() => (table.value = name)}>{t(name)} {counts[name]}</button>
          ))}
        </span>
        {withMap && <button class="plain" onClick={() => (mirror.value = false)}>{t("list_close")} <Key>M</Key></button>}
      </div>
      {table.value === "list_units" ? <ListUnits /> : <div class="mirror-scroll" tabIndex={-1}>{table.value === "orders" ? <Orders /> : table.value === "cordon" ? <ListGates /> : <Closures />}</div>}
    </section>
  );
}

function Orders() {
  const rows = [...openOrders.value.values()].sort((a, b) => (a.issued_at < b.issued_at ? -1 : 1));
  if (!rows.length) return <p class="empty">{t("orders_none")}</p>;
  return (
    <table>
      <thead><tr><th scope="col">{t("callsign")}</th><th scope="col">{t("purpose")}</th><th scope="col">{t("order_place")}</th><th scope="col">{t("status")}</th><th scope="col">{t("when")}</th><th scope="col">{t("order_due")}</th><th /></tr></thead>
      <tbody data-list="mirror">
        {rows.map((order) => {
          const late = order.due_at && order.state !== "arrived" ? due(Date.parse(order.due_at), now_ms.value) : null;
          return (
            <tr key={order.id} onClick={() => selectUnit(order.unit)}>
              <th scope="row"><button data-nav class="plain" onClick={() => selectUnit(order.unit)}>{order.callsign}</button></th>
              <td>{t(`purpose_${order.purpose}`)}</td><td>{placeText(order)}</td><td>{stateText(order)}</td><td>{clock(Date.parse(order.issued_at))}</td>
              <td>{late ? <span class={late.late ? "is-warn" : ""}>{late.late && "▲ "}{late.text}</span> : "–"}</td>
              <td><button class="button" disabled={offline.value} aria-label={t("order_cancel", { who: order.callsign })} onClick={(event) => { event.stopPropagation(); void cancel(order.id); }}>{t("cancel")}</button></td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Closures() {
  const rows = closures.value ?? [];
  if (!rows.length) return <p class="empty">{t("closures_none")}</p>;
  const show = (id: string) => {
    openRoads();
    closureAt.value = id;
  };
  return (
    <table>
      <thead><tr><th scope="col">{t("road")}</th><th scope="col">{t("reason")}</th><th scope="col">{t("what")}</th><th scope="col">{t("when")}</th><th /></tr></thead>
      <tbody data-list="mirror">
        {rows.map((closure) => (
          <tr key={closure.id} onClick={() => show(closure.id)}>
            <th scope="row"><button data-nav class="plain" onClick={() => show(closure.id)}><Sign slow={closure.factor !== null} /> {roadsText(closure)}</button></th>
            <td>{reasonText(closure.reason)}</td>
            <td>{whatText(closure)}</td><td>{whenText(closure)}</td>
            <td><button class="button" disabled={offline.value} aria-label={t("lift_what", { what: roadsText(closure) })} onClick={(event) => { event.stopPropagation(); void lift(closure.id); }}>{t("lift")}</button></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
