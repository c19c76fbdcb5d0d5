// The right column's cordon: laid, or running.
import { desk } from "../../state/app";
import type { Fit } from "../fit";
import { LayPanel } from "./LayPanel";
import { RunPanel } from "./RunPanel";

export const CordonPanel = ({ fit }: { fit: Fit }) => (desk.value?.mode === "lay" ? <LayPanel /> : <RunPanel fit={fit} />);
