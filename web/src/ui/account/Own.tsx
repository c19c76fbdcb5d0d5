// One's own password, second factor and sessions.
import { generate } from "lean-qr";
import { useEffect, useMemo, useState } from "preact/hooks";
import { changePassword, endSession, freshSecond, getSessions, removeSecond, setSecond, type OpenSession } from "../../api/access";
import { t } from "../../i18n";
import { renewSession, session } from "../../state/session";
import { Field, Form, NewPassword, same, Sure } from "../PeoplePage";
import { moment } from "./words";

export function Own() {
  const [changed, tell] = useState(false);
  const [open, show] = useState<OpenSession[]>([]);
  const renew = () => getSessions().then(show);
  useEffect(() => void renew(), []);
  return (
    <>
      <section class="card">
        <h2 class="title">{t("change_password")}</h2>
        <Form line button="change_password" act={async (values) => {
          await changePassword(values.old ?? "", same(values));
          tell(true);
          await renew();
        }}>
          <Field word="old_password" name="old" secret autocomplete="current-password" />
          <NewPassword />
        </Form>
        <p class="meta" role="status">{changed ? t("password_changed") : t("password_rule")}</p>
      </section>
      <SecondFactor />
      <section class="card">
        <h2 class="title">{t("sessions")}</h2>
        <ul class="rows">
          {open.map((one) => (
            <li key={one.id}>
              <span class="grow">{one.address} {one.this && <b>{t("this_one")}</b>}</span>
              <small>{t("last_used", { t: moment(one.seen) })}</small>
              {!one.this && <Sure word="end_it" act={() => endSession(one.id).then(renew)} />}
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

function SecondFactor() {
  const [fresh, offer] = useState<{ secret: string; link: string } | null>(null);
  const on = session.value?.second_factor;
  return (
    <section class="card">
      <h2 class="title">{t("second_factor")}</h2>
      <p>{on ? t("second_on") : t("second_off")}</p>
      {on ? (
        <Form line button="second_remove" act={(values) => removeSecond(values.password ?? "").then(renewSession)}>
          <Field word="password" name="password" secret autocomplete="current-password" />
        </Form>
      ) : fresh ? (
        <Form line button="second_set" act={async (values) => {
          await setSecond({ secret: fresh.secret, password: values.password ?? "", code: values.code ?? "" });
          offer(null);
          await renewSession();
        }}>
          <div class="second">
            <QrCode text={fresh.link} />
            <div>
              <p>{t("second_how")} <a href={fresh.link}>{t("open_app")}</a></p>
              <code class="said-once" data-testid="second-secret">{fresh.secret}</code>
            </div>
          </div>
          <Field word="password" name="password" secret autocomplete="current-password" />
          <Field word="second_code" name="code" autocomplete="one-time-code" />
        </Form>
      ) : (
        <button class="button" onClick={() => void freshSecond().then(offer)}>{t("second_set")}</button>
      )}
    </section>
  );
}

/** Modules of white around a code: readers want them. */
const QUIET = 4;

/** A text for a phone's camera. Dark on white by day and by night: many readers know it so alone. */
function QrCode({ text }: { text: string }) {
  const [size, path] = useMemo(() => {
    const code = generate(text);
    let path = "";
    for (let y = 0; y < code.size; y++) for (let x = 0; x < code.size; x++) if (code.get(x, y)) path += `M${x} ${y}h1v1h-1z`;
    return [code.size + 2 * QUIET, path];
  }, [text]);
  return (
    <svg class="qr" data-testid="second-qr" role="img" aria-label={t("second_qr")} viewBox={`${-QUIET} ${-QUIET} ${size} ${size}`} shape-rendering="crispEdges">
      <path d={path} />
    </svg>
  );
}
