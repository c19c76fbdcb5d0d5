// The canvas over the map's own, with all that moves. For a step of a unit it alone is drawn anew; the ground only where the camera moves.
import type { Map as MapLibre } from "maplibre-gl";
import { timed } from "../../state/spent";

/** Draws one kind of thing, in colours that are multiplied by their opacity. */
export interface Painter {
  /** At the start, and again after a lost context came back: nothing that was made before is left. */
  setUp(gl: WebGL2RenderingContext): void;
  draw(gl: WebGL2RenderingContext): void;
}

export class LiveCanvas {
  readonly element = document.createElement("canvas");
  private readonly gl: WebGL2RenderingContext;
  private lost = false;

  /** `painters`: from below. `seen` is told when the context is lost, and when it is back. */
  constructor(private readonly map: MapLibre, private readonly painters: readonly Painter[], seen: (lost: boolean) => void) {
    const gl = this.element.getContext("webgl2", { antialias: false, depth: false, powerPreference: "high-performance" });
    if (!gl) throw new Error("no WebGL 2");
    this.gl = gl;
    this.element.className = "map-live";
    this.element.setAttribute("aria-hidden", "true"); // the map beneath says in words what both show
    map.getCanvasContainer().append(this.element);
    this.element.addEventListener("webglcontextlost", (event) => {
      event.preventDefault(); // else it never comes back
      this.lost = true;
      seen(true);
    });
    this.element.addEventListener("webglcontextrestored", () => {
      this.lost = false;
      this.setUp();
      seen(false);
    });
    this.setUp();
  }

  private setUp(): void {
    const { gl } = this;
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.clearColor(0, 0, 0, 0);
    for (const painter of this.painters) painter.setUp(gl);
  }

  draw(): void {
    if (!this.lost) timed("draw_ms", () => this.paint());
  }

  private paint(): void {
    const { gl, element } = this, map = this.map.getCanvas();
    if (element.width !== map.width || element.height !== map.height) {
      [element.width, element.height] = [map.width, map.height];
      [element.style.width, element.style.height] = [map.style.width, map.style.height];
    }
    gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.clear(gl.COLOR_BUFFER_BIT);
    for (const painter of this.painters) painter.draw(gl);
  }
}
