// Why roads close: the reasons that are offered.
import { inEvery, t } from ".";

export const REASONS = ["why_accident", "why_works", "why_flood", "why_event"] as const;

/** A reason that was offered is said in the language in use, whoever gave it; others as they were written. */
export function reasonText(reason: string): string {
  const offered = REASONS.find((word) => inEvery(word).includes(reason));
  return offered ? t(offered) : reason;
}
