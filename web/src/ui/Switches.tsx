// What every page of this server has at its top: the mark, day or night, the language.
import { lang, switchLang, t } from "../i18n";
import { switchTheme, theme } from "../state/app";

/** Day or night, and the language. */
export function Switches() {
  return (
    <>
      <button class="plain" onClick={switchTheme} aria-label={t("theme_label")} title={t("theme_label")}>
        {theme.value === "dark" ? t("theme_light") : t("theme_dark")}
      </button>
      <button class="plain" data-testid="lang-switch" onClick={switchLang} aria-label={t("language_label")} lang={lang.value === "zh" ? "en" : "zh"}>
        {t("language")}
      </button>
    </>
  );
}

export function GateMark() {
  return (
    <svg width="28" height="28" viewBox="4 4 24 24" aria-hidden="true">
      <path d="M6 26V14.5C6 9.3 10.5 6 16 6s10 3.3 10 8.5V26" fill="none" stroke="var(--text-1)" stroke-width="2.2" />
      <path d="M11.5 26V17a4.5 4.5 0 0 1 9 0v9" fill="none" stroke="var(--text-1)" stroke-width="2.2" />
      <path d="M16 16.5V26" stroke="var(--ok)" stroke-width="2.2" />
    </svg>
  );
}
