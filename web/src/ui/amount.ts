// Figures with their unit, in the language in use.
import { t } from "../i18n";
import { age, distance, measuredArea, measuredLength, type Amount } from "../state/format";

const inWords = ({ unit, value }: Amount): string => t(unit, { v: value });

export const amount = (metres: number): string => inWords(distance(metres));
export const lengthText = (metres: number): string => inWords(measuredLength(metres));
export const areaText = (m2: number): string => inWords(measuredArea(m2));

export function ageText(ms: number): string {
  const { unit, values } = age(ms);
  return t(unit, values);
}

/** A round distance without decimals that say nothing: `1 km`, `1.5 km`, `500 m`. */
export const roundAmount = (metres: number): string => (metres < 1000 ? t("metres", { v: metres }) : t("km", { v: metres / 1000 }));
