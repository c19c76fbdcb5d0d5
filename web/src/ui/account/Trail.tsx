// The audit trail: who did what, who looked at whom, who was refused.
import { useEffect, useState } from "preact/hooks";
import { getAccounts, getTokens, type Account } from "../../api/access";
import { exportPath, getAudit, type AuditAsk, type AuditPage, type AuditRow } from "../../api/audit";
import type { Problem } from "../../api/types";
import { isWord, lang, t, type Word } from "../../i18n";
import { zh } from "../../i18n/zh";
import { problemOf } from "../../state/failure";
import { orgName } from "../orgs";
import { Form, Refused } from "../PeoplePage";
import { instant } from "./words";

const DID = "did_";
/** The names of all that can be on record. */
const NAMES = Object.keys(zh).filter((word) => word.startsWith(DID)) as Word[];
/** What was asked for and not given. */
const REFUSALS = "refused,unit_hidden,sign_in_refused,code_refused";

/** A day and time of this machine's zone as the server takes it. */
const utc = (local: string | undefined): string => (local ? new Date(local).toISOString() : "");

/** A name alone is a person's. */
const whom = (typed: string | undefined): string => (!typed || typed.includes(":") || typed === "machine" || typed === "engine" ? (typed ?? "") : `user:${typed}`);

export function Trail() {
  const [asked, ask] = useState<AuditAsk>({});
  const [page, show] = useState<AuditPage | null>(null);
  const [problem, tell] = useState<Problem | null>(null);
  const [people, know] = useState<Account[]>([]);
  const [programs, knowPrograms] = useState<string[]>([]);
  const look = async (question: AuditAsk) => {
    show(await getAudit(question, null));
    ask(question);
    tell(null);
  };
  const older = async () => {
    if (!page) return;
    const more = await getAudit(asked, page.next);
    show({ ...more, rows: [...page.rows, ...more.rows] });
  };
  useEffect(() => {
    look({}).catch((error: unknown) => tell(problemOf(error)));
    // Names are a help, not a need.
    getAccounts().then(know, () => {});
    getTokens().then((tokens) => knowPrograms([...new Set(tokens.map((token) => token.actor))]), () => {});
  }, []);
  const names = new Map(people.map((one) => [`user:${one.id}`, one.name]));
  return (
    <section class="card" data-testid="trail">
      <h1 class="title">{t("trail")}</h1>
      <Form line keep button="trail_search" act={(values) => look({
        actor: whom(values.actor), subject: values.subject, event: values.event, kind: values.kind, from: utc(values.from), until: utc(values.until),
      })}>
        <label class="labelled">{t("trail_who")}<input type="text" name="actor" list="actors" autocomplete="off" autocapitalize="none" spellcheck={false} /></label>
        <datalist id="actors">
          {[...names.keys(), ...programs, "machine", "engine"].map((actor) => <option key={actor} value={actor}>{who(actor, names)}</option>)}
        </datalist>
        <label class="labelled">{t("trail_about")}<input type="text" name="subject" placeholder="unit/" autocomplete="off" autocapitalize="none" spellcheck={false} /></label>
        <label class="labelled is-wide">{t("trail_what")}
          <select name="event">
            <option value="">{t("trail_all")}</option>
            <option value={REFUSALS}>{t("trail_refusals")}</option>
            {NAMES.map((word) => <option key={word} value={word.slice(DID.length)}>{t(word)}</option>)}
          </select>
        </label>
        <label class="labelled">{t("trail_kind")}
          <select name="kind">
            <option value="">{t("trail_all")}</option>
            <option value="event">{t("trail_event")}</option>
            <option value="note">{t("trail_note")}</option>
          </select>
        </label>
        <label class="labelled is-wide">{t("trail_from")}<input type="datetime-local" name="from" /></label>
        <label class="labelled is-wide">{t("trail_until")}<input type="datetime-local" name="until" /></label>
      </Form>
      {problem && <Refused problem={problem} />}
      <ul class="rows trail">
        {page?.rows.map((row) => <Row key={row.seq} row={row} names={names} />)}
      </ul>
      {page?.rows.length === 0 && <p class="empty">{t("trail_none")}</p>}
      <p class="trail-foot">
        {page?.next != null && <button class="button" data-testid="older" onClick={() => void older().catch((error: unknown) => tell(problemOf(error)))}>{t("trail_older")}</button>}
        <a href={exportPath(asked)} download="audit.json" data-testid="export">{t("trail_export")}</a>
      </p>
    </section>
  );
}

/** Who it was, in words. */
function who(actor: string, names: Map<string, string>): string {
  const [kind = "", id] = actor.split(":");
  if (id === undefined) return isWord(`by_${kind}`) ? t(`by_${kind}` as Word) : actor;
  const name = names.get(actor);
  return name ? `${name} ${id}` : kind === "user" ? id : `${t(`by_${kind}` as Word)} ${id}`;
}

interface Body { count?: number; method?: string; why?: string; status?: string; loan?: { unit: string; to: string }; order?: { unit: string } }

/** What it is about. The words of what happened name its kind, where they can. */
function about({ subject, event }: AuditRow, { loan, order }: Body): string {
  if (subject === "*") return t("about_many");
  if (loan) return `${loan.unit} → ${orgName(loan.to)}`;
  const at = subject.indexOf("/");
  const [kind, id] = at < 0 ? [subject, ""] : [subject.slice(0, at), subject.slice(at + 1)];
  if (kind === "route") return `/${id}`;
  const word = `about_${kind}`;
  if (event === "unchanged" && isWord(word)) return `${t(word)} ${id}`;
  return order ? `${order.unit} · ${id}` : id;
}

function Row({ row, names }: { row: AuditRow; names: Map<string, string> }) {
  const word = DID + row.event;
  const bad = REFUSALS.split(",").includes(row.event) || row.event === "journal_failed";
  const body = row.body as Body;
  const more = [body.count ? t("trail_times", { n: body.count }) : "", body.method, body.why && isWord(body.why) ? t(body.why) : body.why, body.status && isWord(body.status) ? t(body.status) : ""];
  return (
    <li data-event={row.event} data-seq={row.seq}>
      <time dateTime={row.at}>{instant(row.at)}</time>
      <span class="trail-who">{who(row.actor, names)}</span>
      <span class="grow"><b class={bad ? "is-warn" : ""}>{isWord(word) ? t(word) : row.event}</b> <span>{about(row, body)}</span> <small>{more.filter(Boolean).join(lang.value === "zh" ? "，" : ", ")}</small></span>
      <details>
        <summary>{t("more")}</summary>
        <pre>{JSON.stringify(row.body, null, 1)}</pre>
        <small>{row.seq} · {row.hash}</small>
      </details>
    </li>
  );
}
