// What went wrong, why, and what now, in the panel it belongs to.
import type { Problem } from "../api/types";
import { said, t } from "../i18n";

export function ProblemNote({ problem, retry }: { problem: Problem; retry?: () => void }) {
  return (
    <div class="problem" role="status">
      <strong>{said(problem.title)}</strong>
      {problem.detail && problem.detail !== problem.title && <p>{problem.detail}</p>}
      {problem.field && problem.expected && <p>{t("field_expected", { field: problem.field, expected: problem.expected })}</p>}
      {retry && <button class="button" onClick={retry}>{t("retry")}</button>}
    </div>
  );
}

/** Rows that are still on their way. */
export function Blocks({ rows }: { rows: number }) {
  return <div class="blocks" role="status" aria-label={t("loading")}>{Array.from({ length: rows }, (_, n) => <i key={n} />)}</div>;
}
