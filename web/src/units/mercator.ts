// Web Mercator in the unit square, north at 0, as MapLibre counts it.

export const EARTH_RADIUS_M = 6_371_008.8;
/** Metres round the equator of Mercator's own sphere. */
const EQUATOR_M = 40_075_016.686;

export const mercatorX = (lon_deg: number): number => (180 + lon_deg) / 360;

export const mercatorY = (lat_deg: number): number =>
  (180 - (180 / Math.PI) * Math.log(Math.tan(Math.PI / 4 + (lat_deg * Math.PI) / 360))) / 360;

/**
 * `mercatorY` of latitudes that lie near each other, as those of one block of a frame do: a cubic about the last one that was computed in
 * full. Right to a tenth of a millimetre up to 60 degrees, to 2 cm at 85.
 */
export class NearMercator {
  private about_deg = NaN;
  private y = 0;
  private a = 0;
  private b = 0;
  private c = 0;

  y_of(lat_deg: number): number {
    let d = lat_deg - this.about_deg;
    if (!(d > -NEAR_DEG && d < NEAR_DEG)) {
      this.about(lat_deg);
      d = 0;
    }
    return this.y + d * (this.a + d * (this.b + d * this.c));
  }

  /** The value and its first three derivatives, by degrees. */
  private about(lat_deg: number): void {
    const r = Math.PI / 180, sec = 1 / Math.cos(lat_deg * r), tan = Math.tan(lat_deg * r);
    this.about_deg = lat_deg;
    this.y = mercatorY(lat_deg);
    this.a = -sec / 360;
    this.b = (-sec * tan * r) / 720;
    this.c = (-sec * (sec * sec + tan * tan) * r * r) / 2160;
  }
}

const NEAR_DEG = 0.05;

export const longitude = (x: number): number => x * 360 - 180;

export const latitude = (y: number): number =>
  (360 / Math.PI) * Math.atan(Math.exp(((180 - y * 360) * Math.PI) / 180)) - 90;

/** CSS pixels round the world at a MapLibre zoom (512-pixel tiles). */
export const worldPixels = (zoom: number): number => 512 * 2 ** zoom;

/** Ground metres in one CSS pixel at a latitude and a zoom. */
export const metresPerPixel = (lat_deg: number, zoom: number): number =>
  (EQUATOR_M * Math.cos((lat_deg * Math.PI) / 180)) / worldPixels(zoom);

/** Great-circle distance on the mean sphere, in metres. */
export function distance_m(a: { lat: number; lon: number }, b: { lat: number; lon: number }): number {
  const r = Math.PI / 180;
  const h = Math.sin(((b.lat - a.lat) * r) / 2) ** 2 +
    Math.cos(a.lat * r) * Math.cos(b.lat * r) * Math.sin(((b.lon - a.lon) * r) / 2) ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** The point `metres` away in the direction `bearing_deg` from north. */
export function destination(lat: number, lon: number, bearing_deg: number, metres: number): [lon: number, lat: number] {
  const r = Math.PI / 180;
  const d = metres / EARTH_RADIUS_M, b = bearing_deg * r, p = lat * r;
  const p2 = Math.asin(Math.sin(p) * Math.cos(d) + Math.cos(p) * Math.sin(d) * Math.cos(b));
  const l2 = lon * r + Math.atan2(Math.sin(b) * Math.sin(d) * Math.cos(p), Math.cos(d) - Math.sin(p) * Math.sin(p2));
  return [l2 / r, p2 / r];
}
