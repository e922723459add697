import { expect, test } from "vitest";
import { found, heardWords, NAME } from "./data";
import type { PromptItem } from "./data";

const item = (id: string, words: string, more: Partial<PromptItem> = {}): PromptItem =>
  ({ id, language: "zh", shipped: { words, seconds: 1, kind: "sentence" }, own: null, flows: [], ...more });
const own = (words: string, outdated = false) => ({ words, seconds: 2, saved_at: "2026-11-22T08:00:00Z", saved_by: "wang", outdated });

const goodbye = item("goodbye", "感谢来电，再见。", { own: own("再会！") });
const menu = item("power_menu", "故障报修请按一。", { flows: ["95598"] });
const english = item("goodbye", "Goodbye.", { language: "en" });
const eight = item("num_8", "八", { shipped: { words: "八", seconds: 0.3, kind: "piece" } });
const pause = item("pause", "", { shipped: { words: "", seconds: 0.3, kind: "pause" } });
const notice = item("spring_notice", "", { shipped: null, own: own("春节照常服务。", true) });
const all = [goodbye, menu, english, eight, pause, notice];

test("one language, sentences first, never pauses", () => {
  expect(found(all, "zh", "sentences", "")).toEqual([goodbye, menu, notice]);
  expect(found(all, "en", "sentences", "")).toEqual([english]);
  expect(found(all, "zh", "words", "")).toEqual([eight]);
});

test("own recordings, and those to record again", () => {
  expect(found(all, "zh", "own", "")).toEqual([goodbye, notice]);
  expect(found(all, "zh", "attention", "")).toEqual([notice]);
});

test("every word typed has to be there: in the words callers hear, the shipped ones, the name or a flow", () => {
  expect(found(all, "zh", "sentences", "再会")).toEqual([goodbye]);
  expect(found(all, "zh", "sentences", "感谢来电")).toEqual([goodbye]);
  expect(found(all, "zh", "sentences", "POWER 故障")).toEqual([menu]);
  expect(found(all, "zh", "sentences", "95598")).toEqual([menu]);
  expect(found(all, "zh", "sentences", "power 再会")).toEqual([]);
});

test("callers hear the own recording where there is one", () => {
  expect([goodbye, menu].map(heardWords)).toEqual(["再会！", "故障报修请按一。"]);
});

test("names are what a file may be called", () => {
  expect(["spring_notice", "a", "x9"].every((name) => NAME.test(name))).toBe(true);
  expect(["", "9x", "Notice", "a-b", "../x", "a".repeat(65)].some((name) => NAME.test(name))).toBe(false);
});
