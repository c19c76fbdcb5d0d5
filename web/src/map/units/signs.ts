// The gates of a cordon, above the units that hold them: who stands there is told by the gate.
import type { Map as MapLibre } from "maplibre-gl";
import { mercatorX, mercatorY, worldPixels } from "../../units/mercator";
import { bar } from "../icons";
import type { Palette } from "../palette";
import type { Painter } from "./canvas";
import { compile, type Program } from "./program";

/** In the order of the strip of pictures. */
const STANDS = ["open", "coming", "tight", "held", "leak"] as const;
export type Stand = (typeof STANDS)[number];

export interface Sign {
  stand: Stand;
  lat: number;
  lon: number;
  /** of the road across which it stands */
  bearing_deg: number;
}

/** Of one picture, CSS pixels at size 1. */
const WIDTH_PX = 32, HEIGHT_PX = 28;
/** The largest that it is drawn, and sharp on a screen of two pixels in one. */
const RATIO = 4;
/** Sizes by zoom; between two of them, between. */
const SIZES: readonly (readonly [zoom: number, size: number])[] = [[10, 0.62], [12.3, 0.85], [14.2, 1.25], [16, 1.8]];
/** Floats of a sign in the buffer: place, turn, picture. */
const STRIDE = 4;

const VERTEX = `#version 300 es
precision highp float;
layout(location=0) in vec4 a_sign; // from the middle of the view, device pixels; turn, radians clockwise; picture
uniform vec2 u_half;  // half the canvas, device pixels
uniform vec2 u_size;  // half of a sign, device pixels
out vec2 v_uv;
void main() {
  vec2 corner = vec2(float(gl_VertexID & 1), float(gl_VertexID >> 1)) * 2.0 - 1.0;
  vec2 p = corner * u_size;
  float s = sin(a_sign.z), c = cos(a_sign.z);
  vec2 pixel = a_sign.xy + vec2(p.x * c - p.y * s, p.x * s + p.y * c);
  gl_Position = vec4(pixel.x / u_half.x, -pixel.y / u_half.y, 0.0, 1.0);
  v_uv = vec2((a_sign.w + corner.x * 0.5 + 0.5) / ${STANDS.length.toFixed(1)}, corner.y * 0.5 + 0.5);
}`;

const FRAGMENT = `#version 300 es
precision highp float;
in vec2 v_uv;
uniform sampler2D u_pictures;
out vec4 o_colour;
void main() { o_colour = texture(u_pictures, v_uv); }`;

interface Gpu {
  program: Program;
  array: WebGLVertexArrayObject;
  buffer: WebGLBuffer;
  texture: WebGLTexture;
}

export class SignLayer implements Painter {
  private gpu: Gpu | null = null;
  private floats = new Float32Array(0);
  private painted = false;
  /** from below */
  signs: readonly Sign[] = [];

  constructor(private readonly map: MapLibre, private palette: Palette) {}

  setPalette(palette: Palette): void {
    this.palette = palette;
    this.painted = false;
  }

  setUp(gl: WebGL2RenderingContext): void {
    const array = gl.createVertexArray(), buffer = gl.createBuffer(), texture = gl.createTexture();
    gl.bindVertexArray(array);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribDivisor(0, 1);
    gl.vertexAttribPointer(0, STRIDE, gl.FLOAT, false, 0, 0);
    gl.bindVertexArray(null);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR_MIPMAP_LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    this.gpu = { program: compile(gl, VERTEX, FRAGMENT), array, buffer, texture };
    this.painted = false;
  }

