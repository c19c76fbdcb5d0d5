// The keyboard. Single letters only show and move; none of them sends anybody anywhere.
import type { Place } from "../api/types";
import { answer, askPlace, desk, keysOpen, layersOpen, measureOpen, mirror, orgsOpen, place, selected, selectUnit, stepBack, withMap } from "../state/app";
import { pointAt, toggleRoads, undraw } from "../state/closing";
import { choice, offered, openCordon } from "../state/cordon/laying";
import { unpick } from "../state/cordon/running";
import { toggleGates } from "../state/cordon/standing";
import { toggleCoverage } from "../state/coverage";
import { drill, drillKey, toggleDrills } from "../state/drill/player";
import { alarms, reconnect, store } from "../state/live";
import { conn, offline } from "../state/connection";
import { openMeasure, takeBack } from "../state/measuring";
import { copyLink } from "../state/permalink";
import { toggleRoom } from "../state/room";
import { toggleKept } from "../state/trails";
import { toggleWall } from "../state/wallmode";

/** What is done with the map. */
export interface Acts {
  wholeCity(): void;
  wholeDrill(): void;
  goTo(id: string): void;
  askedPlace(): Place | null;
  measureAt(at: Place): void;
  savePicture(): void;
  print(): void;
}

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.matches("input:not([type=range]), select, textarea") || target.isContentEditable);

export function listenToKeys(acts: Acts): void {
  addEventListener("keydown", (event) => {
    // The browser's own way to print would take the map as it is, and the wall with it.
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "p") {
      event.preventDefault();
      acts.print();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) {
      if (event.key === "Escape" && typing(event.target)) (event.target as HTMLElement).blur();
      return;
    }
    if (act(event.key, acts)) event.preventDefault();
  });
}

function act(key: string, acts: Acts): boolean {
  if (drill.value && !keysOpen.value && key !== "?") return drillKey(key.length === 1 ? key.toLowerCase() : key, acts.wholeDrill);
  switch (key.length === 1 ? key.toLowerCase() : key) {
    case "/":
      document.querySelector<HTMLInputElement>(".search input")?.focus();
      return true;
    case "n":
      nearestToWhat(acts);
      return true;
    case "l":
      layersOpen.value = !layersOpen.value;
      if (layersOpen.value) requestAnimationFrame(() => document.querySelector<HTMLElement>(".layers .layer")?.focus());
      return true;
    case "m":
      if (withMap) mirror.value = !mirror.value;
      return true;
    case "v":
      toggleCoverage();
      return true;
    case "c":
      openCordon();
      return true;
    case "g":
      toggleGates();
      return true;
    case "d":
      toggleDrills();
      return true;
    case "x":
      closeRoad(acts);
      return true;
    case "e":
      measureHere(acts);
      return true;
    case "i":
      acts.savePicture();
      return true;
    case "p":
      acts.print();
      return true;
    case "y":
      void copyLink();
      return true;
    case "h":
      toggleRoom();
      return true;
    case "f":
      toggleWall();
      return true;
    case "o":
      openOrgs();
      return true;
    case "b":
      if (selected.value) toggleKept(selected.value);
      return true;
    case "Backspace":
      return measureOpen.value && takeBack();
    case "0":
      acts.wholeCity();
      return true;
    case "r":
      if (conn.value === "offline") reconnect();
      return true;
    case "a":
      if (!alarms.value.length) return false;
      selectUnit(alarms.value[0]);
      acts.goTo(alarms.value[0]);
      return true;
    case "?":
      keysOpen.value = !keysOpen.value;
      return true;
    case "Escape":
      return (!keysOpen.value && !measureOpen.value && (undraw() || unpick())) || stepBack();
    case "j":
      return step(1);
    case "k":
      return step(-1);
    default:
      return /^[1-9]$/.test(key) && pickNth(Number(key));
  }
}

/** Opens the panel; in it, points at the road under the pointer or in the middle of the view. */
function closeRoad(acts: Acts): void {
  if (answer.value !== "roads") {
    toggleRoads();
    return;
  }
  const at = acts.askedPlace();
  if (at && !offline.value) pointAt(at);
}

/** Takes the tool; with it, measures to the pointer or to the middle of the view. */
function measureHere(acts: Acts): void {
  const at = measureOpen.value ? acts.askedPlace() : null;
  if (at) acts.measureAt(at);
  else openMeasure();
}

function openOrgs(): void {
  orgsOpen.value = !orgsOpen.value;
  if (orgsOpen.value) requestAnimationFrame(() => document.querySelector<HTMLElement>(".org-tree [tabindex='0']")?.focus());
}

function nearestToWhat(acts: Acts): void {
  const slot = selected.value ? store.slot(selected.value) : -1;
  const at = slot >= 0 && store.placed(slot) ? store.drawnPlace(slot, performance.now()) : acts.askedPlace();
  if (at) askPlace(at);
}

const list = (): HTMLElement[] => {
  const name = mirror.value ? "mirror" : place.value && !selected.value ? "nearest" : answer.value === "roads" || answer.value === "cordon" || answer.value === "gates" || answer.value === "drills" ? answer.value : "feed";
  return [...document.querySelectorAll<HTMLElement>(`[data-list="${name}"] [data-nav]`)];
};

function step(by: number): boolean {
  const rows = list();
  if (!rows.length) return false;
  const at = rows.indexOf(document.activeElement as HTMLElement);
  rows[Math.min(rows.length - 1, Math.max(0, at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by))].focus();
  return true;
}

/** Whoever picks a plan by its number is one Enter away from ordering it. */
function pickPlan(n: number): boolean {
  if (!offered.value[n - 1]) return false;
  choice.value = n - 1;
  requestAnimationFrame(() => document.querySelector<HTMLElement>("[data-testid=cordon-order]")?.focus());
  return true;
}

function pickNth(n: number): boolean {
  if (answer.value === "cordon" && desk.value?.mode === "lay") return pickPlan(n);
  const row = place.value && !selected.value ? list()[n - 1] : undefined;
  row?.click();
  return row !== undefined;
}
