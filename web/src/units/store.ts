// Every unit of the city in typed arrays: one slot a unit, kept for the life of the page.
import { AGE_STEP_MS, type UnitRecord } from "../stream/decode";
import type { RosterEntry } from "../stream/messages";
import { LIVE, NEVER, KINDS } from "../words";
import { freshByKind, shownContact, thresholdsByKind, type Threshold } from "./age";
import { latitude, longitude, mercatorX, mercatorY, NearMercator } from "./mercator";
import { glide_ms, progress } from "./motion";

/** Most units one wall holds; later ones are refused so that a broken roster cannot eat the page. */
export const UNITS_MAX = 200_000;
/** Highest number that the server gives a unit which is believed: numbers lead to slots through an array. */
const NO_MAX = 4_000_000;

export class UnitStore {
  private capacity = 4096;
  /** slots in use, absent units included */
  size = 0;
  /** units in the server's last word */
  present = 0;

  // Positions are offsets from this Mercator origin, so that 32-bit floats hold millimetres.
  originX = 0;
  originY = 0;
  /** local time from which `start` counts */
  epoch_ms = performance.now();

  here = new Uint8Array(this.capacity);
  kind = new Uint8Array(this.capacity);
  status = new Uint8Array(this.capacity);
  said = new Uint8Array(this.capacity);
  contact = new Uint8Array(this.capacity);
  alarm = new Uint8Array(this.capacity);
  /** the frame that last told of the unit */
  private told = new Uint32Array(this.capacity);
  private frames = 0;
  /** 1 while a unit waits for its first fix after a break: it is drawn hollow until then */
  waiting = new Uint8Array(this.capacity);
  fix_ms = new Float64Array(this.capacity);
  speed_mps = new Float32Array(this.capacity);
  heading_deg = new Float32Array(this.capacity);
  fromX = new Float32Array(this.capacity);
  fromY = new Float32Array(this.capacity);
  toX = new Float32Array(this.capacity);
  toY = new Float32Array(this.capacity);
  start_ms = new Float32Array(this.capacity);
  glide_ms = new Float32Array(this.capacity);
  /** of when is where the glide began */
  private fromFix_ms = new Float64Array(this.capacity);

  roster: (RosterEntry | undefined)[] = [];
  /** slots by call sign; null until somebody asks */
  private signs: Uint32Array | null = null;
  /** slot + 1 of each number of the server's; 0: nobody's. A record finds its unit without a hash. */
  private slotOfNo = new Int32Array(this.capacity);
  private slotOfId = new Map<string, number>();
  private thresholds: Threshold[] = thresholdsByKind({});
  /** how long a fix of each kind is fresh */
  fresh_ms = freshByKind(this.thresholds);
  reducedMotion = false;
  private readonly near = new NearMercator();
  /** called with each new fix, once the store has it; the record is handed out again */
  onFix: (slot: number, record: UnitRecord) => void = () => {};

  setCity(center: [number, number], thresholds: Parameters<typeof thresholdsByKind>[0]): void {
    this.originX = mercatorX(center[0]);
    this.originY = mercatorY(center[1]);
    this.thresholds = thresholdsByKind(thresholds);
    this.fresh_ms = freshByKind(this.thresholds);
  }

  /** A new connection numbers the units anew; what is drawn stays until its snapshot. */
  newConnection(): void {
    this.slotOfNo.fill(0);
  }

  addRoster(entries: readonly RosterEntry[]): void {
    this.signs = null;
    for (const entry of entries) {
      if (entry.no > NO_MAX) continue;
      const slot = this.slotOfId.get(entry.id) ?? this.take();
      if (slot < 0) continue;
      this.slotOfId.set(entry.id, slot);
      this.number(entry.no, slot);
      this.roster[slot] = entry;
      this.kind[slot] = Math.max(0, KINDS.indexOf(entry.kind));
    }
  }

  /** All slots in the order of their call signs, sorted when the roster changes and not for each list. */
  bySign(): Uint32Array {
    const sign = (slot: number): string => this.roster[slot]?.callsign ?? "";
    this.signs ??= Uint32Array.from({ length: this.size }, (_, slot) => slot).sort((a, b) => (sign(a) < sign(b) ? -1 : sign(a) > sign(b) ? 1 : 0));
    return this.signs;
  }

  private number(no: number, slot: number): void {
    if (no >= this.slotOfNo.length) {
      const longer = new Int32Array(Math.max(no + 1, 2 * this.slotOfNo.length));
      longer.set(this.slotOfNo);
      this.slotOfNo = longer;
    }
    this.slotOfNo[no] = slot + 1;
  }

  /** The slot of a number of the server's, -1 where it is nobody's. */
  private slotOf(no: number): number {
    return no < this.slotOfNo.length ? this.slotOfNo[no] - 1 : -1;
  }

  /** A frame begins; a snapshot replaces everything. */
  beginFrame(isSnapshot: boolean): void {
    this.frames += 1;
    if (!isSnapshot) return;
    this.here.fill(0, 0, this.size);
    this.present = 0;
  }