  draw(gl: WebGL2RenderingContext): void {
    const { gpu, map, signs } = this;
    if (!gpu || !signs.length) return;
    const ratio = map.getPixelRatio(), size = sizeAt(map.getZoom()) * ratio;
    gl.bindTexture(gl.TEXTURE_2D, gpu.texture);
    if (!this.painted) {
      this.paint(gl);
      this.painted = true;
    }
    gl.bindVertexArray(gpu.array);
    gl.bindBuffer(gl.ARRAY_BUFFER, gpu.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, this.placed(ratio), gl.DYNAMIC_DRAW);
    gpu.program.use();
    gl.uniform2f(gpu.program.at("u_half"), gl.drawingBufferWidth / 2, gl.drawingBufferHeight / 2);
    gl.uniform2f(gpu.program.at("u_size"), (WIDTH_PX / 2) * size, (HEIGHT_PX / 2) * size);
    gl.uniform1i(gpu.program.at("u_pictures"), 0);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, signs.length);
    gl.bindVertexArray(null);
  }

  /** Where each lies now. They are few: no shader need do it. */
  private placed(ratio: number): Float32Array {
    const { signs, map } = this, length = signs.length * STRIDE;
    if (this.floats.length < length) this.floats = new Float32Array(length * 2);
    const centre = map.getCenter(), x = mercatorX(centre.lng), y = mercatorY(centre.lat), world = worldPixels(map.getZoom()) * ratio;
    signs.forEach(({ stand, lat, lon, bearing_deg }, n) => {
      this.floats.set([(mercatorX(lon) - x) * world, (mercatorY(lat) - y) * world, (bearing_deg * Math.PI) / 180, STANDS.indexOf(stand)], n * STRIDE);
    });
    return this.floats.subarray(0, length);
  }

  /** The pictures, in the colours of the theme. */
  private paint(gl: WebGL2RenderingContext): void {
    const [width, height] = [WIDTH_PX * RATIO, HEIGHT_PX * RATIO], strip = new OffscreenCanvas(width * STANDS.length, height);
    const ctx = strip.getContext("2d");
    if (!ctx) throw new Error("no 2d canvas");
    STANDS.forEach((stand, n) => {
      ctx.setTransform(RATIO, 0, 0, RATIO, width * (n + 0.5), height / 2);
      PICTURES[stand](ctx, this.palette.css);
    });
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, strip);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    gl.generateMipmap(gl.TEXTURE_2D);
  }
}

/** How large signs are, of their pictures. */
export function sizeAt(zoom: number): number {
  const after = SIZES.findIndex(([at]) => zoom < at);
  if (after <= 0) return SIZES[after === 0 ? 0 : SIZES.length - 1][1];
  const [from, small] = SIZES[after - 1], [to, large] = SIZES[after];
  return small + ((large - small) * (zoom - from)) / (to - from);
}

type Ink = OffscreenCanvasRenderingContext2D;
type Colours = Palette["css"];

const PICTURES: Record<Stand, (ctx: Ink, css: Colours) => void> = {
  open: (ctx, css) => posts(ctx, css, css["text-1"], 0),
  coming: (ctx, css) => posts(ctx, css, css["st-enroute"], 0.5),
  tight: (ctx, css) => posts(ctx, css, css["warn"], 0.5),
  held: (ctx, css) => posts(ctx, css, css["ok"], 1),
  leak,
};

/** Two posts across the road, as the design's gate: a bar between them says how far it is shut. */
function posts(ctx: Ink, css: Colours, ink: string, shut: 0 | 0.5 | 1): void {
  ctx.fillStyle = css["map-land"];
  bar(ctx, -15, -9.5, 30, 19, 4);
  ctx.fillStyle = ink;
  bar(ctx, -12.5, -7, 5, 14, 1.4);
  bar(ctx, 7.5, -7, 5, 14, 1.4);
  if (shut) {
    bar(ctx, -8, -2.2, 8 * 2 * (shut === 1 ? 1 : 0.32), 4.4, 0.8);
    if (shut !== 1) bar(ctx, 8 - 8 * 2 * 0.32, -2.2, 8 * 2 * 0.32, 4.4, 0.8);
  }
}

function leak(ctx: Ink, css: Colours): void {
  posts(ctx, css, css["alarm"], 0);
  ctx.fillStyle = css["map-land"];
  bar(ctx, -4.6, -13, 9.2, 26, 3);
  ctx.fillStyle = css["alarm"];
  bar(ctx, -1.7, -5, 3.4, 16, 0.6);
  ctx.beginPath();
  ctx.moveTo(0, -12);
  ctx.lineTo(6, -3.6);
  ctx.lineTo(-6, -3.6);
  ctx.closePath();
  ctx.fill();
}
