// Writes small PMTiles files (version 3) for browser tests: of GeoJSON layers, or of one image.
import { gzipSync, deflateSync, crc32 } from "node:zlib";
import { GeoJSONVT } from "@maplibre/geojson-vt";
import { fromGeojsonVt } from "@maplibre/vt-pbf";
import { zxyToTileId } from "pmtiles";

const HEADER_BYTES = 127;

const varint = (n) => (n < 128 ? [n] : [(n % 128) | 128, ...varint(Math.floor(n / 128))]);
const tileAt = (lon, lat, z) => {
  const r = (lat * Math.PI) / 180, n = 2 ** z;
  return [Math.floor(((lon + 180) / 360) * n), Math.floor(((1 - Math.log(Math.tan(r) + 1 / Math.cos(r)) / Math.PI) / 2) * n)];
};

/** The tiles of zooms `from` to `to` that touch a box, in the order of the file. */
function tilesOf([west, south, east, north], from, to) {
  const found = [];
  for (let z = from; z <= to; z++) {
    const [x0, y0] = tileAt(west, north, z), [x1, y1] = tileAt(east, south, z);
    for (let x = x0; x <= x1; x++) for (let y = y0; y <= y1; y++) found.push({ z, x, y, id: zxyToTileId(z, x, y) });
  }
  return found.sort((a, b) => a.id - b.id);
}

function write(entries, type, tileCompression, from, to, metadata) {
  const columns = [
    varint(entries.length), ...entries.map(({ id }, n) => varint(id - (n ? entries[n - 1].id : 0))), ...entries.map(() => varint(1)),
    ...entries.map(({ bytes }) => varint(bytes.length)), ...entries.map((_, n) => varint(n ? 0 : 1)),
  ];
  const root = gzipSync(Uint8Array.from(columns.flat())), about = gzipSync(JSON.stringify(metadata)), tiles = Buffer.concat(entries.map(({ bytes }) => bytes));
  const header = Buffer.alloc(HEADER_BYTES);
  header.write("PMTiles");
  header[7] = 3;
  const parts = [HEADER_BYTES, root.length, HEADER_BYTES + root.length, about.length, 0, 0, HEADER_BYTES + root.length + about.length, tiles.length, entries.length, entries.length, entries.length];
  parts.forEach((word, n) => header.writeBigUInt64LE(BigInt(word), 8 + 8 * n));
  [1, 2, tileCompression, type, from, to].forEach((byte, n) => (header[96 + n] = byte));
  return Buffer.concat([header, root, about, tiles]);
}

/** Vector tiles of layers of GeoJSON by name. */
export function vectorFile(layers, box, from, to, metadata) {
  const cut = Object.entries(layers).map(([name, data]) => [name, new GeoJSONVT(data, { maxZoom: to, indexMaxZoom: 5, tolerance: 3, buffer: 64 })]);
  const entries = tilesOf(box, from, to).flatMap(({ z, x, y, id }) => {
    const has = cut.map(([name, index]) => [name, index.getTile(z, x, y)]).filter(([, tile]) => tile);
    return has.length ? [{ id, bytes: gzipSync(fromGeojsonVt(Object.fromEntries(has), { version: 2 })) }] : [];
  });
  return write(entries, 1, 2, from, to, metadata);
}

/** A PNG of one colour. */
function png(side, rgb) {
  const chunk = (kind, data) => {
    const body = Buffer.concat([Buffer.from(kind), data]), out = Buffer.alloc(body.length + 8);
    out.writeUInt32BE(data.length);
    body.copy(out, 4);
    out.writeUInt32BE(crc32(body), body.length + 4);
    return out;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side);
  head.writeUInt32BE(side, 4);
  head.set([8, 2], 8);
  const row = Buffer.from([0, ...Array(side).fill(rgb).flat()]);
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk("IHDR", head), chunk("IDAT", deflateSync(Buffer.concat(Array(side).fill(row)))), chunk("IEND", Buffer.alloc(0))]);
}

/** Images of one colour. */
export function imageFile(rgb, box, from, to, metadata) {
  const bytes = png(256, rgb);
  return write(tilesOf(box, from, to).map(({ id }) => ({ id, bytes })), 2, 1, from, to, metadata);
}