  /**
   * Takes one record that was true at `server_ms`; `now_ms` is the local time it arrived at. Runs 200,000 times a second at most: it makes
   * no object, and a number that is no integer is one when it is handed to a function, so all of it is done in place.
   */
  apply(record: UnitRecord, server_ms: number, now_ms: number): void {
    const slot = this.slotOf(record.no);
    if (slot < 0) return; // a record may not come before its roster entry
    this.told[slot] = this.frames;
    if (!this.here[slot]) this.present += 1;
    this.here[slot] = 1;
    this.status[slot] = record.status;
    this.alarm[slot] = record.alarm ? 1 : 0;
    this.said[slot] = record.contact;
    if (record.contact === NEVER) {
      this.contact[slot] = NEVER;
      return;
    }
    if (record.moved) {
      this.speed_mps[slot] = record.speed_mps;
      this.heading_deg[slot] = record.heading_deg;
      const fix_ms = server_ms - record.age_ms, before = this.fix_ms[slot];
      const x = Math.fround(mercatorX(record.lon_deg) - this.originX), y = Math.fround(this.near.y_of(record.lat_deg) - this.originY);
      this.fix_ms[slot] = fix_ms;
      if (x !== this.toX[slot] || y !== this.toY[slot]) {
        const t = progress(now_ms - this.epoch_ms, this.start_ms[slot], this.glide_ms[slot]);
        // Fixes that a bad line held back come at once: then the marker is where the unit was long before the last of them.
        const drawn_ms = this.fromFix_ms[slot] + (before - this.fromFix_ms[slot]) * t;
        const length = glide_ms(before > 0 ? fix_ms - drawn_ms : NaN, this.reducedMotion);
        this.fromX[slot] = length ? this.fromX[slot] + (this.toX[slot] - this.fromX[slot]) * t : x;
        this.fromY[slot] = length ? this.fromY[slot] + (this.toY[slot] - this.fromY[slot]) * t : y;
        this.toX[slot] = x;
        this.toY[slot] = y;
        this.start_ms[slot] = now_ms - this.epoch_ms;
        this.glide_ms[slot] = length;
        this.fromFix_ms[slot] = length ? drawn_ms : fix_ms;
      }
      // Frames round ages to 10 ms, so the same fix may come back so far apart.
      if (Math.abs(fix_ms - before) > AGE_STEP_MS) {
        this.waiting[slot] = 0;
        this.onFix(slot, record);
      }
    }
    this.contact[slot] = shownContact(record.contact, Math.max(0, server_ms - this.fix_ms[slot]), this.thresholds[this.kind[slot]]);
  }

  /** A unit left a part of the map; in the same frame it may have come to another. */
  left(no: number): void {
    const slot = this.slotOf(no);
    if (slot < 0 || this.told[slot] === this.frames || !this.here[slot]) return;
    this.here[slot] = 0;
    this.present -= 1;
  }

  /** Ages every fix to the server's `now`; true when a unit changed its contact. */
  age(server_now_ms: number): boolean {
    let changed = false;
    for (let slot = 0; slot < this.size; slot++) {
      if (!this.here[slot] || this.contact[slot] === NEVER) continue;
      const contact = shownContact(this.said[slot], Math.max(0, server_now_ms - this.fix_ms[slot]), this.thresholds[this.kind[slot]]);
      if (contact !== this.contact[slot]) {
        this.contact[slot] = contact;
        changed = true;
      }
    }
    return changed;
  }

  /** After a break: nothing is known to be fresh until it reports again. */
  hold(): void {
    this.waiting.fill(1, 0, this.size);
  }

  release(): void {
    this.waiting.fill(0, 0, this.size);
  }

  /** Keeps `start_ms` small enough for 32-bit floats; called about once an hour. */
  rebase(now_ms: number): void {
    const shift = now_ms - this.epoch_ms;
    for (let slot = 0; slot < this.size; slot++) this.start_ms[slot] -= shift;
    this.epoch_ms = now_ms;
  }

  slot(id: string): number {
    return this.slotOfId.get(id) ?? -1;
  }

  placed(slot: number): boolean {
    return this.here[slot] === 1 && this.contact[slot] !== NEVER;
  }

  isLive(slot: number): boolean {
    return this.contact[slot] === LIVE && !this.waiting[slot];
  }

  /** Where the marker is drawn now, in Mercator. */
  drawn(slot: number, now_ms: number): [x: number, y: number] {
    const t = progress(now_ms - this.epoch_ms, this.start_ms[slot], this.glide_ms[slot]);
    return [
      this.originX + this.fromX[slot] + (this.toX[slot] - this.fromX[slot]) * t,
      this.originY + this.fromY[slot] + (this.toY[slot] - this.fromY[slot]) * t,
    ];
  }

  drawnPlace(slot: number, now_ms: number): { lat: number; lon: number } {
    const [x, y] = this.drawn(slot, now_ms);
    return { lat: latitude(y), lon: longitude(x) };
  }

  private take(): number {
    if (this.size >= UNITS_MAX) return -1;
    if (this.size === this.capacity) this.grow();
    return this.size++;
  }

  private grow(): void {
    this.capacity *= 2;
    const wider = <T extends Uint8Array | Uint32Array | Float32Array | Float64Array>(old: T): T => {
      const made = new (old.constructor as new (n: number) => T)(this.capacity);
      made.set(old as never);
      return made;
    };
    this.here = wider(this.here);
    this.kind = wider(this.kind);
    this.status = wider(this.status);
    this.said = wider(this.said);
    this.contact = wider(this.contact);
    this.alarm = wider(this.alarm);
    this.told = wider(this.told);
    this.waiting = wider(this.waiting);
    this.fix_ms = wider(this.fix_ms);
    this.speed_mps = wider(this.speed_mps);
    this.heading_deg = wider(this.heading_deg);
    this.fromX = wider(this.fromX);
    this.fromY = wider(this.fromY);
    this.toX = wider(this.toX);
    this.toY = wider(this.toY);
    this.start_ms = wider(this.start_ms);
    this.glide_ms = wider(this.glide_ms);
    this.fromFix_ms = wider(this.fromFix_ms);
  }
}
