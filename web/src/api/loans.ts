// The API of loans: units lent to other organisations.
import { ask, sent } from "./client";
import type { UnitView } from "./types";

export interface Loan { id: string; unit: string; to: string; until: string }

const id = encodeURIComponent;
/** As many units as there are: the most that one page takes. */
const UNITS_MAX = 10_000;

export const getLoans = async (signal: AbortSignal | null = null): Promise<Loan[]> => (await ask<{ loans: Loan[] }>("/v1/loans", { signal })).loans;
export const postLoan = (loan: Omit<Loan, "id">) => ask<Loan>("/v1/loans", sent("POST", loan));
export const deleteLoan = (loan: string) => ask<void>(`/v1/loans/${id(loan)}`, { method: "DELETE" });

/** The units that one sees, once: whom a call sign names. */
export async function getRoster(): Promise<UnitView[]> {
  const { features } = await ask<{ features: { id: string; properties: UnitView }[] }>(`/v1/units?limit=${UNITS_MAX}`);
  return features.map(({ properties }) => properties);
}
