// Draws every unit of the city in one call, and the lines ahead of those that move in another.
import type { Map as MapLibre } from "maplibre-gl";
import { mercatorX, mercatorY, metresPerPixel, worldPixels } from "../../units/mercator";
import { LEAD_STEP_MS } from "../../units/motion";
import type { UnitStore } from "../../units/store";
import type { Palette } from "../palette";
import { bakeAtlas, type Atlas } from "./atlas";
import type { Painter } from "./canvas";
import { STRIDE_BYTES, type Instances } from "./instances";
import { alphas, leadAlpha, sizes } from "./detail";
import { LEAD_FRAGMENT, LEAD_VERTEX } from "./lead";
import { CLASS_COMMITTED, CLASS_FREE } from "./look";
import { compile, type Program } from "./program";
import { FRAGMENT, VERTEX } from "./shader";

const PULSE_MS = 1_600;

interface Gpu {
  units: Program;
  leads: Program;
  array: WebGLVertexArrayObject;
  buffer: WebGLBuffer;
  texture: WebGLTexture;
}

export class UnitLayer implements Painter {
  private gpu: Gpu | null = null;
  private atlas: Atlas | null = null;
  private uploaded = false;
  private palette: Palette;
  focus = false;
  /** whether the ages of fixes are known: in a drill nothing is younger or older than its moment */
  aged = true;
  /** how far quiet units have given way to numbers, 0 to 1 */
  crowd: () => number = () => 0;

  /** `store`: whose units are in the instances */
  constructor(private readonly map: MapLibre, public store: UnitStore, private readonly instances: Instances, palette: Palette) {
    this.palette = palette;
  }

  setPalette(palette: Palette): void {
    this.palette = palette;
  }

  /** The instances were built anew: send them before the next frame. */
  changed(): void {
    this.uploaded = false;
  }

  /** Whether lines ahead of units are drawn at this scale. */
  get leads(): boolean {
    return this.aged && leadAlpha(this.map.getCenter().lat, this.map.getZoom()) > 0;
  }

  setUp(gl: WebGL2RenderingContext): void {
    this.atlas ??= bakeAtlas();
    this.gpu = setUp(gl, this.atlas);
    this.uploaded = false;
  }

  draw(gl: WebGL2RenderingContext): void {
    const { gpu, instances } = this;
    if (!gpu || !instances.count) return;
    const now = performance.now();
    gl.bindVertexArray(gpu.array);
    if (!this.uploaded) {
      gl.bindBuffer(gl.ARRAY_BUFFER, gpu.buffer);
      gl.bufferData(gl.ARRAY_BUFFER, instances.data, gl.DYNAMIC_DRAW);
      this.uploaded = true;
    }
    gl.bindTexture(gl.TEXTURE_2D, gpu.texture);
    if (this.leads) {
      gpu.leads.use();
      this.common(gl, gpu.leads, now);
      this.ahead(gl, gpu.leads);
      gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, instances.count);
    }
    gpu.units.use();
    this.common(gl, gpu.units, now);
    gl.uniform3fv(gpu.units.at("u_mark"), this.palette.mark);
    const phase = this.store.reducedMotion ? 0 : (now % PULSE_MS) / PULSE_MS;
    gl.uniform1f(gpu.units.at("u_pulse"), 0.3 + 0.35 * (0.5 + 0.5 * Math.cos(phase * 2 * Math.PI)));
    gl.uniform1i(gpu.units.at("u_atlas"), 0);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, instances.count);
    gl.bindVertexArray(null);
  }

  private common(gl: WebGL2RenderingContext, { at }: Program, now: number): void {
    const { map } = this;
    const centre = map.getCenter();
    const zoom = map.getZoom();
    const ratio = map.getPixelRatio();
    gl.uniform1f(at("u_now"), now - this.store.epoch_ms);
    gl.uniform2f(at("u_centre"), mercatorX(centre.lng) - this.store.originX, mercatorY(centre.lat) - this.store.originY);
    gl.uniform1f(at("u_world"), worldPixels(zoom) * ratio);
    gl.uniform2f(at("u_half"), gl.drawingBufferWidth / 2, gl.drawingBufferHeight / 2);
    gl.uniform1f(at("u_ratio"), ratio);
    const left = 1 - this.crowd();
    gl.uniform1fv(at("u_size"), sizes(centre.lat, zoom).map((size, cls) => (cls === CLASS_COMMITTED ? size * (0.7 + 0.3 * left) : size))); // numbers are read between them
    gl.uniform1fv(at("u_alpha"), alphas(centre.lat, zoom).map((alpha, cls) => (cls <= CLASS_FREE ? alpha * left : alpha)));
    gl.uniform1f(at("u_focus"), this.focus ? 1 : 0);
    gl.uniform3fv(at("u_colours"), this.palette.units);
    gl.uniform3fv(at("u_ground"), this.palette.ground);
  }

  /** What the lines ahead need beside. */
  private ahead(gl: WebGL2RenderingContext, { at }: Program): void {
    const { map } = this;
    const { lat } = map.getCenter(), zoom = map.getZoom();
    gl.uniform1fv(at("u_fresh"), this.store.fresh_ms);
    gl.uniform1f(at("u_step"), this.store.reducedMotion ? LEAD_STEP_MS : 0);
    gl.uniform1f(at("u_metre"), map.getPixelRatio() / metresPerPixel(lat, zoom));
    gl.uniform1f(at("u_lead"), leadAlpha(lat, zoom));
  }
}

function setUp(gl: WebGL2RenderingContext, atlas: Atlas): Gpu {
  const array = gl.createVertexArray();
  const buffer = gl.createBuffer();
  gl.bindVertexArray(array);
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  for (let location = 0; location < 6; location++) {
    gl.enableVertexAttribArray(location);
    gl.vertexAttribDivisor(location, 1);
  }
  gl.vertexAttribPointer(0, 4, gl.FLOAT, false, STRIDE_BYTES, 0);
  gl.vertexAttribPointer(1, 2, gl.FLOAT, false, STRIDE_BYTES, 16);
  gl.vertexAttribIPointer(2, 4, gl.UNSIGNED_BYTE, STRIDE_BYTES, 24);
  gl.vertexAttribIPointer(3, 1, gl.UNSIGNED_SHORT, STRIDE_BYTES, 28);
  gl.vertexAttribIPointer(4, 2, gl.UNSIGNED_BYTE, STRIDE_BYTES, 30);
  gl.vertexAttribPointer(5, 1, gl.FLOAT, false, STRIDE_BYTES, 32);
  gl.bindVertexArray(null);
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
  gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
  gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RG8, atlas.width, atlas.height, 0, gl.RG, gl.UNSIGNED_BYTE, atlas.pixels);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
  return { units: compile(gl, VERTEX, FRAGMENT), leads: compile(gl, LEAD_VERTEX, LEAD_FRAGMENT), array, buffer, texture };
}
