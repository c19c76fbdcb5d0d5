// Packs the visible units, in draw order, into the buffer that the GPU reads: 32 bytes a unit.
import { FRESH_MS } from "../../units/age";
import type { UnitStore } from "../../units/store";
import { OUT_OF_SERVICE, OFF_DUTY } from "../../words";
import { ARROW, CLASSES, colour, drawClass, showsHeading, treatment } from "./look";

export const STRIDE_BYTES = 32;
export const FLAG_ALARM = 1, FLAG_SELECTED = 2, FLAG_CANDIDATE = 4, FLAG_TICK = 8, FLAG_OFFLINE = 16;

export interface UnitView {
  kinds: ReadonlySet<number>;
  statuses: ReadonlySet<number>;
  orgs: ReadonlySet<string> | null;
  selected: number;
  candidates: ReadonlySet<number>;
  offline: boolean;
}

export class Instances {
  private floats = new Float32Array(0);
  private bytes = new Uint8Array(0);
  private shorts = new Uint16Array(0);
  private classes = new Uint8Array(0);
  count = 0;
  /** local time at which the last glide ends: nothing moves after it */
  movingUntil_ms = 0;

  get data(): Float32Array {
    return this.floats.subarray(0, (this.count * STRIDE_BYTES) / 4);
  }

  /** Whether a unit passes the filters. Alarms and the selected unit always do. */
  static visible(store: UnitStore, slot: number, view: UnitView): boolean {
    if (!store.placed(slot)) return false;
    if (store.alarm[slot] || slot === view.selected) return true;
    if (!view.kinds.has(store.kind[slot]) || !view.statuses.has(store.status[slot])) return false;
    const entry = store.roster[slot];
    return view.orgs === null || (entry !== undefined && view.orgs.has(entry.org));
  }

  build(store: UnitStore, view: UnitView, server_now_ms: number): void {
    if (this.classes.length < store.size) this.reserve(store.size);
    const starts = this.classify(store, view);
    let until = 0;
    for (let slot = 0; slot < store.size; slot++) {
      const cls = this.classes[slot];
      if (cls === HIDDEN) continue;
      this.write(starts[cls]++, store, slot, cls, view, server_now_ms);
      until = Math.max(until, store.start_ms[slot] + store.glide_ms[slot]);
    }
    this.movingUntil_ms = store.epoch_ms + until;
  }

  /** First place of each class in the buffer. */
  private classify(store: UnitStore, view: UnitView): Uint32Array {
    const starts = new Uint32Array(CLASSES + 1);
    for (let slot = 0; slot < store.size; slot++) {
      if (!Instances.visible(store, slot, view)) {
        this.classes[slot] = HIDDEN;
        continue;
      }
      const cls = drawClass(store.status[slot], store.alarm[slot] === 1, slot === view.selected, view.candidates.has(slot));
      this.classes[slot] = cls;
      starts[cls + 1] += 1;
    }
    for (let c = 1; c <= CLASSES; c++) starts[c] += starts[c - 1];
    this.count = starts[CLASSES];
    return starts;
  }

  private write(at: number, store: UnitStore, slot: number, cls: number, view: UnitView, server_now_ms: number): void {
    const f = at * (STRIDE_BYTES / 4);
    const status = store.status[slot], kind = store.kind[slot], alarm = store.alarm[slot] === 1;
    const age_ms = server_now_ms - store.fix_ms[slot];
    const held = view.offline || (store.waiting[slot] === 1 && status !== OFF_DUTY && status !== OUT_OF_SERVICE);
    const treat = treatment(status, store.contact[slot], held);
    const heading = store.heading_deg[slot];
    const tick = showsHeading(kind, treat, store.speed_mps[slot], heading, age_ms, FRESH_MS);
    this.floats[f] = store.fromX[slot];
    this.floats[f + 1] = store.fromY[slot];
    this.floats[f + 2] = store.toX[slot];
    this.floats[f + 3] = store.toY[slot];
    this.floats[f + 4] = store.start_ms[slot];
    this.floats[f + 5] = store.glide_ms[slot];
    const b = at * STRIDE_BYTES + 24;
    this.bytes[b] = kind;
    this.bytes[b + 1] = treat;
    this.bytes[b + 2] = cls;
    this.bytes[b + 3] = (alarm ? FLAG_ALARM : 0) | (slot === view.selected ? FLAG_SELECTED : 0) |
      (view.candidates.has(slot) ? FLAG_CANDIDATE : 0) | (tick ? FLAG_TICK : 0) | (held ? FLAG_OFFLINE : 0);
    this.shorts[(b + 4) / 2] = tick || treat === ARROW ? Math.round((heading >= 0 ? heading : 0) * 100) : 0;
    this.bytes[b + 6] = colour(status, treat, alarm);
    this.bytes[b + 7] = 0;
  }

  private reserve(units: number): void {
    const buffer = new ArrayBuffer(Math.ceil(units * 1.25) * STRIDE_BYTES);
    this.floats = new Float32Array(buffer);
    this.bytes = new Uint8Array(buffer);
    this.shorts = new Uint16Array(buffer);
    this.classes = new Uint8Array(Math.ceil(units * 1.25));
  }
}

const HIDDEN = 255;
