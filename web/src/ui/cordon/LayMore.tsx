// What few cordons need: more places, more rings and stronger ones, who may be sent.
import { named, t } from "../../i18n";
import { city, toggled } from "../../state/app";
import {
  adding, faster, FASTER_MAX, FASTER_MIN, forget, GUARD_KINDS, kinds, name, orgs, reserve, RESERVE_MAX, rings, RINGS, set_up_s, SET_UP_S, SET_UP_S_MAX, starts, STARTS_MAX, strength,
  STRENGTHS, terms, urgent, wide, WIDES,
} from "../../state/cordon/asked";
import { nameOf } from "../../state/cordon/names";
import { NAME_CHARS_MAX } from "../../state/cordon/standing";
import { orgName } from "../orgs";
import { NumberField, SeenAgo, Segments } from "./fields";
import { RING_NAMES } from "./RingStrength";
import { placeName } from "./words";

/** The places, once there are several. */
export function Starts() {
  const list = starts.value;
  return (
    <ol class="starts" data-testid="starts">
      {list.map((seen, n) => (
        <li key={n} data-testid="start">
          <b>{n + 1}</b>
          <span>{placeName(nameOf(seen.at), seen.at)}</span>
          <SeenAgo n={n} at={seen} id={n ? "start-ago" : "seen-ago"} />
          <button class="plain" data-testid="start-forget" aria-label={t("start_forget", { n: n + 1 })} onClick={() => forget(n)}>×</button>
        </li>
      ))}
    </ol>
  );
}

export function More() {
  const { suspect: _, protect: __, margin_s: ___, ...special } = terms();
  const changed = Object.keys(special).length + (starts.value.length > 1 ? 1 : 0);
  return (
    <details class="more" data-testid="lay-more">
      <summary>{t("more")}{changed > 0 && <small> · {t("more_changed", { n: changed })}</small>}</summary>
      <div class="lay-form">
        <div class="field"><span>{t("starts_more")}</span>
          <button class={`button ${adding.value ? "is-on" : ""}`} data-testid="start-add" aria-pressed={adding.value} disabled={starts.value.length >= STARTS_MAX} onClick={() => (adding.value = !adding.value)}>{t(adding.value ? "start_hint" : "start_add")}</button>
        </div>
        <Segments id="lay-rings" label={t("rings_n")} at={rings.value} options={RINGS.map((n) => ({ value: n, label: String(n) }))} set={(n) => (rings.value = n)} />
        {RING_NAMES.slice(0, rings.value).map((ring, n) => (
          <Segments key={ring} id={`lay-strength-${n + 1}`} label={t(ring)} at={strength.value[n]} options={STRENGTHS.map((times) => ({ value: times, label: t("strength_times", { n: times }) }))}
            set={(times) => (strength.value = strength.value.map((was, at) => (at === n ? times : was)))} />
        ))}
        <Segments id="lay-wide" label={t("wide")} at={wide.value} options={WIDES.map((n) => ({ value: n, label: t("wide_units", { n }) }))} set={(n) => (wide.value = n)} />
        <NumberField id="lay-reserve" label={t("reserve")} value={reserve.value} least={0} most={RESERVE_MAX} step={1} set={(n) => (reserve.value = Math.round(n ?? 0))} />
        <div class="field is-tall"><span>{t("by_kinds")}</span>
          <span class="segments" role="group" aria-label={t("by_kinds")} data-testid="lay-kinds">
            {GUARD_KINDS.map((kind) => {
              const on = kinds.value.has(kind);
              return <button key={kind} class={on ? "is-on" : ""} aria-pressed={on} disabled={on && kinds.value.size === 1} onClick={() => (kinds.value = toggled(kinds.value, kind))}>{t(kind)}</button>;
            })}
          </span>
        </div>
        <Organisations />
        <NumberField id="lay-faster" label={t("faster")} value={faster.value} least={FASTER_MIN} most={FASTER_MAX} step={0.05} set={(n) => (faster.value = n)}><small>{t("faster_why")}</small></NumberField>
        <NumberField id="lay-set-up" label={t("set_up")} value={set_up_s.value} least={0} most={SET_UP_S_MAX} step={5} set={(n) => (set_up_s.value = n ?? SET_UP_S)} />
        <Segments id="lay-urgent" label={t("go_how")} at={urgent.value} options={[{ value: true, label: t("go_urgent") }, { value: false, label: t("go_quiet") }]} set={(on) => (urgent.value = on)} />
        <label class="field"><span>{t("cordon_name")}</span><input class="wide" data-testid="lay-name" maxLength={NAME_CHARS_MAX} value={name.value} onInput={({ currentTarget }) => (name.value = currentTarget.value)} /></label>
      </div>
    </details>
  );
}

/** None chosen means all. */
function Organisations() {
  const all = city.value?.organisations ?? [];
  const add = ({ currentTarget }: { currentTarget: HTMLSelectElement }): void => {
    const { value } = currentTarget;
    currentTarget.value = "";
    if (value && !orgs.value.includes(value)) orgs.value = [...orgs.value, value];
  };
  return (
    <div class="field is-tall"><span>{t("by_orgs")}</span>
      <span class="picked">
        <select data-testid="lay-orgs" aria-label={t("by_orgs")} onChange={add}>
          <option value="">{t(orgs.value.length ? "org_add" : "all_orgs")}</option>
          {all.filter(({ level }) => level === "district").map((district) => (
            <optgroup key={district.id} label={named(district.name)}>
              <option value={district.id}>{named(district.name)}</option>
              {all.filter(({ parent }) => parent === district.id).map((station) => <option key={station.id} value={station.id}>{named(station.name)}</option>)}
            </optgroup>
          ))}
        </select>
        {orgs.value.map((id) => <button key={id} class="plain tag" data-testid="org-drop" aria-label={t("org_drop", { who: orgName(id) })} onClick={() => (orgs.value = orgs.value.filter((other) => other !== id))}>{orgName(id)} ×</button>)}
      </span>
    </div>
  );
}
