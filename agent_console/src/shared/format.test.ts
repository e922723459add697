import { describe, expect, it } from "vitest";
import { ago, clockSpan, day, dayTime, shownNumber, word } from "./format";

describe("shownNumber", () => {
  it.each([
    ["+8613812345678", "138 1234 5678"],
    ["13812345678", "138 1234 5678"],
    ["+862583456789", "025 8345 6789"],
    ["+861058881234", "010 5888 1234"],
    ["+865161234567", "0516 123 4567"],
    ["+8651612345678", "0516 1234 5678"],
    ["+864008001234", "400 800 1234"],
    ["95598", "95598"],
    ["+8695598", "95598"],
    ["", ""],
  ])("%s → %s", (given, shown) => expect(shownNumber(given)).toBe(shown));
  it("keeps the country of foreign numbers", () => expect(shownNumber("+14155550123").startsWith("+1")).toBe(true));
  it("shows digits only, whatever comes", () => expect(shownNumber("<b>138\u202e1234-5678</b>")).toBe("138 1234 5678"));
});

describe("times", () => {
  it.each([[0, "0:00"], [-5, "0:00"], [65_999, "1:05"], [3_729_000, "1:02:09"]])("%i ms → %s", (ms, shown) => expect(clockSpan(ms)).toBe(shown));
  it.each([[0, "刚刚", "just now"], [-9, "刚刚", "just now"], [60_000, "1分钟前", "1 minute ago"], [7_300_000, "2小时前", "2 hours ago"], [172_900_000, "2天前", "2 days ago"]])(
    "%i ms ago", (ms, zh, en) => expect([ago(ms, "zh"), ago(ms, "en")]).toEqual([zh, en]));
  it("are written as each language writes them", () => {
    const now = new Date(2026, 10, 23);
    const at = new Date(2026, 10, 22, 8, 5).getTime();
    expect(dayTime(at, "zh", now)).toBe("11月22日 08:05");
    expect(dayTime(at, "en", now)).toBe("22 Nov 08:05");
    expect(dayTime(at, "zh", new Date(2027, 1, 1))).toContain("2026年");
    expect(dayTime("nonsense", "zh")).toBe("");
    expect(day(at, "zh", now)).toBe("11月22日");
    expect(day(at, "en", new Date(2027, 1, 1))).toBe("22 Nov 2026");
  });
});

describe("word", () => {
  it("prefers the wanted language and always finds one", () => {
    expect(word({ zh: "报修", en: "Fault" }, "en")).toBe("Fault");
    expect(word({ zh: "报修" }, "en")).toBe("报修");
    expect(word({ fr: "Panne" }, "zh")).toBe("Panne");
    expect(word(undefined, "zh")).toBe("");
  });
});
