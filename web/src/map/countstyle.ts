// How many units stand in a part of the map: what the server counted, and what the wall counted for itself. Filled as far as they are known
// to be there now, green as far as they are free.
import type { ExpressionSpecification as Expression, LayerSpecification } from "maplibre-gl";
import { CROWD_BEGINS, CROWD_WHOLE } from "../units/crowd";
import type { Palette } from "./palette";

/** `cityZoom`: at which the whole city is in view. */
export function countLayers({ css: c }: Palette, cityZoom: number): LayerSpecification[] {
  const hue: Expression = ["to-rgba", ["interpolate", ["linear"], ["get", "free"], 0, c["st-off"], 0.5, c["ok"]]];
  const part = (n: number): Expression => ["at", n, ["var", "hue"]] as unknown as Expression;
  const counts = (source: "density" | "crowds", opacity: number | Expression): LayerSpecification[] => [
    {
      id: source, type: "circle", source,
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["sqrt", ["get", "units"]], 1, 10, 10, 17, 60, 30],
        "circle-color": ["let", "hue", hue, ["rgba", part(0), part(1), part(2), ["*", 0.3, ["get", "fresh"]]]],
        "circle-opacity": opacity, "circle-stroke-opacity": opacity, "circle-stroke-width": ["case", ["to-boolean", ["get", "alarm"]], 3, 1.4],
        "circle-stroke-color": ["case", ["to-boolean", ["get", "alarm"]], c["alarm"], c["text-2"]],
      },
    },
    { id: `${source}-count`, type: "symbol", source, layout: { "icon-image": ["get", "label"], "icon-allow-overlap": true, "icon-ignore-placement": true }, paint: { "icon-opacity": opacity } },
  ];
  return [...counts("density", 1), ...counts("crowds", ["interpolate", ["linear"], ["zoom"], cityZoom - CROWD_WHOLE, 1, cityZoom - CROWD_BEGINS, 0])];
}
