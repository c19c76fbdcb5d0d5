// The API of the audit trail.
import { ask } from "./client";

/** Rows of a page. */
const PAGE = 50;
/** Rows of a page that is saved. */
const EXPORT = 1_000;

export interface AuditRow {
  seq: number;
  at: string;
  kind: "event" | "note";
  subject: string;
  event: string;
  version: number;
  body: unknown;
  actor: string;
  key: string | null;
  hash: string;
}

export interface AuditPage { server_time: string; rows: AuditRow[]; next: number | null }

/** Which rows are asked for; what is empty counts for nothing. */
export interface AuditAsk { actor?: string; subject?: string; event?: string; kind?: string; from?: string; until?: string }

const path = (asked: AuditAsk, limit: number, cursor: number | null): string => {
  const params = new URLSearchParams({ limit: String(limit) });
  for (const [name, value] of Object.entries(asked)) if (value) params.set(name, value);
  if (cursor !== null) params.set("cursor", String(cursor));
  return `/v1/audit?${params}`;
};

export const getAudit = (asked: AuditAsk, cursor: number | null) => ask<AuditPage>(path(asked, PAGE, cursor));

/** Where the same rows are as they stand in the journal, the newest thousand. */
export const exportPath = (asked: AuditAsk): string => path(asked, EXPORT, null);
