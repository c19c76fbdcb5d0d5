// Roles and organisations, to be read and to be chosen.
import type { Role } from "../../api/access";
import { lang, named, t, type Word } from "../../i18n";
import { city } from "../../state/app";

export const roleName = (role: Role): string => t(`role_${role}`);

/** A moment in the language in use. */
export const moment = (at: string): string => new Date(at).toLocaleString(lang.value === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "short" });

/** The same to the second. */
export const instant = (at: string): string => new Date(at).toLocaleString(lang.value === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** What a field of day and time takes: this machine's own clock, to the minute. */
export function local(ms: number): string {
  const shifted = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

/** The organisation that a form says: an administrator is of the whole city, and the styles leave the field out. */
export const orgOf = ({ role, org }: Record<string, string>): string | null => (role === "administrator" ? null : org || null);

export function RoleField({ roles, value }: { roles: readonly Role[]; value?: Role }) {
  return (
    <label class="labelled">
      {t("role")}
      <select name="role">{roles.map((role) => <option key={role} value={role} selected={role === value}>{roleName(role)}</option>)}</select>
    </label>
  );
}

export function OrgField({ value, word = "filter_org", whole = true }: { value?: string | null; word?: Word; whole?: boolean }) {
  return (
    <label class="labelled of-org">
      {t(word)}
      <select name="org">
        <option value="">{whole ? t("whole_city") : ""}</option>
        {(city.value?.organisations ?? []).map((org) => <option key={org.id} value={org.id} selected={org.id === value}>{named(org.name)}</option>)}
      </select>
    </label>
  );
}
