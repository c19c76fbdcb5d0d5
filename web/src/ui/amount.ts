// Figures with their unit, in the language in use.
import { t } from "../i18n";
import { age, distance } from "../state/format";

export function amount(metres: number): string {
  const { unit, value } = distance(metres);
  return t(unit, { v: value });
}

export function ageText(ms: number): string {
  const { unit, values } = age(ms);
  return t(unit, values);
}

/** A round distance without decimals that say nothing: `1 km`, `1.5 km`, `500 m`. */
export const roundAmount = (metres: number): string => (metres < 1000 ? t("metres", { v: metres }) : t("km", { v: metres / 1000 }));
