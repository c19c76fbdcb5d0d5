// What must be known of a picture of the map once it is away from the wall: which city, when, how old, and that it is a sample.
import { named, t } from "../i18n";
import { city } from "./app";
import { owed } from "./base";
import { behind_ms, closedFor, conn, frozen_ms } from "./connection";
import { drill, second } from "./drill/player";
import { instantOf } from "./drill/replay";
import { clock as clockText, dated } from "./format";
import { clock } from "./live";
import { session } from "./session";

export interface Caption {
  city: string;
  /** date, time and zone of the picture */
  when: string;
  /** how old the data is */
  age: string;
  /** whether the age is one to be content with */
  fresh: boolean;
  /** sample data, demo, and whom the map must name */
  marks: string[];
}

function age(): { age: string; fresh: boolean } {
  const report = drill.value;
  if (report) return { age: `${t("drill_pill")} · ${instantOf(report, second.value).toISOString().slice(11, 19)}`, fresh: false };
  switch (conn.value) {
    case "live":
      return { age: t("conn_live", { s: (behind_ms.value / 1000).toFixed(1) }), fresh: true };
    case "lagging":
      return { age: t("conn_lagging", { s: Math.ceil(behind_ms.value / 1000) }), fresh: false };
    case "offline":
      return { age: frozen_ms.value === null ? t("offline_never") : `${t("frozen_at", { t: clockText(frozen_ms.value) })} · ${t("no_positions_for", { s: Math.floor(closedFor.value / 1000) })}`, fresh: false };
    case "loading":
      return { age: t("conn_loading"), fresh: false };
  }
}

export function caption(): Caption {
  const at = city.value;
  return {
    city: at ? named(at.name) : "", when: dated(clock.now()), ...age(),
    marks: [...(at?.synthetic ? [t("synthetic")] : []), ...(session.value?.demo ? [t("demo")] : []), ...owed.value],
  };
}
