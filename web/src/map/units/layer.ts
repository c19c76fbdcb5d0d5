// The custom WebGL 2 layer that draws every unit of the city in one call.
import type { CustomLayerInterface, Map as MapLibre } from "maplibre-gl";
import { mercatorX, mercatorY } from "../../units/mercator";
import type { UnitStore } from "../../units/store";
import type { Palette } from "../palette";
import { bakeAtlas, type Atlas } from "./atlas";
import { STRIDE_BYTES, type Instances } from "./instances";
import { alphas, sizes } from "./detail";
import { FRAGMENT, VERTEX } from "./shader";

const TILE_PX = 512;
const PULSE_MS = 1_600;

interface Gpu {
  program: WebGLProgram;
  array: WebGLVertexArrayObject;
  buffer: WebGLBuffer;
  texture: WebGLTexture;
  at: (name: string) => WebGLUniformLocation | null;
}

export class UnitLayer implements CustomLayerInterface {
  readonly id = "units";
  readonly type = "custom" as const;
  readonly renderingMode = "2d" as const;
  private map: MapLibre | null = null;
  private gpu: Gpu | null = null;
  private atlas: Atlas | null = null;
  private uploaded = false;
  private palette: Palette;
  focus = false;

  /** `store`: whose units are in the instances */
  constructor(public store: UnitStore, private readonly instances: Instances, palette: Palette) {
    this.palette = palette;
  }

  setPalette(palette: Palette): void {
    this.palette = palette;
  }

  /** The instances were built anew: send them before the next frame. */
  changed(): void {
    this.uploaded = false;
  }

  /** Also called after a lost context came back. */
  onAdd(map: MapLibre, gl: WebGLRenderingContext | WebGL2RenderingContext): void {
    this.map = map;
    this.atlas ??= bakeAtlas();
    this.gpu = setUp(gl as WebGL2RenderingContext, this.atlas);
    this.uploaded = false;
  }

  onRemove(): void {
    this.gpu = null;
  }

  render(context: WebGLRenderingContext | WebGL2RenderingContext): void {
    const gl = context as WebGL2RenderingContext;
    const { gpu, map, instances } = this;
    if (!gpu || !map || !instances.count) return;
    const now = performance.now();
    gl.bindVertexArray(gpu.array);
    if (!this.uploaded) {
      gl.bindBuffer(gl.ARRAY_BUFFER, gpu.buffer);
      gl.bufferData(gl.ARRAY_BUFFER, instances.data, gl.DYNAMIC_DRAW);
      this.uploaded = true;
    }
    gl.useProgram(gpu.program);
    this.uniforms(gl, gpu, map, now);
    gl.activeTexture(gl.TEXTURE0);
    gl.bindTexture(gl.TEXTURE_2D, gpu.texture);
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.STENCIL_TEST);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, instances.count);
    gl.bindVertexArray(null);
  }

  private uniforms(gl: WebGL2RenderingContext, gpu: Gpu, map: MapLibre, now: number): void {
    const centre = map.getCenter();
    const zoom = map.getZoom();
    const ratio = map.getPixelRatio();
    gl.uniform1f(gpu.at("u_now"), now - this.store.epoch_ms);
    gl.uniform2f(gpu.at("u_centre"), mercatorX(centre.lng) - this.store.originX, mercatorY(centre.lat) - this.store.originY);
    gl.uniform1f(gpu.at("u_world"), TILE_PX * 2 ** zoom * ratio);
    gl.uniform2f(gpu.at("u_half"), gl.drawingBufferWidth / 2, gl.drawingBufferHeight / 2);
    gl.uniform1f(gpu.at("u_ratio"), ratio);
    gl.uniform1fv(gpu.at("u_size"), sizes(centre.lat, zoom));
    gl.uniform1fv(gpu.at("u_alpha"), alphas(centre.lat, zoom));
    gl.uniform1f(gpu.at("u_focus"), this.focus ? 1 : 0);
    gl.uniform3fv(gpu.at("u_colours"), this.palette.units);
    gl.uniform3fv(gpu.at("u_ground"), this.palette.ground);
    gl.uniform3fv(gpu.at("u_mark"), this.palette.mark);
    const phase = this.store.reducedMotion ? 0 : (now % PULSE_MS) / PULSE_MS;
    gl.uniform1f(gpu.at("u_pulse"), 0.3 + 0.35 * (0.5 + 0.5 * Math.cos(phase * 2 * Math.PI)));
    gl.uniform1i(gpu.at("u_atlas"), 0);
  }
}

function setUp(gl: WebGL2RenderingContext, atlas: Atlas): Gpu {
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]] as const) {
    const shader = gl.createShader(kind);
    if (!shader) throw new Error("the context is lost");
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    const logs = (gl.getAttachedShaders(program) ?? []).map((s) => gl.getShaderInfoLog(s));
    throw new Error(`unit shader: ${gl.getProgramInfoLog(program)} ${logs.join(" ")}`);
  }
  const array = gl.createVertexArray();
  const buffer = gl.createBuffer();
  gl.bindVertexArray(array);
  gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
  for (let location = 0; location < 5; location++) {
    gl.enableVertexAttribArray(location);
    gl.vertexAttribDivisor(location, 1);
  }
  gl.vertexAttribPointer(0, 4, gl.FLOAT, false, STRIDE_BYTES, 0);
  gl.vertexAttribPointer(1, 2, gl.FLOAT, false, STRIDE_BYTES, 16);
  gl.vertexAttribIPointer(2, 4, gl.UNSIGNED_BYTE, STRIDE_BYTES, 24);
  gl.vertexAttribIPointer(3, 1, gl.UNSIGNED_SHORT, STRIDE_BYTES, 28);
  gl.vertexAttribIPointer(4, 2, gl.UNSIGNED_BYTE, STRIDE_BYTES, 30);
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
  const places = new Map<string, WebGLUniformLocation | null>();
  const at = (name: string): WebGLUniformLocation | null => {
    if (!places.has(name)) places.set(name, gl.getUniformLocation(program, name));
    return places.get(name) ?? null;
  };
  return { program, array, buffer, texture, at };
}
