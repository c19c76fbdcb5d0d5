// What can be played: each drill with what it is about, how long it is and the button that plays it.
import { named, t } from "../../i18n";
import type { Scenario } from "../../api/drills";
import { open, preparing, scenarios } from "../../state/drill/player";
import { getDrills } from "../../api/drills";
import { Blocks, ProblemNote } from "../ProblemNote";

export function DrillList() {
  const { data, problem } = scenarios.asked.value;
  return (
    <section class="drills" data-testid="drills">
      <div class="head"><h2 class="title">{t("drills")}</h2></div>
      <p class="hint-line">{t("drills_hint")}</p>
      {problem && <ProblemNote problem={problem} retry={() => scenarios.start(getDrills, 0, true)} />}
      {!data && !problem && <Blocks rows={4} />}
      {data?.length === 0 && <p class="empty">{t("drills_none")}</p>}
      <ul data-list="drills">{data?.map((scenario) => <Row key={scenario.id} scenario={scenario} />)}</ul>
    </section>
  );
}

function Row({ scenario: { id, name, summary, lasts_s, problem } }: { scenario: Scenario }) {
  const asked = preparing.value?.id === id ? preparing.value : null;
  const busy = preparing.value !== null && preparing.value.problem === null;
  return (
    <li data-testid="drill" data-drill={id}>
      <div class="head">
        <h3>{named(name)}</h3>
        {lasts_s !== null && <span class="meta">{t("drill_most", { n: Math.round(lasts_s / 60) })}</span>}
      </div>
      {named(summary) && <p>{named(summary)}</p>}
      {problem ? <ProblemNote problem={{ title: t("drill_unreadable"), detail: problem }} />
        : <button class="button" data-nav data-testid="drill-open" disabled={busy} onClick={() => void open(id)}>{asked && busy ? t("drill_preparing") : t("drill_open", { name: named(name) })}</button>}
      {asked?.problem && <ProblemNote problem={asked.problem} />}
    </li>
  );
}
