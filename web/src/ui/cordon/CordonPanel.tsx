// The right column's cordon: laid, or running.
import { desk } from "../../state/app";
import type { Fit } from "../fit";
import { LayPanel } from "./LayPanel";
import { RingStrength } from "./RingStrength";
import { RunPanel } from "./RunPanel";

/** Where this column lies over the left one, the rings' strength comes with it. */
export const CordonPanel = ({ fit }: { fit: Fit }) => (
  <>
    {desk.value?.mode === "lay" ? <LayPanel /> : <RunPanel fit={fit} />}
    <div class="only-narrow"><RingStrength /></div>
  </>
);
