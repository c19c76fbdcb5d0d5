// The promise of one, three and five minutes: how much of the city's road is reached in time, and the worst holes.
import { t } from "../i18n";
import { askPlace } from "../state/app";
import { coverage } from "../state/coverage";
import { count } from "../state/format";
import { amount } from "./amount";
import type { Fit } from "./fit";
import { MoveUp } from "./MoveUp";
import { Blocks, ProblemNote } from "./ProblemNote";

const percent = (share: number) => (share * 100).toFixed(1);

export function Promise135({ fit }: { fit: Fit }) {
  const { data, problem } = coverage.asked.value;
  const minutes = (data?.limits_s ?? []).map((s) => s / 60);
  const shares = (data?.city ?? []).map((within) => within.share);
  const rows = shares.map((share, n) => ({
    look: `cov-${minutes[n]}`, word: t("promise_within", { n: minutes[n] }), share: share - (shares[n - 1] ?? 0),
  }));
  if (shares.length) rows.push({ look: "cov-gap", word: t("promise_over", { n: minutes[minutes.length - 1] }), share: 1 - shares[shares.length - 1] });
  return (
    <section class="promise" data-testid="promise">
      <div class="head">
        <h2>{t("promise")}</h2>
        {data && <span class="meta">{t("promise_of", { n: count(data.units) })}</span>}
      </div>
      {problem && <ProblemNote problem={problem} />}
      {!data && !problem && <Blocks rows={4} />}
      <ul class="shares">
        {rows.map(({ look, word, share }) => (
          <li key={look} data-share={share}><i class={look} aria-hidden="true" /> <span>{word}</span> <b>{percent(share)}%</b></li>
        ))}
      </ul>
      <ul class="holes">
        {data?.holes.map((hole, n) => (
          <li key={hole.cell}>
            <button class="plain" onClick={() => askPlace({ lat: hole.lat, lon: hole.lon })}>{t("promise_hole", { n: n + 1 })}</button>
            <span class="meta">{t("promise_missing", { km: amount(hole.missing_m) })}</span>
          </li>
        ))}
      </ul>
      {data && <MoveUp fit={fit} />}
    </section>
  );
}
