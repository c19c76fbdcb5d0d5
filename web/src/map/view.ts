// The map: MapLibre with our style, the canvas of what moves over it, the camera, and pictures only when something moves.
import * as maplibregl from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import { lang } from "../i18n";
import type { City } from "../api/types";
import { layersOn } from "../state/app";
import { offline } from "../state/connection";
import { baseShown } from "../state/base";
import { alarms, clock, store } from "../state/live";
import { timed } from "../state/spent";
import { ZOOM_LEAST, ZOOM_MOST, type Camera as Looked } from "../state/link";
import { crowding } from "../units/crowd";
import { metresPerPixel, worldPixels } from "../units/mercator";
import type { UnitStore } from "../units/store";
import { MAP_LAYERS } from "../words";
import { BASE_URL } from "./base";
import { BASE_SOURCE, OWN_GROUND } from "./basestyle";
import { putIcons, putMissing } from "./icons";
import { gpuLost } from "./mapstate";
import { GROUND_LAYERS, isShown } from "./drillstyle";
import { readPalette, type Palette } from "./palette";
import type { Camera } from "./pick";
import { layers, style, STYLE_LAYERS_OF, type SourceId } from "./style";
import { LiveCanvas } from "./units/canvas";
import { frameInterval_ms } from "./units/detail";
import { Instances, type UnitView } from "./units/instances";
import { UnitLayer } from "./units/layer";
import { SignLayer, type Sign } from "./units/signs";

maplibregl.setWorkerUrl(new URL(workerUrl, location.href).href);

const IDEOGRAPHS = '"PingFang SC","Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei UI",sans-serif';
const CAMERA_MS = 400;
const ALARM_FRAME_MS = 66;
/** Room between the ring road and the map's edge. */
const CITY_MARGIN_PX = 44;
const LINE_MARGIN_PX = 120;
const STREET_ZOOM = 15.5;
/** A whole city at this zoom is never seen from afar. */
const NEVER_CROWDED = 0;

export class MapView {
  readonly map: maplibregl.Map;
  private readonly instances = new Instances();
  private readonly units: UnitLayer;
  private readonly gates: SignLayer;
  private readonly live: LiveCanvas;
  /** the gates of the city's cordons, and those of a drill */
  private readonly signs: Record<"live" | "drill", readonly Sign[]> = { live: [], drill: [] };
  /** which graphics contexts are gone: the map's, that of what moves */
  private readonly gone = new Set<"map" | "live">();
  private readonly waiting = new Map<SourceId, GeoJSON.FeatureCollection>();
  private ready = false;
  private dirty = true;
  private timer = 0;
  /** the picture that was asked for; 0: none */
  private due = 0;
  private painted_ms = 0;
  private bounds: [number, number, number, number];
  private touched = false;
  /** the zoom at which the whole city is in view */
  private cityZoom = NEVER_CROWDED;
  private readonly base: City["base_map"];
  /** the element whose theme the map is drawn in */
  private dressed = document.documentElement;
  /** the units of a drill, drawn in place of the live ones; null: the live ones are */
  private stage: UnitStore | null = null;
  /** how many times as fast as real what is drawn moves */
  pace = 1;
  /** pictures of what moves since the start */
  pictures = 0;
  /** what the units are drawn by; `changed` must be called after a change */
  look: UnitView;
  /** called after every picture */
  onFrame: () => void = () => {};
  /** called when the unit buffer was rebuilt, with the number of units drawn */
  onBuilt: (count: number) => void = () => {};
  /** called before a frame of moving units */
  beforeFrame: () => void = () => {};

