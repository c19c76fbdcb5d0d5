import { expect, it } from "vitest";
import { rgb } from "../src/map/palette";

it("a colour is read as the design wrote it and as the build shortened it", () => {
  expect(rgb(" #D3DAE1")).toEqual([0xd3, 0xda, 0xe1]);
  expect(rgb("#fff")).toEqual([255, 255, 255]);
  expect(rgb("#1a2")).toEqual([0x11, 0xaa, 0x22]);
  expect(rgb("#0b57d080")).toEqual([0x0b, 0x57, 0xd0]);
});
