// Times in words that both panels and lists use.
import { t } from "../i18n";
import { clock, elapsed } from "../state/format";

/** `hh:mm`: what a clock on the wall shows. */
export const hourMinute = (ms: number): string => clock(ms).slice(0, 5);

/** How long is left, or by how much somebody is late. */
export function due(due_ms: number, now_ms: number): { late: boolean; text: string } {
  const left = due_ms - now_ms;
  return left >= 0 ? { late: false, text: t("order_left", { t: elapsed(left) }) } : { late: true, text: t("order_late", { t: elapsed(-left) }) };
}
