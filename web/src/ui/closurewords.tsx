// A closed road in words, and its sign.
import { named, t } from "../i18n";
import type { Closure, Name } from "../api/types";
import { now_ms } from "../state/connection";
import { amount } from "./amount";
import { hourMinute } from "./lasting";

/** The first of several names stand for all. */
const NAMED_MAX = 2;

/** What the roads are called. */
export function roadsText({ names }: { names: readonly Name[] }): string {
  const first = names.slice(0, NAMED_MAX).map(named).join(t("and"));
  if (!first) return t("road_unnamed");
  return names.length > NAMED_MAX ? t("roads_more", { names: first }) : first;
}

export const stretches = (n: number): string => (n === 1 ? t("stretch") : t("stretches", { n }));

/** Closed or how slow; on how much; one way only. */
export function whatText({ factor, edge_count, length_m, heading_deg }: Closure): string {
  const parts = [factor === null ? t("road_closed") : t("road_slow", { n: factor }), stretches(edge_count), amount(length_m)];
  if (heading_deg !== null) parts.push(t("one_way_only"));
  return parts.join(" · ");
}

export function whenText({ since, until }: Closure): string {
  const from = t("since", { t: hourMinute(Date.parse(since)) });
  if (!until) return `${from} · ${t("until_lifted")}`;
  const left_min = Math.max(0, Math.ceil((Date.parse(until) - now_ms.value) / 60_000));
  return `${from} · ${t("until", { t: hourMinute(Date.parse(until)), n: left_min })}`;
}

/** The sign of the map, for lists. */
export function Sign({ slow }: { slow: boolean }) {
  return (
    <svg class="sign" width="24" height="24" viewBox="-12 -12 24 24" aria-hidden="true">
      {slow
        ? <path d="M-6-4 0 1 6-4M-6 2 0 7 6 2" fill="none" stroke="var(--text-1)" stroke-width="2.4" transform="translate(0 -1.5)" />
        : <><circle r="9.5" fill="var(--text-1)" /><path d="M-5.5 0H5.5" stroke="var(--bg-1)" stroke-width="3.4" /></>}
    </svg>
  );
}
