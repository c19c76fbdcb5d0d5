import { describe, expect, it } from "vitest";
import { LINK_CHARS_MAX, PANELS, readLink, writeLink, ZOOM_LEAST, ZOOM_MOST, type Link } from "../src/state/link";
import { MAP_LAYERS } from "../src/words";

const NOTHING: Link = { camera: null, theme: null, lang: null, off: null, org: null, unit: null, place: null, open: [] };
const read = (text: string) => readLink(`#${text}`);

describe("a link that was written", () => {
  const links: Link[] = [
    { camera: { at: { lat: 22.8165, lon: 108.3683 }, zoom: 12.25 }, theme: "dark", lang: "zh", off: ["beats", "cameras"], org: "gulou-03", unit: "M-204", place: null, open: ["coverage", "orgs"] },
    { camera: { at: { lat: -33.868821, lon: -151.209296 }, zoom: ZOOM_LEAST }, theme: "light", lang: "en", off: [], org: null, unit: null, place: { lat: -0.5, lon: 0.000001 }, open: ["roads", "list"] },
    { ...NOTHING, camera: { at: { lat: 90, lon: -180 }, zoom: ZOOM_MOST }, off: MAP_LAYERS, open: PANELS },
    { ...NOTHING, unit: "a".repeat(64), org: "A.b_c:d-9" },
  ];
  it("reads as what it was", () => {
    for (const link of links) expect(read(writeLink(link))).toEqual({ link, wrong: [] });
  });
  it("keeps its length within what is read", () => {
    for (const link of links) expect(writeLink(link).length).toBeLessThan(LINK_CHARS_MAX / 2);
  });
  it("needs nothing escaped, and holds no more than its fields", () => {
    for (const link of links) {
      const text = writeLink(link);
      expect(text).toMatch(/^[A-Za-z0-9=&,._:-]*$/);
      expect(text.split("&").map((part) => part.split("=")[0]).filter((name) => !["at", "z", "theme", "lang", "off", "org", "unit", "place", "open"].includes(name))).toEqual([]);
    }
  });
});

describe("what nobody wrote", () => {
  const wrongs = (text: string) => read(text)?.wrong.map(({ part }) => part);
  it("is left out and named; the rest stands", () => {
    const got = read("at=22.8,108.3&z=12&unit=<script>alert(1)</script>&theme=light");
    expect(got?.link).toEqual({ ...NOTHING, camera: { at: { lat: 22.8, lon: 108.3 }, zoom: 12 }, theme: "light" });
    expect(got?.wrong).toHaveLength(1);
    expect(got?.wrong[0].part).toMatch(/^unit=<script/);
  });
  it("is no place", () => {
    for (const place of ["91,0", "-91,0", "0,181", "0,-181", "NaN,NaN", "Infinity,0", "1e1,2", "0x10,2", "1", "1,2,3", ",", "", " 1, 2", "1,2;3", "１,2", "1.0000000001,2", "1,2\u0000"]) {
      const text = `place=${encodeURIComponent(place)}`;
      expect([place, read(text)?.link.place]).toEqual([place, null]);
      expect(wrongs(text)).toHaveLength(1);
      expect(read(`at=${encodeURIComponent(place)}&z=12`)?.link.camera).toBeNull();
    }
  });
  it("is no zoom", () => {
    for (const zoom of ["3.99", "18.51", "-12", "NaN", "Infinity", "1e1", "12.", "", "0012", "12.34567"]) {
      expect([zoom, read(`at=1,2&z=${zoom}`)?.link.camera]).toEqual([zoom, null]);
      expect(wrongs(`at=1,2&z=${zoom}`)).toEqual([`z=${zoom}`]);
    }
  });
  it("is no id", () => {
    for (const id of ["", "a".repeat(65), "../../etc", "a b", "a/b", "a'b", 'a"b', "a<b", "javascript&#58;x", "ｃ", "a\nb", "%00"]) {
      for (const field of ["unit", "org"] as const) {
        const got = read(`${field}=${encodeURIComponent(id)}`);
        expect([id, got?.link[field]]).toEqual([id, null]);
        expect(got?.wrong).toHaveLength(1);
      }
    }
  });
  it("is no theme, language, layer or panel", () => {
    expect(read("theme=dim&lang=de&off=beats,moon&open=roads,__proto__")).toMatchObject({ link: NOTHING });
    expect(wrongs("theme=dim&lang=de&off=beats,moon&open=roads,__proto__")).toHaveLength(4);
    expect(wrongs("__proto__=1&constructor=2&token=3")).toEqual(["__proto__", "constructor", "token"]);
  });
  it("is not shown at length", () => {
    const got = read(`unit=${"x".repeat(500)}&${"y".repeat(300)}=1`);
    for (const { part } of got?.wrong ?? []) expect(part.length).toBeLessThan(40);
    const long = read(`unit=A&place=${"1".repeat(LINK_CHARS_MAX)}`);
    expect(long).toEqual({ link: NOTHING, wrong: [{ part: "#", expected: `1..${LINK_CHARS_MAX}` }] });
  });
  it("is nothing at all where it is a place of the page", () => {
    expect([read(""), read("answer"), readLink("")]).toEqual([null, null, null]);
  });
  it("never throws on broken escapes", () => {
    expect(read("unit=%&org=%E0%A4%A&at=%zz,%")?.link).toEqual(NOTHING);
  });
});

it("takes the first of what is said twice, and each name once", () => {
  expect(read("unit=A&unit=B&open=list,list,roads")?.link).toEqual({ ...NOTHING, unit: "A", open: ["roads", "list"] });
});