  constructor(container: HTMLElement, city: City, look: UnitView) {
    this.look = look;
    this.bounds = city.bbox;
    this.base = city.base_map;
    const palette = this.palette();
    this.map = new maplibregl.Map({
      container,
      style: style(palette, lang.value, this.cityZoom, this.base, BASE_URL),
      bounds: city.bbox,
      minZoom: ZOOM_LEAST, maxZoom: ZOOM_MOST, maxPitch: 0,
      attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false, rollEnabled: false,
      renderWorldCopies: false, fadeDuration: 0, localIdeographFontFamily: IDEOGRAPHS,
      maplibreLogo: false, validateStyle: false,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    // Comes once at the start, and again after a lost graphics context: MapLibre then restores its own layers, not ours.
    this.map.on("style.load", () => this.loaded());
    this.map.setMissingStyleImageResolver((id) => putMissing(this.map, id, this.palette()));
    this.map.on("webglcontextlost", () => {
      this.ready = false;
      this.lost("map", true);
    });
    this.units = new UnitLayer(this.map, store, this.instances, palette);
    this.units.crowd = () => this.crowd;
    this.gates = new SignLayer(this.map, palette);
    this.live = new LiveCanvas(this.map, [this.units, this.gates], (lost) => {
      this.lost("live", lost);
      this.ask();
    });
    // Where the camera moves, all moves with it.
    this.map.on("render", () => this.paint());
    this.map.on("resize", () => this.measureCity());
    for (const act of ["dragstart", "wheel", "dblclick"] as const) this.map.on(act, () => (this.touched = true));
  }

  private lost(which: "map" | "live", lost: boolean): void {
    this.gone[lost ? "add" : "delete"](which);
    gpuLost.value = this.gone.size > 0;
  }

  private loaded(): void {
    this.ready = true;
    this.lost("map", false);
    this.measureCity();
    this.restyle();
    for (const [id, data] of this.waiting) this.put(id, data);
    this.waiting.clear();
    this.showLayers();
  }

  /** Fills one source of the style; before the map is ready the data waits. */
  put(id: SourceId, data: GeoJSON.FeatureCollection): void {
    if (!this.ready) {
      this.waiting.set(id, data);
    } else {
      (this.map.getSource(id) as maplibregl.GeoJSONSource | undefined)?.setData(data);
    }
    if (id === "city" && data.features.length) this.useGround(data.features[0]);
  }

  /** The gates that stand over the units of the city, or of a drill; from below. */
  putSigns(of: "live" | "drill", signs: readonly Sign[]): void {
    this.signs[of] = signs;
    this.ask();
  }

  /** What the features of a source are now, by their ids. */
  mark(source: SourceId, states: Iterable<[id: number, state: Record<string, unknown>]>): void {
    if (!this.ready) return;
    for (const [id, state] of states) this.map.setFeatureState({ source, id }, state);
  }

  private useGround(ground: GeoJSON.Feature): void {
    const ring = (ground.geometry as GeoJSON.Polygon).coordinates[0];
    const lons = ring.map((p) => p[0]), lats = ring.map((p) => p[1]);
    this.bounds = [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
    this.measureCity();
    if (!this.touched) this.wholeCity(false);
  }

  private measureCity(): void {
    const [w, s, e, n] = this.bounds;
    const zoom = this.map.cameraForBounds([[w, s], [e, n]], { padding: CITY_MARGIN_PX })?.zoom ?? NEVER_CROWDED;
    if (zoom === this.cityZoom) return;
    this.cityZoom = zoom;
    this.restyle();
  }

  /** How far quiet units are told as numbers: 0 not at all, 1 by those alone. */
  get crowd(): number {
    return this.stage ? 0 : crowding(this.map.getZoom(), this.cityZoom);
  }

  /** Whether a unit is one of those that are told as numbers from afar. */
  isQuiet(slot: number): boolean {
    return this.instances.isQuiet(slot);
  }

  /** Shows the units of a drill alone, on the ground alone; null: the live city again. */
  rehearse(stage: UnitStore | null): void {
    this.stage = stage;
    this.units.store = stage ?? store;
    this.units.aged = stage === null;
    this.restyle();
    this.showLayers();
  }

  /** A drill is no older for a lost connection. */
  private palette(): Palette {
    return readPalette(offline.value && !this.stage, this.dressed);
  }

  /** Draws the map in the theme that an element is in, until it is called again. */
  dress(root: HTMLElement): void {
    this.dressed = root;
    this.restyle();
  }

  /** Once the map stands still and all of it is drawn. */
  drawn(): Promise<void> {
    this.map.triggerRepaint();
    return new Promise((done) => this.map.once("idle", () => done()));
  }

  /** The picture as it stands, in device pixels; null without graphics. It is read in the task that draws it: drawing buffers are not kept. */
  snap(): HTMLCanvasElement | null {
    if (!this.ready) return null;
    this.map.redraw();
    const ground = this.map.getCanvas(), to = document.createElement("canvas"), ctx = to.getContext("2d");
    [to.width, to.height] = [ground.width, ground.height];
    for (const from of [ground, this.live.element]) ctx?.drawImage(from, 0, 0);
    return to;
  }

  /** Theme, language or freshness changed: the same layers in other colours and words. */
  restyle(): void {
    const palette = this.palette();
    this.units.setPalette(palette);
    this.gates.setPalette(palette);
    if (!this.ready) return;
    putIcons(this.map, palette);
    for (const layer of layers(palette, lang.value, this.cityZoom, this.base)) {
      for (const [name, value] of Object.entries(layer.paint ?? {})) this.map.setPaintProperty(layer.id, name as never, value as never);
      for (const [name, value] of Object.entries(layer.layout ?? {})) {
        if (name === "text-field" || name === "text-letter-spacing" || name === "text-transform") this.map.setLayoutProperty(layer.id, name as never, value as never);
      }
    }
    this.changed();
  }

  showLayers(): void {
    if (!this.ready) return;
    for (const layer of MAP_LAYERS) {
      const visibility = layersOn.value.has(layer) && (!this.stage || GROUND_LAYERS.has(layer)) ? "visible" : "none";
      for (const id of STYLE_LAYERS_OF[layer]) this.map.setLayoutProperty(id, "visibility", visibility);
    }
    const switched = new Set(Object.values(STYLE_LAYERS_OF).flat());
    for (const id of this.map.getLayersOrder()) {
      const source = this.map.getLayer(id)?.source;
      if (!source || switched.has(id)) continue;
      const isReplaced = baseShown.peek() ? OWN_GROUND.has(source) : source === BASE_SOURCE;
      this.map.setLayoutProperty(id, "visibility", isShown(source, this.stage !== null) && !isReplaced ? "visible" : "none");
    }
  }

  /** Units moved or look otherwise: rebuild the buffer before the next frame. */
  changed(focus = this.units.focus): void {
    this.units.focus = focus;
    this.dirty = true;
    this.schedule();
  }

  private schedule(): void {
    if (this.timer || !this.ready) return;
    const moving = frameInterval_ms(this.map.getCenter().lat, this.map.getZoom()) / this.pace;
    const interval = alarms.value.length ? Math.min(ALARM_FRAME_MS, moving) : moving;
    const wait = Math.max(0, this.painted_ms + interval - performance.now());
    this.timer = window.setTimeout(() => {
      this.timer = 0;
      this.frame();
    }, wait);
  }

  private frame(): void {
    this.painted_ms = performance.now();
    if (this.dirty) {
      timed("pack_ms", () => this.instances.build(this.stage ?? store, this.look, this.stage ? 0 : clock.now(), this.painted_ms));
      this.units.changed();
      this.onBuilt(this.instances.count);
      this.dirty = false;
    }
    this.beforeFrame();
    this.ask();
    const pulsing = alarms.value.length > 0 && !store.reducedMotion;
    const until = this.units.leads ? Math.max(this.instances.movingUntil_ms, this.instances.leadingUntil_ms) : this.instances.movingUntil_ms;
    if (this.painted_ms < until || pulsing) this.schedule();
  }

  /** Draws what moves in the browser's next picture. */
  private ask(): void {
    this.due ||= requestAnimationFrame(() => this.paint());
  }

  private paint(): void {
    cancelAnimationFrame(this.due);
    this.due = 0;
    this.pictures += 1;
    this.gates.signs = this.signs[this.stage ? "drill" : "live"];
    this.live.draw();
    this.onFrame();
  }

  wholeCity(eased = true): void {
    const [w, s, e, n] = this.bounds;
    this.map.fitBounds([[w, s], [e, n]], { padding: CITY_MARGIN_PX, duration: this.duration(eased) });
  }

  goTo(place: { lat: number; lon: number }, metresAcross?: number): void {
    this.touched = true;
    const size = Math.min(this.map.getContainer().clientWidth, this.map.getContainer().clientHeight);
    const zoom = metresAcross
      ? Math.log2((metresPerPixel(place.lat, 0) * size) / metresAcross)
      : Math.max(this.map.getZoom(), 14.4);
    this.map.easeTo({ center: [place.lon, place.lat], zoom, duration: this.duration(true) });
  }

  /** Goes so many levels nearer to a place. */
  lookInto(at: { lat: number; lon: number }, levels: number): void {
    this.touched = true;
    this.map.easeTo({ center: [at.lon, at.lat], zoom: this.map.getZoom() + levels, duration: this.duration(true) });
  }

  /** Looks where a link says, at once, or where another wall does. */
  lookAt({ at, zoom }: Looked, eased = false): void {
    this.touched = true;
    this.map.easeTo({ center: [at.lon, at.lat], zoom, duration: this.duration(eased) });
  }

  /** Brings a line into view, no nearer than the street. */
  fit(line: readonly GeoJSON.Position[], eased = true): void {
    if (!line.length) return;
    this.touched = true;
    const lons = line.map((p) => p[0]), lats = line.map((p) => p[1]);
    this.map.fitBounds([[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]],
      { padding: LINE_MARGIN_PX, maxZoom: STREET_ZOOM, duration: this.duration(eased) });
  }

  private duration(eased: boolean): number {
    return eased && !store.reducedMotion ? CAMERA_MS : 0;
  }

  /** CSS pixels of a Mercator position; exact because the map has no pitch and no turn. */
  camera(): Camera {
    const centre = maplibregl.MercatorCoordinate.fromLngLat(this.map.getCenter());
    const zoom = this.map.getZoom();
    const world = worldPixels(zoom);
    const box = this.map.getContainer();
    const w = box.clientWidth / 2, h = box.clientHeight / 2;
    return {
      lat: this.map.getCenter().lat, zoom, crowd: this.crowd,
      project: (x, y) => [(x - centre.x) * world + w, (y - centre.y) * world + h],
    };
  }
}
