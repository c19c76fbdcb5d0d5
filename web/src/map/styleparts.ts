// What the parts of the style share: letters, and widths that grow with the ground.
import type { ExpressionSpecification as Expression } from "maplibre-gl";

const FAMILIES = ["Inter", "PingFang SC", "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei UI", "sans-serif"];
// MapLibre reads the weight out of the first family's name; no font is called so, and the next is used.
export const MEDIUM = ["Citygate Medium", ...FAMILIES];
export const STRONG = ["Citygate Semibold", ...FAMILIES];

// Widths are given at zooms where a pixel is about 14, 3.7 and 0.9 metres, and grow with the ground between.
export const grow = (city: number, street: number, near: number): Expression =>
  ["interpolate", ["exponential", 1.7], ["zoom"], 10, city * 0.5, 12.25, city, 14.2, street, 16.5, near];
