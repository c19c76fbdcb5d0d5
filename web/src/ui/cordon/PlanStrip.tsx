// The plans side by side under the map: what each costs, what it encloses, how sure it is.
import { t } from "../../i18n";
import type { Ground, Plan } from "../../api/cordons";
import { signed, minutes, toneOf, type Choice } from "../../state/cordon/gates";
import { margin_s, starts } from "../../state/cordon/asked";
import { choice, offered, planning, plans, plansHeld } from "../../state/cordon/laying";
import { clock, count } from "../../state/format";
import { Key } from "../Key";

export function PlanStrip() {
  const { data } = plans.asked.value;
  const list = offered.value;
  return (
    <section class="strip" aria-label={t("plans")} data-testid="plan-strip" onPointerEnter={() => (plansHeld.value = true)} onPointerLeave={() => (plansHeld.value = false)}>
      {list.map((it, n) => <Card key={it.objectives[0]} it={it} n={n} of={list} />)}
      {!list.length && <p class="empty">{t("planning")}</p>}
      {data && <p class="strip-age meta">{planning.value && list.length ? t("planning") : t("move_as_of", { t: clock(Date.parse(data.server_time)) })}</p>}
    </section>
  );
}

function Card({ it, n, of }: { it: Choice; n: number; of: readonly Choice[] }) {
  const { plan, objectives } = it;
  const on = (of[choice.value] ?? of[0]) === it;
  const tone = plan.slack_s === null ? "" : toneOf({ ...plan.guards[0], slack_s: plan.slack_s }, margin_s.value);
  return (
    <button class={`plan ${on ? "is-on" : ""}`} aria-pressed={on} data-testid="plan" data-objective={plan.objective} data-units={plan.units} onClick={() => (choice.value = n)}>
      <span class="plan-head"><Key>{n + 1}</Key><b>{objectives.map((objective) => t(`plan_${objective}`)).join(t("and"))}</b><span class="is-enough">✓ {t("verified")}</span></span>
      <MiniMap plan={plan} of={of} />
      <span class="plan-facts">
        <span>{t("plan_closed")}</span><b>{minutes(plan.closed_s)}</b>
        <span>{t("filters")}</span><b>{plan.units}</b>
        <span>{t("least_slack")}</span><b class={tone && `is-${tone}`}>{plan.slack_s === null ? "–" : signed(plan.slack_s)}</b>
        <span>{t("inside_road")}</span><b>{t("km", { v: count(plan.enclosed_road_m / 1000) })}</b>
      </span>
      <span class={`plan-foot ${plan.if_10_percent_faster ? "is-enough" : "is-warn"}`}>{t(plan.if_10_percent_faster ? "faster_holds" : "faster_leaks")}{plan.optimal && <em> · {t("proved_best")}</em>}</span>
    </button>
  );
}

const SIZE = 132;

const rings = (ground: Ground): GeoJSON.Position[][] => (!ground ? [] : ground.type === "Polygon" ? ground.coordinates : ground.coordinates.flat());

/** The ground that a plan encloses, its gates and where he was seen: all plans at one scale. */
function MiniMap({ plan, of }: { plan: Plan; of: readonly Choice[] }) {
  const all = of.flatMap(({ plan: { guards } }) => guards.map(({ at }) => at));
  const south = Math.min(...all.map(({ lat }) => lat)), north = Math.max(...all.map(({ lat }) => lat));
  const west = Math.min(...all.map(({ lon }) => lon)), east = Math.max(...all.map(({ lon }) => lon));
  const shrink = Math.cos((south * Math.PI) / 180);
  const scale = (SIZE - 20) / Math.max(1e-4, north - south, (east - west) * shrink);
  const x = (lon: number): string => ((lon - (west + east) / 2) * shrink * scale).toFixed(1);
  const y = (lat: number): string => (((south + north) / 2 - lat) * scale).toFixed(1);
  const path = rings(plan.inside).map((ring) => `M${ring.map(([lon, lat]) => `${x(lon)} ${y(lat)}`).join("L")}Z`).join("");
  return (
    <svg class="mini" viewBox={`${-SIZE / 2} ${-SIZE / 2} ${SIZE} ${SIZE}`} aria-hidden="true">
      <path d={path} fill="var(--ring-fill)" fill-opacity=".14" fill-rule="evenodd" stroke="var(--ring-line)" stroke-width="1.6" />
      {plan.guards.map(({ junction, unit, at }) => <rect key={`${junction} ${unit}`} x={Number(x(at.lon)) - 2.5} y={Number(y(at.lat)) - 2.5} width="5" height="5" fill="var(--st-available)" />)}
      {starts.value.map(({ at }, n) => <circle key={n} cx={x(at.lon)} cy={y(at.lat)} r="4" fill="var(--text-1)" stroke="var(--bg-1)" />)}
    </svg>
  );
}
