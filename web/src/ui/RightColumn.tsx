// The right column: the answer to what was asked last; while cut off, what to do about it.
import { answer } from "../state/app";
import { offline } from "../state/connection";
import { CordonPanel } from "./cordon/CordonPanel";
import { GatesPanel } from "./cordon/GatesPanel";
import { DrillList } from "./drill/DrillList";
import type { Fit } from "./fit";
import { MeasurePanel } from "./MeasurePanel";
import { OfflinePanel } from "./OfflinePanel";
import { Overview } from "./Overview";
import { PlacePanel } from "./PlacePanel";
import { RoadsPanel } from "./RoadsPanel";
import { UnitCard } from "./UnitCard";

export function RightColumn({ fit }: { fit: Fit }) {
  return (
    <main class="right" id="answer" tabIndex={-1}>
      {offline.value ? <OfflinePanel />
        : answer.value === "measure" ? <MeasurePanel />
        : answer.value === "unit" ? <UnitCard />
        : answer.value === "cordon" ? <CordonPanel fit={fit} />
        : answer.value === "gates" ? <GatesPanel fit={fit} />
        : answer.value === "place" ? <PlacePanel />
        : answer.value === "roads" ? <RoadsPanel fit={fit} />
        : answer.value === "drills" ? <DrillList />
        : <Overview fit={fit} />}
    </main>
  );
}
