// Packs the visible units, in draw order, into the buffer that the GPU reads: 36 bytes a unit.
import type { UnitStore } from "../../units/store";
import { KINDS, OFF_DUTY, OUT_OF_SERVICE, STATUSES } from "../../words";
import { ARROW, CLASS_FREE, CLASSES, colour, drawClass, showsHeading, treatment } from "./look";

export const STRIDE_BYTES = 36;
/** Steps of a speed in a metre a second, as on the wire. */
export const SPEED_STEPS = 2;
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
  /** first place of each class in the buffer, then the next free one */
  private readonly starts = new Uint32Array(CLASSES + 1);
  /** by kind and status: whether the filters let such a unit through */
  private readonly passes = new Uint8Array(KINDS.length * STATUSES.length);
  count = 0;
  /** local time at which the last glide ends: nothing moves after it */
  movingUntil_ms = 0;
  /** local time at which the last line ahead of a unit is gone */
  leadingUntil_ms = 0;

  get data(): Float32Array {
    return this.floats.subarray(0, (this.count * STRIDE_BYTES) / 4);
  }

  /** Whether a unit that is shown is quiet: off duty, busy or free, and nothing beside. */
  isQuiet(slot: number): boolean {
    return slot < this.classes.length && this.classes[slot] <= CLASS_FREE;
  }

  /** Whether a unit passes the filters. Alarms and the selected unit always do. */
  static visible(store: UnitStore, slot: number, view: UnitView): boolean {
    if (!store.placed(slot)) return false;
    if (store.alarm[slot] || slot === view.selected) return true;
    if (!view.kinds.has(store.kind[slot]) || !view.statuses.has(store.status[slot])) return false;
    const entry = store.roster[slot];
    return view.orgs === null || (entry !== undefined && view.orgs.has(entry.org));
  }

  /** `now_ms`: the local time that is the server's `server_now_ms`. */
  build(store: UnitStore, view: UnitView, server_now_ms: number, now_ms: number): void {
    if (this.classes.length < store.size) this.reserve(store.size);
    this.classify(store, view);
    const fixEpoch_ms = server_now_ms - (now_ms - store.epoch_ms);
    let until = 0, leading = 0;
    for (let slot = 0; slot < store.size; slot++) {
      const cls = this.classes[slot];
      if (cls === HIDDEN) continue;
      const leads = this.write(this.starts[cls]++, store, slot, cls, view, server_now_ms, fixEpoch_ms);
      until = Math.max(until, store.start_ms[slot] + store.glide_ms[slot]);
      if (leads) leading = Math.max(leading, store.fix_ms[slot] - fixEpoch_ms + store.fresh_ms[store.kind[slot]]);
    }
    this.movingUntil_ms = store.epoch_ms + until;
    this.leadingUntil_ms = store.epoch_ms + leading;
  }

  /** The class of each unit, and how many there are of each. The filters are asked once for each kind and status, not for each unit. */
  private classify(store: UnitStore, view: UnitView): void {
    const { starts, passes, classes } = this;
    for (let n = 0; n < passes.length; n++) {
      passes[n] = view.kinds.has(Math.floor(n / STATUSES.length)) && view.statuses.has(n % STATUSES.length) ? 1 : 0;
    }
    starts.fill(0);
    const chosen = view.candidates.size > 0;
    for (let slot = 0; slot < store.size; slot++) {
      const status = store.status[slot], alarm = store.alarm[slot] === 1, selected = slot === view.selected;
      const passed = passes[store.kind[slot] * STATUSES.length + status] === 1 && (view.orgs === null || view.orgs.has(store.roster[slot]?.org ?? ""));
      if (!store.placed(slot) || !(passed || alarm || selected)) {
        classes[slot] = HIDDEN;
        continue;
      }
      const cls = drawClass(status, alarm, selected, chosen && view.candidates.has(slot));
      classes[slot] = cls;
      starts[cls + 1] += 1;
    }
    for (let c = 1; c <= CLASSES; c++) starts[c] += starts[c - 1];
    this.count = starts[CLASSES];
  }

  /** Says whether the unit's heading, and how far it may have come, are shown. */
  private write(at: number, store: UnitStore, slot: number, cls: number, view: UnitView, server_now_ms: number, fixEpoch_ms: number): boolean {
    const f = at * (STRIDE_BYTES / 4);
    const status = store.status[slot], kind = store.kind[slot], alarm = store.alarm[slot] === 1;
    const age_ms = server_now_ms - store.fix_ms[slot];
    const held = view.offline || (store.waiting[slot] === 1 && status !== OFF_DUTY && status !== OUT_OF_SERVICE);
    const treat = treatment(status, store.contact[slot], held);
    const heading = store.heading_deg[slot];
    const tick = showsHeading(kind, treat, store.speed_mps[slot], heading, age_ms, store.fresh_ms[kind]);
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
      (view.candidates.size && view.candidates.has(slot) ? FLAG_CANDIDATE : 0) | (tick ? FLAG_TICK : 0) | (held ? FLAG_OFFLINE : 0);
    this.shorts[(b + 4) / 2] = tick || treat === ARROW ? Math.round((heading >= 0 ? heading : 0) * 100) : 0;
    this.bytes[b + 6] = colour(status, treat, alarm);
    this.bytes[b + 7] = tick ? Math.min(255, Math.round(store.speed_mps[slot] * SPEED_STEPS)) : 0;
    this.floats[f + 8] = store.fix_ms[slot] - fixEpoch_ms;
    return tick;
  }

  private reserve(units: number): void {
    const buffer = new ArrayBuffer(Math.ceil(units * 1.25) * STRIDE_BYTES);
    this.floats = new Float32Array(buffer);
    this.bytes = new Uint8Array(buffer);
    this.shorts = new Uint16Array(buffer);
    this.classes = new Uint8Array(Math.ceil(units * 1.25)).fill(HIDDEN); // who came since the last packing is not shown yet
  }
}

const HIDDEN = 255;
