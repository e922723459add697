import { describe, expect, it } from "vitest";
import { day, dayTime, timeOfDay } from "./format";
import { clocksDiffer, companyClock, zoneName } from "./zone";

const AT = Date.UTC(2026, 10, 23, 1);

describe("the name of a time zone", () => {
  it.each([
    ["Asia/Shanghai", "中国时间", "China Time"],
    ["Asia/Tokyo", "日本时间", "Japan Time"],
    ["Europe/Berlin", "德国时间", "Germany Time"],
    ["Etc/GMT-8", "GMT+8", "GMT+8"],
  ])("%s", (zone, zh, en) => expect([zoneName(zone, AT, "zh"), zoneName(zone, AT, "en")]).toEqual([zh, en]));
  it.each(["America/New_York", "Asia/Urumqi", "Australia/Sydney", "UTC"])("has no English in Chinese: %s", (zone) => expect(zoneName(zone, AT, "zh")).toMatch(/^[^a-z]+$/));
});

describe("clocks", () => {
  it("differ by what they show at that moment", () => {
    expect(clocksDiffer("Asia/Shanghai", AT, "Asia/Singapore")).toBe(false);
    expect(clocksDiffer("Asia/Shanghai", AT, "Europe/Berlin")).toBe(true);
    expect(clocksDiffer("Europe/London", Date.UTC(2026, 0, 9), "UTC")).toBe(false);
    expect(clocksDiffer("Europe/London", Date.UTC(2026, 6, 9), "UTC")).toBe(true);
    expect(clocksDiffer("Asia/Kolkata", AT, "Asia/Karachi")).toBe(true);
  });
  it("do not when the zone is unknown", () => {
    expect(clocksDiffer(undefined, AT, "UTC")).toBe(false);
    expect(clocksDiffer("Mars/Olympus", AT, "UTC")).toBe(false);
  });
  it("are the company's, and named only where they differ", () => {
    expect(companyClock("Asia/Shanghai", AT, "zh", "Europe/Berlin")).toEqual({ zone: "Asia/Shanghai", name: "中国时间" });
    expect(companyClock("Asia/Shanghai", AT, "en", "Asia/Singapore")).toEqual({ zone: "Asia/Singapore", name: "" });
    expect(companyClock("Mars/Olympus", AT, "en", "UTC")).toEqual({ zone: "UTC", name: "" });
  });
});

describe("a time in a zone", () => {
  it("is that of its clocks and its calendar", () => {
    const late = Date.UTC(2026, 11, 31, 18, 30);
    const now = new Date(Date.UTC(2026, 11, 31, 17));
    expect(timeOfDay(late, "zh", "Asia/Shanghai")).toBe("02:30");
    expect(day(late, "en", now, "Asia/Shanghai")).toBe("1 Jan");
    expect(day(late, "zh", now, "America/New_York")).toBe("12月31日");
    expect(dayTime(late, "en", now, "Asia/Shanghai")).toBe("1 Jan 02:30");
  });
});
