// The wall: five fixed places.
import { useEffect, useRef, useState } from "preact/hooks";
import { named, t } from "../i18n";
import { MapState } from "../map/mapstate";
import { measureAt } from "../map/measuring";
import { askedPlace, startMap } from "../map/wire";
import type { MapView } from "../map/view";
import { answer, city, desk, keysOpen, mirror, withMap, withPanels } from "../state/app";
import { offline } from "../state/connection";
import { start } from "../state/cordon/asked";
import { offered, plans } from "../state/cordon/laying";
import { counts } from "../state/counts";
import { coverageOn } from "../state/coverage";
import { store } from "../state/live";
import { AVAILABLE, EN_ROUTE, ON_SCENE } from "../words";
import { Announcer } from "./Announcer";
import { BottomBar } from "./BottomBar";
import { drill, ground } from "../state/drill/player";
import { DrillBar } from "./drill/DrillBar";
import { DrillEvents } from "./drill/DrillEvents";
import { DrillResult } from "./drill/DrillResult";
import { DrillStrip } from "./drill/DrillStrip";
import { DrillTop } from "./drill/DrillTop";
import { PlanStrip } from "./cordon/PlanStrip";
import { listenToKeys, type Acts } from "./keys";
import { KeysHelp } from "./KeysHelp";
import { LeftColumn } from "./LeftColumn";
import { ListMirror } from "./ListMirror";
import { MapFrame } from "./MapFrame";
import { savePicture } from "./picture";
import { listenToPrinting, printWall } from "./print";
import { PrintSheet } from "./PrintSheet";
import { RightColumn } from "./RightColumn";
import { TopBar } from "./TopBar";

const SUMMARY_MS = 30_000;

let view: MapView | null = null;
export const mapView = (): MapView | null => view;

function goTo(id: string): void {
  const slot = store.slot(id);
  if (view && slot >= 0 && store.placed(slot)) view.goTo(store.drawnPlace(slot, performance.now()));
}

const acts: Acts = {
  wholeCity: () => view?.wholeCity(),
  wholeDrill: () => drill.value && view?.fit(ground()),
  goTo,
  askedPlace: () => (view ? askedPlace(view) : null),
  measureAt: (at) => view && measureAt(view, at),
  savePicture: () => savePicture(view),
  print: () => void printWall(view),
};
listenToKeys(acts);
listenToPrinting(mapView);

/** Plans lie side by side under the map while a cordon is laid and there are some, or may be soon. */
const stripOn = (): boolean => withPanels && desk.value?.mode === "lay" && start.value !== null && !offline.value && !drill.value && (offered.value.length > 0 || !plans.asked.value.data);

export function App() {
  const look = ["wall", offline.value && !drill.value && "is-offline", !withPanels && "no-panels", !withMap && "no-map", `answers-${answer.value}`, coverageOn.value && !drill.value && "has-coverage", stripOn() && "has-strip", drill.value && "in-drill"].filter(Boolean).join(" ");
  return (
    <>
    <PrintSheet />
    <div class={look}>
      <a class="skip" href="#answer">{t("skip_to_answer")}</a>
      {drill.value ? <DrillTop /> : <TopBar />}
      {withPanels && (drill.value ? <DrillEvents /> : <LeftColumn goTo={goTo} fit={(line) => view?.fit(line)} />)}
      {withPanels && (drill.value ? <DrillResult /> : <RightColumn fit={(line) => view?.fit(line)} />)}
      {drill.value ? <DrillStrip /> : stripOn() && <PlanStrip />}
      {drill.value ? <DrillBar /> : <BottomBar acts={acts} />}
      <div class="middle">
        {withMap && <MapPlace />}
        {mirror.value && !drill.value && <ListMirror />}
        <MapFrame />
      </div>
      <Announcer />
      {keysOpen.value && <KeysHelp />}
    </div>
    </>
  );
}

function MapPlace() {
  const box = useRef<HTMLDivElement>(null);
  const labels = useRef<HTMLDivElement>(null);
  const [failed, fail] = useState(false);
  const ready = city.value;
  useEffect(() => {
    if (!ready || view || !box.current || !labels.current) return;
    try {
      view = startMap(box.current, labels.current, ready);
    } catch (error) {
      console.error(error);
      fail(true);
      return;
    }
    describe(view);
    setInterval(() => view && describe(view), SUMMARY_MS);
  }, [ready]);
  useEffect(() => { if (view) describe(view); }, [drill.value]);
  return (
    <div class="map" onPointerLeave={() => (MapState.pointer = null)}>
      <div class="map-box" ref={box} />
      <div class="map-labels" ref={labels} />
      {failed && <p class="map-failed" role="alert">{t("no_webgl")}</p>}
    </div>
  );
}

/** One line that says what the picture shows. */
function describe(of: MapView): void {
  const c = counts.value;
  const canvas = of.map.getCanvas();
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", drill.value ? t("drill_map", { name: named(drill.value.name) }) : t("map_label", {
    total: c.total, available: c.status[AVAILABLE], en_route: c.status[EN_ROUTE], on_scene: c.status[ON_SCENE], stale: c.stale, lost: c.lost, alarm: c.alarm,
  }));
}
