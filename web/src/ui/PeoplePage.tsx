// What the pages of people share: the bar at the top, fields, and how a refusal is told.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { isWord, t, type Word } from "../i18n";
import { ApiError } from "../api/client";
import type { Problem } from "../api/types";
import { problemOf } from "../state/failure";
import { GateMark, Switches } from "./Switches";

export function PeoplePage({ small, children, aside }: { small?: boolean; children: ComponentChildren; aside?: ComponentChildren }) {
  return (
    <div class="page">
      <header class="page-top">
        <a class="brand" href={`/${location.search}`} aria-label={t("to_wall")}><GateMark /><strong>{t("brand")}</strong></a>
        <div class="when">{aside}<Switches /></div>
      </header>
      <main class={`page-body ${small ? "is-small" : ""}`}>{children}</main>
    </div>
  );
}

export function Field({ word, name, secret, autocomplete = "off", value, focus }: {
  word: Word; name: string; secret?: boolean; autocomplete?: string; value?: string; focus?: boolean;
}) {
  const shared = { name, autocomplete, defaultValue: value, required: true, autofocus: focus, autocapitalize: "none", spellcheck: false } as const;
  return (
    <label class="labelled">
      {t(word)}
      {secret ? <input type="password" {...shared} /> : <input type="text" {...shared} />}
    </label>
  );
}

/** The kind of a problem: the last part of its type. */
export const kindOf = (problem: Problem): string => problem.type?.split("#problem-")[1] ?? problem.title;

export function Refused({ problem }: { problem: Problem }) {
  const kind = kindOf(problem);
  return <p class="refused" role="alert">{isWord(kind) ? t(kind) : problem.detail ?? problem.title}</p>;
}

/** A form that asks the server: one ask at a time, and what was refused is told under it. */
export function Form({ act, children, line, keep, button, refused }: {
  act: (values: Record<string, string>) => Promise<unknown>; children: ComponentChildren; line?: boolean; /** what was typed stays */ keep?: boolean; button: Word; refused?: (problem: Problem) => void;
}) {
  const [problem, tell] = useState<Problem | null>(null);
  const [busy, work] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    work(true);
    tell(null);
    try {
      await act(Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)])));
      if (!keep) form.reset();
    } catch (error) {
      tell(problemOf(error));
      refused?.(problemOf(error));
    }
    work(false);
  };
  return (
    <form class={line ? "in-line" : ""} onSubmit={submit}>
      {children}
      <button class={`button ${line ? "" : "is-main"}`} disabled={busy}>{t(button)}</button>
      {problem && <Refused problem={problem} />}
    </form>
  );
}

/** A button that asks once more before it acts. */
export function Sure({ word, act }: { word: Word; act: () => Promise<unknown> }) {
  const [asked, ask] = useState(false);
  const [problem, tell] = useState<Problem | null>(null);
  const click = () => {
    if (!asked) return ask(true);
    ask(false);
    act().catch((error: unknown) => tell(problemOf(error)));
  };
  return (
    <>
      <button class={`button ${asked ? "is-alarm" : ""}`} onClick={click} onBlur={() => ask(false)}>{asked ? t("sure") : t(word)}</button>
      {problem && <Refused problem={problem} />}
    </>
  );
}

/** The two fields of a new password; throws what is told when they differ. */
export function NewPassword() {
  return (
    <>
      <Field word="new_password" name="fresh" secret autocomplete="new-password" />
      <Field word="repeat_password" name="again" secret autocomplete="new-password" />
    </>
  );
}

export function same(values: Record<string, string>): string {
  if (values.fresh !== values.again) throw new ApiError({ title: "passwords_differ" });
  return values.fresh ?? "";
}
