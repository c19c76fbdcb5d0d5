// The bottom bar's tools: what one does with the map as it stands.
import type { ComponentChildren } from "preact";
import { t, type Word } from "../i18n";
import { keysOpen, measureOpen, withMap } from "../state/app";
import { toggleMeasure } from "../state/measuring";
import { copyLink } from "../state/permalink";
import { room, roomOpen, toggleRoom } from "../state/room";
import { wallMode, toggleWall } from "../state/wallmode";
import { Key } from "./Key";
import type { Acts } from "./keys";

export function Tools({ acts }: { acts: Acts }) {
  return (
    <div class="tools" role="group" aria-label={t("tools")}>
      {withMap && <Tool word="measure" key_="E" on={measureOpen.value} act={toggleMeasure}><path d="M2.5 15.5 15.5 2.5l6 6-13 13ZM7 11l2.5 2.5M10.5 7.5 12 9M14 4l2.5 2.5" transform="translate(-1 -1)" /></Tool>}
      {withMap && <Tool word="save_picture" key_="I" act={acts.savePicture}><path d="M2.5 4.5h17v13h-17ZM3 15l5-5 4 4 3-3 4.5 4.5" /><circle cx="14.5" cy="8" r="1.3" /></Tool>}
      <Tool word="print" key_="P" act={acts.print}><path d="M6 8V2.500h10V8M6 16H2.500V8h17v8H16M6 13h10v6.500H6Z" /></Tool>
      <Tool word="copy_link" key_="Y" act={() => void copyLink()}><path d="M9 13a4 4 0 0 0 5.7 0l3-3a4 4 0 0 0-5.7-5.700l-1.3 1.300M13 9a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.700l1.3-1.3" /></Tool>
      <Tool word="room" key_="H" on={room.value !== null || roomOpen.value} act={toggleRoom}><path d="M2.500 4h9v7h-9ZM10.500 11v6.500h9v-7h-8M5 20h6M7 11v9" /></Tool>
      <Tool word="full_screen" key_="F" on={wallMode.value} act={toggleWall}><path d="M3 8V3h5M14 3h5v5M19 14v5h-5M8 19H3v-5" /></Tool>
      <button class="tool" data-testid="tool-keys" aria-label={t("key_all")} aria-keyshortcuts="?" title={`${t("key_all")} (?)`} onClick={() => (keysOpen.value = true)}><Key>?</Key></button>
    </div>
  );
}

function Tool({ word, key_, on, act, children }: { word: Word; key_: string; on?: boolean; act: () => void; children: ComponentChildren }) {
  return (
    <button class={`tool ${on ? "is-on" : ""}`} data-testid={`tool-${word}`} aria-pressed={on} aria-label={t(word)} aria-keyshortcuts={key_} title={`${t(word)} (${key_})`} onClick={act}>
      <svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round">{children}</svg>
    </button>
  );
}
