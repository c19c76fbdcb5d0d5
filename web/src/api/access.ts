// The API of people and programs.
import { ask, sent } from "./client";

export const ROLES = ["viewer", "dispatcher", "commander", "administrator", "unit", "gateway"] as const;
export type Role = (typeof ROLES)[number];
/** What people are; units and gateways are programs. */
export const PEOPLE: readonly Role[] = ROLES.slice(0, 4);

/** Who asks; `actor` is null for nobody. */
export interface Session {
  actor: string | null;
  name: string | null;
  role: Role | null;
  org: string | null;
  may: string[];
  second_factor: boolean;
  demo: boolean;
  /** The name of the provider of identities with which one may sign in, too. */
  provider: string | null;
  set_up: boolean;
}

export interface Account {
  id: string;
  name: string;
  role: Role;
  org: string | null;
  blocked: boolean;
  set_up: boolean;
  second_factor: boolean;
  /** Whether the provider of identities says who this is. */
  provided: boolean;
  /** The one-time code: said once. */
  code?: string;
}

export interface Token {
  id: string;
  actor: string;
  role: Role;
  org: string | null;
  only: string[];
  issued: string;
  expires: string;
  revoked: string | null;
}

export interface OpenSession { id: string; address: string; created: string; seen: string; until: string; this: boolean }

const id = encodeURIComponent;

export const getSession = () => ask<Session>("/v1/session");
export const signInWith = (shown: { user: string; password: string; code?: string }) => ask<Session>("/v1/session", sent("POST", shown));
export const useCode = (shown: { code: string; password: string; user?: string; name?: string }) => ask<Session>("/v1/session/code", sent("POST", shown));
export const signOut = () => ask<void>("/v1/session", { method: "DELETE" });
export const changePassword = (old: string, fresh: string) => ask<Session>("/v1/session/password", sent("PUT", { old, new: fresh }));
export const freshSecond = () => ask<{ secret: string; link: string }>("/v1/session/second-factor");
export const setSecond = (shown: { password: string; secret: string; code: string }) => ask<void>("/v1/session/second-factor", sent("PUT", shown));
export const removeSecond = (password: string) => ask<void>("/v1/session/second-factor", sent("DELETE", { password }));
export const getSessions = () => ask<OpenSession[]>("/v1/sessions");
export const endSession = (session: string) => ask<void>(`/v1/sessions/${id(session)}`, { method: "DELETE" });

export const getAccounts = () => ask<Account[]>("/v1/accounts");
export const putAccount = (user: string, edit: Pick<Account, "name" | "role" | "org" | "blocked">) => ask<Account>(`/v1/accounts/${id(user)}`, sent("PUT", edit));
export const resetAccount = (user: string) => ask<Account>(`/v1/accounts/${id(user)}/code`, { method: "POST" });
export const deleteAccount = (user: string) => ask<void>(`/v1/accounts/${id(user)}`, { method: "DELETE" });

export const getTokens = () => ask<Token[]>("/v1/programs");
export const giveToken = (program: string, grant: { role: Role; org: string | null; days: number }) =>
  ask<{ id: string; token: string; expires: string }>(`/v1/programs/${id(program)}/tokens`, sent("POST", grant));
export const revokeToken = (token: Token) => ask<void>(`/v1/programs/${id(token.actor.slice(token.actor.indexOf(":") + 1))}/tokens/${id(token.id)}`, { method: "DELETE" });
