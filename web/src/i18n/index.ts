// The language in use, and the words in it. Components that call `t` renew themselves on a switch.
import { effect, signal } from "@preact/signals";
import type { Name } from "../api/types";
import { query, remember, remembered } from "../state/memory";
import { en } from "./en";
import { fill, firstLang, type Lang } from "./pure";
import { zh } from "./zh";

export type Word = keyof typeof zh;

const tables: Record<Lang, Record<Word, string>> = { zh, en };

export const lang = signal<Lang>(firstLang(query("lang"), remembered("lang"), navigator.language ?? "en"));

export function switchLang(): void {
  lang.value = lang.value === "zh" ? "en" : "zh";
  remember("lang", lang.value);
}

effect(() => {
  document.documentElement.lang = lang.value === "zh" ? "zh-CN" : "en-GB";
  document.title = lang.value === "zh" ? "城门 Citygate" : "Citygate";
});

export const t = (word: Word, values?: Record<string, string | number>): string => fill(tables[lang.value][word], values);

/** A word in every language: what somebody may have written who used another one. */
export const inEvery = (word: Word): string[] => Object.values(tables).map((table) => table[word]);

export const isWord = (word: string): word is Word => Object.hasOwn(zh, word);

/** A word that comes from the server: translated when it is in the closed lists, else as it came. */
export const said = (word: string): string => (isWord(word) ? t(word) : word);

export const named = (name: Name): string => name[lang.value] || name.en || name.zh;
