// Roles and organisations, to be read and to be chosen.
import type { Role } from "../../api/access";
import { lang, named, t } from "../../i18n";
import { city } from "../../state/app";

export const roleName = (role: Role): string => t(`role_${role}`);

/** A moment in the language in use. */
export const moment = (at: string): string => new Date(at).toLocaleString(lang.value === "zh" ? "zh-CN" : "en-GB", { dateStyle: "medium", timeStyle: "short" });

export function RoleField({ roles, value }: { roles: readonly Role[]; value?: Role }) {
  return (
    <label class="labelled">
      {t("role")}
      <select name="role">{roles.map((role) => <option key={role} value={role} selected={role === value}>{roleName(role)}</option>)}</select>
    </label>
  );
}

export function OrgField({ value }: { value?: string | null }) {
  return (
    <label class="labelled">
      {t("filter_org")}
      <select name="org">
        <option value="">{t("whole_city")}</option>
        {(city.value?.organisations ?? []).map((org) => <option key={org.id} value={org.id} selected={org.id === value}>{named(org.name)}</option>)}
      </select>
    </label>
  );
}
