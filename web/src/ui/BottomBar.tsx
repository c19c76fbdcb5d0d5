// The bottom bar: layers with a sample of their line, keys, and what this city is.
import { named, t, type Word } from "../i18n";
import { answer, city, layersOn, layersOpen, toggled } from "../state/app";
import { closures } from "../state/closures";
import { toggleRoads } from "../state/closing";
import { openCordon } from "../state/cordon/laying";
import { running } from "../state/cordon/running";
import { toggleGates } from "../state/cordon/standing";
import { coverageOn, toggleCoverage } from "../state/coverage";
import { toggleDrills } from "../state/drill/player";
import { MAP_LAYERS, type MapLayer } from "../words";
import { Key } from "./Key";
import type { Acts } from "./keys";
import { useRoomy } from "./roomy";
import { Tools } from "./Tools";

const LINES: Partial<Record<MapLayer, { stroke: string; width: number; dash?: string }>> = {
  rapid: { stroke: "var(--zone-rapid)", width: 2 },
  responsibility: { stroke: "var(--zone-resp)", width: 1.8, dash: "7 4" },
  beats: { stroke: "var(--zone-beat)", width: 1.8, dash: "1.5 3" },
  districts: { stroke: "var(--text-3)", width: 1 },
};

/** Left out one after the other: the word before them, beats, duty zones, keys, what this city is. */
const LESS = 5;
/** Shown beside the tools; the others come out with L. */
const FIRST = 4;

export function BottomBar({ acts }: { acts: Acts }) {
  const all = layersOpen.value;
  const there = MAP_LAYERS.filter((layer) => layer !== "base" || city.value?.base_map);
  const list = all ? there : there.slice(0, FIRST);
  return (
    <footer class="bottom" ref={useRoomy<HTMLElement>(LESS)}>
      <div class={`layers ${all ? "is-all" : ""}`} role="group" aria-label={t("layers")}>
        <span class="meta">{t("layers")}</span>
        {list.map((layer) => <Layer key={layer} layer={layer} />)}
        <button class={`layer ${coverageOn.value ? "is-on" : ""}`} aria-pressed={coverageOn.value} data-layer="coverage" onClick={toggleCoverage}>
          <svg width="26" height="16" viewBox="0 0 26 16" aria-hidden="true"><path d="M13 1 19 4.5V11.5L13 15 7 11.5V4.5Z" fill="var(--cov-1)" /></svg>
          {t("coverage")} <Key>V</Key>
        </button>
        <button class={`layer ${answer.value === "roads" || closures.value?.length ? "is-on" : ""}`} aria-pressed={answer.value === "roads"} data-testid="roads-switch" onClick={toggleRoads}>
          <svg width="26" height="16" viewBox="0 0 26 16" aria-hidden="true"><path d="M0 8H26" stroke="var(--road-a)" stroke-width="12" /><path d="M0 8H26" stroke="var(--text-1)" stroke-width="9" stroke-dasharray="2.4 4.2" stroke-dashoffset="-1" /></svg>
          {t("closures")} {closures.value !== null && <b>{closures.value.length}</b>} <Key>X</Key>
        </button>
        <button class={`layer ${answer.value === "cordon" || running.value.length ? "is-on" : ""}`} aria-pressed={answer.value === "cordon"} data-testid="cordon-switch" onClick={openCordon}>
          <svg width="26" height="16" viewBox="0 0 26 16" aria-hidden="true"><path d="M6 3 20 1.5 23 9 15 14.5 4 12Z" fill="var(--ring-fill)" fill-opacity=".14" stroke="var(--ring-line)" stroke-width="1.8" /></svg>
          {t("cordon")} {running.value.length > 0 && <b>{running.value.length}</b>} <Key>C</Key>
        </button>
        <button class={`layer ${answer.value === "gates" ? "is-on" : ""}`} aria-pressed={answer.value === "gates"} data-testid="gates-switch" onClick={toggleGates}>{t("city_gates")} <Key>G</Key></button>
        <button class={`layer ${answer.value === "drills" ? "is-on" : ""}`} aria-pressed={answer.value === "drills"} data-testid="drills-switch" onClick={toggleDrills}>{t("drills")} <Key>D</Key></button>
        <button class="layer" aria-expanded={all} onClick={() => (layersOpen.value = !all)}>
          {all ? t("close") : t("all_layers")} <Key>L</Key>
        </button>
      </div>
      {!all && <Tools acts={acts} />}
      {!all && city.value?.synthetic && <span class="meta notice" title={named(city.value.notice)}>{t("synthetic")}</span>}
    </footer>
  );
}

function Layer({ layer }: { layer: MapLayer }) {
  const on = layersOn.value.has(layer);
  const n = city.value?.counts[layer];
  return (
    <button class={`layer ${on ? "is-on" : ""}`} aria-pressed={on} data-layer={layer}
      onClick={() => (layersOn.value = toggled(layersOn.value, layer))}>
      <Sample layer={layer} /> {t(layer as Word)} {n !== undefined && <b>{n}</b>}
    </button>
  );
}

function Sample({ layer }: { layer: MapLayer }) {
  const line = LINES[layer];
  return (
    <svg width="26" height="16" viewBox="0 0 26 16" aria-hidden="true">
      {line && <path d="M0 8H26" stroke={line.stroke} stroke-width={line.width} stroke-dasharray={line.dash} />}
      {layer === "gates" && <path d="M8 2.5V13.5M18 2.5V13.5" stroke="var(--text-2)" stroke-width="4.5" />}
      {layer === "posts" && <circle cx="13" cy="8" r="6" fill="var(--ring-fill)" fill-opacity=".14" stroke="var(--ring-line)" stroke-opacity=".6" />}
      {layer === "stations" && <path d="M7 14V7L13 2.5 19 7V14ZM13 14V10" fill="none" stroke="var(--text-3)" stroke-width="1.5" />}
      {layer === "service_stations" && <path d="M7 5H19M8.5 5V13M17.5 5V13M7 5 9 2H17L19 5" fill="none" stroke="var(--text-3)" stroke-width="1.4" />}
      {layer === "base" && <path d="M2 12 9 3 15 9 18 6 24 12V14H2Z" fill="var(--map-park)" stroke="var(--text-3)" stroke-width="1.2" />}
      {layer === "cameras" && <path d="M13 4 17.5 12.5H8.5Z" fill="var(--text-3)" />}
    </svg>
  );
}
