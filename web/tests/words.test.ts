import { describe, expect, it } from "vitest";
import { en } from "../src/i18n/en";
import { fill, firstLang } from "../src/i18n/pure";
import { zh } from "../src/i18n/zh";
import { COMPASS, DRAWINGS } from "../src/state/drawing";
import { CONTACTS, KINDS, ORDER_PURPOSES, ORDER_REASONS, ORDER_STATES, STATUSES, ZONE_LAYERS } from "../src/words";

const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();

describe("both languages", () => {
  it("have the same words with the same places for values", () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
    for (const key of Object.keys(zh) as (keyof typeof zh)[]) expect([key, places(en[key])]).toEqual([key, places(zh[key])]);
  });

  it("name everything the API counts by", () => {
    for (const word of [...KINDS, ...STATUSES, ...CONTACTS, ...ZONE_LAYERS]) expect(zh).toHaveProperty(word);
    for (const word of [...ORDER_STATES, ...ORDER_REASONS]) expect(zh).toHaveProperty(`order_${word}`);
    for (const word of ORDER_PURPOSES) expect(zh).toHaveProperty(`purpose_${word}`);
    for (const word of DRAWINGS) expect(zh).toHaveProperty(`draw_hint_${word}`);
    for (const word of COMPASS) expect(zh).toHaveProperty(`to_${word}`);
  });

  it("leave no word empty", () => {
    for (const table of [zh, en]) for (const text of Object.values(table)) expect(text.trim()).not.toBe("");
  });
});

it("chooses the language by address, memory, browser", () => {
  expect(firstLang("en", "zh", "zh-CN")).toBe("en");
  expect(firstLang(null, "en", "zh-CN")).toBe("en");
  expect(firstLang("fr", null, "zh-Hans")).toBe("zh");
  expect(firstLang(null, null, "de")).toBe("en");
});

it("fills values and shows a missing one", () => {
  expect(fill("{a} of {b}", { a: 1 })).toBe("1 of {b}");
});
