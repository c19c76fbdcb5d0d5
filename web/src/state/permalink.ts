// The address bar says what the wall shows, so that it can be sent to somebody: written as things change, read at the start and
// when somebody changes it by hand.
import { batch, effect, signal, untracked } from "@preact/signals";
import { lang, t } from "../i18n";
import { MAP_LAYERS } from "../words";
import { answer, askPlace, desk, drillsOpen, layersOn, mirror, orgOn, orgsOpen, place, roadsOpen, selected, selectUnit, theme, withMap } from "./app";
import { openRoads } from "./closing";
import { openCordon } from "./cordon/laying";
import { fetched_ms } from "./cordon/running";
import { toggleGates } from "./cordon/standing";
import { coverageOn } from "./coverage";
import { readLink, writeLink, type Camera, type Link, type Panel } from "./link";
import { tell } from "./note";

/** Browsers refuse an address that is changed more often than some three times a second. */
const WRITE_MS = 500;

/** where the map looks; null before there is one */
export const camera = signal<Camera | null>(null);
/** where a link says that it looks */
export const linked = signal<Camera | null>(null);

const OPEN: Record<Panel, () => boolean> = {
  roads: () => answer.value === "roads", drills: () => answer.value === "drills", gates: () => answer.value === "gates", cordon: () => answer.value === "cordon",
  coverage: () => coverageOn.value, list: () => withMap && mirror.value, orgs: () => orgsOpen.value,
};

/** What the wall shows. */
const shown = (): Link => ({
  camera: camera.value ?? linked.value, theme: theme.value, lang: lang.value,
  off: MAP_LAYERS.filter((layer) => !layersOn.value.has(layer)), org: orgOn.value, unit: selected.value, place: place.value,
  open: (Object.keys(OPEN) as Panel[]).filter((panel) => OPEN[panel]()),
});

/** Where a link stands that opens the same on any wall: neither the screen's own settings nor anything of whoever is signed in is in it. */
export const linkNow = (): string => `${location.origin}${location.pathname}#${writeLink(shown())}`;

function apply(link: Link): void {
  batch(() => {
    if (link.theme) theme.value = link.theme;
    if (link.lang) lang.value = link.lang;
    const { off } = link;
    if (off) layersOn.value = new Set(MAP_LAYERS.filter((layer) => !off.includes(layer)));
    orgOn.value = link.org;
    const opens = (panel: Panel): boolean => link.open.includes(panel);
    askPlace(link.place);
    roadsOpen.value = false;
    drillsOpen.value = opens("drills");
    if (opens("roads")) openRoads();
    if (opens("gates") && desk.value?.mode !== "gates") toggleGates();
    if (opens("cordon")) openCordonSoon();
    coverageOn.value = opens("coverage");
    orgsOpen.value = opens("orgs");
    if (withMap) mirror.value = opens("list");
    if (link.unit) selectUnit(link.unit);
    linked.value = link.camera;
  });
}

/** What the wall shows, for other walls: each keeps its theme and language. */
export const viewNow = (): string => writeLink({ ...shown(), theme: null, lang: null });

let view = "";
/** The next is shown whatever it is. */
export const forgetView = (): void => void (view = "");

/** Shows what another wall shows, all but where it looks, which is given back. What is shown already is left alone. */
export function showView(text: string): Camera | null {
  const got = readLink(`#${text}`);
  if (!got) return null;
  const rest = { ...got.link, camera: null };
  if (writeLink(rest) !== view) {
    view = writeLink(rest);
    apply({ ...rest, theme: null, lang: null });
  }
  return got.link.camera;
}

/** Which cordon runs is known once they were fetched. */
function openCordonSoon(): void {
  const stop = effect(() => {
    if (!fetched_ms.value) return;
    untracked(openCordon);
    queueMicrotask(() => stop());
  });
}

function read(): void {
  const got = readLink(location.hash);
  if (!got) return;
  apply(got.link);
  if (got.wrong.length) tell(t("link_wrong", { what: got.wrong.map(({ part, expected }) => t("field_expected", { field: part, expected })).join("; ") }));
}

/** Reads the address, then keeps it true. */
export function startPermalink(): void {
  read();
  addEventListener("hashchange", read);
  let timer = 0;
  effect(() => {
    shown();
    if (timer) return;
    timer = window.setTimeout(() => {
      timer = 0;
      history.replaceState(history.state, "", `${location.pathname}${location.search}#${untracked(() => writeLink(shown()))}`);
    }, WRITE_MS);
  });
}

export async function copyLink(): Promise<void> {
  try {
    await navigator.clipboard.writeText(linkNow());
    tell(t("link_copied"));
  } catch {
    tell(t("link_by_hand"));
  }
}
