// The base map as the wall has it: whether it can be drawn, and whom it is owed to.
import { computed, signal } from "@preact/signals";
import { t } from "../i18n";
import { city, layersOn } from "./app";

/** its header and metadata came, and no tile was refused since */
export const baseReady = signal(false);
/** whom its own metadata name; empty when nobody */
export const baseOwed = signal("");

/** Whether it is drawn in place of the city's own ground. */
export const baseShown = computed(() => city.value?.base_map != null && baseReady.value && layersOn.value.has("base"));

/** Whom the map that is drawn must name, in words. */
export const owed = computed(() => [
  ...(city.value?.attribution ? [t("roads_from", { who: city.value.attribution })] : []),
  ...(baseShown.value && baseOwed.value ? [t("base_from", { who: baseOwed.value })] : []),
]);
