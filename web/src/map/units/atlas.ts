// Bakes the silhouettes (red) and pictograms (green) into one strip of signed distance fields.
import { GLYPHS, type Glyph } from "./glyphs";

/** Each cell covers this many glyph units across; the silhouettes need 22. */
export const CELL_UNITS = 28;
/** A distance of this many glyph units fills half the range of a byte. */
export const RANGE_UNITS = 5;
const CELL_PX = 112;
/** Drawn this much larger, then measured, so that edges land between pixels. */
const OVER = 3;

export interface Atlas {
  width: number;
  height: number;
  /** two bytes a pixel; 128 is the edge, more is inside */
  pixels: Uint8Array;
}

export function bakeAtlas(): Atlas {
  const width = CELL_PX * GLYPHS.length;
  const pixels = new Uint8Array(width * CELL_PX * 2);
  GLYPHS.forEach((glyph, n) => {
    [silhouette, pictogram].forEach((draw, channel) => {
      const field = distances(raster(glyph, draw));
      for (let y = 0; y < CELL_PX; y++) {
        for (let x = 0; x < CELL_PX; x++) {
          const d_units = field[y * CELL_PX + x] * (CELL_UNITS / (CELL_PX * OVER));
          pixels[(y * width + n * CELL_PX + x) * 2 + channel] = Math.round(127.5 - Math.max(-1, Math.min(1, d_units / RANGE_UNITS)) * 127.5);
        }
      }
    });
  });
  return { width, height: CELL_PX, pixels };
}

type Draw = (ctx: OffscreenCanvasRenderingContext2D, glyph: Glyph) => void;

const silhouette: Draw = (ctx, glyph) => ctx.fill(new Path2D(glyph.silhouette));

const pictogram: Draw = (ctx, glyph) => {
  if (glyph.fill) ctx.fill(new Path2D(glyph.fill));
  if (glyph.stroke) {
    ctx.lineWidth = glyph.width ?? 1.5;
    ctx.stroke(new Path2D(glyph.stroke));
  }
};

function raster(glyph: Glyph, draw: Draw): Uint8ClampedArray {
  const size = CELL_PX * OVER;
  const ctx = new OffscreenCanvas(size, size).getContext("2d", { willReadFrequently: true });
  if (!ctx) throw new Error("no 2d canvas");
  const scale = size / CELL_UNITS;
  ctx.setTransform(scale, 0, 0, scale, size / 2, size / 2);
  draw(ctx, glyph);
  return ctx.getImageData(0, 0, size, size).data;
}

/** Signed distance in raster pixels, negative inside, sampled at the middle of each cell pixel. */
function distances(rgba: Uint8ClampedArray): Float32Array {
  const size = CELL_PX * OVER;
  const inside = new Float32Array(size * size);
  const outside = new Float32Array(size * size);
  for (let i = 0; i < size * size; i++) {
    const filled = rgba[i * 4 + 3] > 127;
    outside[i] = filled ? 0 : FAR;
    inside[i] = filled ? FAR : 0;
  }
  transform(outside, size);
  transform(inside, size);
  const out = new Float32Array(CELL_PX * CELL_PX);
  for (let y = 0; y < CELL_PX; y++) {
    for (let x = 0; x < CELL_PX; x++) {
      const i = (y * OVER + (OVER >> 1)) * size + x * OVER + (OVER >> 1);
      out[y * CELL_PX + x] = Math.sqrt(outside[i]) - Math.sqrt(inside[i]);
    }
  }
  return out;
}

const FAR = 1e10;

/** Squared Euclidean distance transform, in place (Felzenszwalb and Huttenlocher, 2012). */
function transform(grid: Float32Array, size: number): void {
  const f = new Float64Array(size), v = new Int32Array(size), z = new Float64Array(size + 1);
  for (let x = 0; x < size; x++) line(grid, x, size, size, f, v, z);
  for (let y = 0; y < size; y++) line(grid, y * size, 1, size, f, v, z);
}

function line(grid: Float32Array, offset: number, stride: number, n: number, f: Float64Array, v: Int32Array, z: Float64Array): void {
  for (let q = 0; q < n; q++) f[q] = grid[offset + q * stride];
  let k = 0;
  v[0] = 0;
  z[0] = -Infinity;
  z[1] = Infinity;
  for (let q = 1; q < n; q++) {
    let s: number;
    do {
      const r = v[k];
      s = (f[q] - f[r] + q * q - r * r) / (q - r) / 2;
    } while (s <= z[k] && --k > -1);
    k += 1;
    v[k] = q;
    z[k] = s;
    z[k + 1] = Infinity;
  }
  for (let q = 0, at = 0; q < n; q++) {
    while (z[at + 1] < q) at += 1;
    grid[offset + q * stride] = f[v[at]] + (q - v[at]) ** 2;
  }
}
