// The order that a unit has: what for, where to, how far it is, by when; and the one way to take it back.
import { batch } from "@preact/signals";
import { t } from "../i18n";
import type { Order } from "../api/types";
import { desk, selectUnit } from "../state/app";
import { labels } from "../state/cordon/gates";
import { cordons } from "../state/cordon/running";
import { now_ms, offline } from "../state/connection";
import { clock } from "../state/format";
import { cancel, cancelProblems, openOrders } from "../state/orders";
import { cordonName } from "./cordon/words";
import { due } from "./lasting";
import { placeText } from "./orderwords";
import { ProblemNote } from "./ProblemNote";

const STEPS = ["issued", "accepted", "arrived"] as const;

export function OrderNote({ unit }: { unit: string }) {
  const order = openOrders.value.get(unit);
  if (!order) return null;
  const times = [order.issued_at, order.accepted_at, order.arrived_at];
  const at = STEPS.indexOf(order.state as (typeof STEPS)[number]);
  const late = order.due_at && order.state !== "arrived" ? due(Date.parse(order.due_at), now_ms.value) : null;
  const problem = cancelProblems.value.get(order.id);
  return (
    <section class="order" data-testid="order" data-order={order.id} data-state={order.state}>
      <div class="head">
        <h2>{t("order_to", { what: t(`purpose_${order.purpose}`) })}</h2>
        {late && <b class={late.late ? "is-warn" : "order-left"}>{late.late && "▲ "}{late.text}</b>}
      </div>
      <p class="order-place">{placeText(order)}</p>
      {order.cordon && <GateOf order={order} cordon={order.cordon} />}
      <ol class="steps">
        {STEPS.map((step, n) => (
          <li key={step} class={n <= at ? "is-done" : ""} aria-current={n === at ? "step" : undefined}>
            <span>{t(`step_${step}`)}</span>
            <time>{times[n] ? clock(Date.parse(times[n])) : "–"}</time>
          </li>
        ))}
      </ol>
      {problem && <ProblemNote problem={problem} />}
      <button class="button" data-testid="order-cancel" disabled={offline.value} title={offline.value ? t("orders_paused") : undefined} onClick={() => cancel(order.id)}>
        {t("order_cancel", { who: order.callsign })}
      </button>
    </section>
  );
}

/** Which gate of which cordon it is, and the way to it. */
function GateOf({ order, cordon: id }: { order: Order; cordon: string }) {
  const cordon = cordons.value.get(id);
  const gate = cordon?.gates.find((each) => each.order === order.id);
  const label = (cordon && gate && labels(cordon.gates).get(gate)) ?? order.gate;
  const open = (): void => batch(() => {
    selectUnit(null);
    desk.value = { mode: "run", id };
  });
  return <button class="button" data-testid="order-cordon" data-cordon={id} data-gate={order.gate ?? ""} onClick={open}>{[label, cordon ? cordonName(cordon) : t("cordon")].filter(Boolean).join(" · ")}</button>;
}
