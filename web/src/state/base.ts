// The base map as the wall has it: whether it can be drawn, and whom it is owed to.
import { computed, signal } from "@preact/signals";
import { city, layersOn } from "./app";

/** its header and metadata came, and no tile was refused since */
export const baseReady = signal(false);
/** whom its own metadata name; empty when nobody */
export const baseOwed = signal("");

/** Whether it is drawn in place of the city's own ground. */
export const baseShown = computed(() => city.value?.base_map != null && baseReady.value && layersOn.value.has("base"));
