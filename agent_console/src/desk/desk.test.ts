import { beforeEach, describe, expect, it, vi } from "vitest";
import { keptDraft, openDraft } from "./draft";
import type { SaveState } from "./draft";
import { obstacle } from "./intent";
import { rangeStart } from "../conversations/range";
import { en } from "../i18n/en";
import { zh } from "../i18n/zh";
import { readOptions } from "../phone/options";
import { toneLevel } from "../phone/sound";

const memory = () => {
  const all = new Map<string, string>();
  return {
    all,
    getItem: (key: string) => all.get(key) ?? null,
    setItem: (key: string, value: string) => void all.set(key, value),
    removeItem: (key: string) => void all.delete(key),
  };
};

describe("draft", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  const draft = (note: string) => ({ disposition: "", note });

  it("is kept here at once and on the server once typing rests", async () => {
    const store = memory();
    const saved: string[] = [];
    const states: SaveState[] = [];
    const saver = openDraft("i1", ({ note }) => Promise.resolve(saved.push(note)), (state) => states.push(state), store);
    saver.write(draft("a"));
    saver.write(draft("ab"));
    expect(keptDraft("i1", store)).toEqual(draft("ab"));
    expect(saved).toEqual([]);
    await vi.advanceTimersByTimeAsync(700);
    expect(saved).toEqual(["ab"]);
    expect(states.at(-1)).toBe("saved");
    expect(store.all.size).toBe(0);
  });

  it("survives a failed save and is saved by the next flush", async () => {
    const store = memory();
    let away = true;
    const saved: string[] = [];
    const states: SaveState[] = [];
    const saver = openDraft("i1", ({ note }) => (away ? Promise.reject(new Error("away")) : Promise.resolve(saved.push(note))), (state) => states.push(state), store);
    saver.write(draft("x"));
    await vi.advanceTimersByTimeAsync(700);
    expect(states.at(-1)).toBe("failed");
    expect(keptDraft("i1", store)).toEqual(draft("x"));
    away = false;
    saver.flush();
    await vi.advanceTimersByTimeAsync(0);
    expect(saved).toEqual(["x"]);
  });

  it("never lets an older save overtake a newer one", async () => {
    const store = memory();
    const begun: string[] = [];
    let finish = (): void => undefined;
    const saver = openDraft("i1", ({ note }) => {
      begun.push(note);
      return new Promise<void>((resolve) => {
        finish = resolve;
      });
    }, () => undefined, store);
    saver.write(draft("1"));
    saver.flush();
    saver.write(draft("2"));
    saver.flush();
    expect(begun).toEqual(["1"]);
    finish();
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toEqual(["1", "2"]);
  });

  it("is forgotten once the wrap-up is done", async () => {
    const store = memory();
    const saved: string[] = [];
    const saver = openDraft("i1", ({ note }) => Promise.resolve(saved.push(note)), () => undefined, store);
    saver.write(draft("x"));
    saver.forget();
    await vi.advanceTimersByTimeAsync(5000);
    expect(saved).toEqual([]);
    expect(store.all.size).toBe(0);
  });

  it("ignores what somebody else left in the store", () => {
    const store = memory();
    store.setItem("cti.draft.i1", "{not json");
    expect(keptDraft("i1", store)).toBeNull();
    store.setItem("cti.draft.i1", '{"note":1}');
    expect(keptDraft("i1", store)).toBeNull();
  });
});

describe("obstacle", () => {
  const fine = { live: true, pbxUp: true, agent: { state: "available" as const, devices: ["1001-web"] }, line: "registered" as const, mic: "granted" as const, device: "1001-web" };
  it.each([
    [{}, null],
    [{ live: false }, "offline"],
    [{ pbxUp: false }, "pbx"],
    [{ agent: null }, "state"],
    [{ agent: { state: "not_ready" as const, devices: [] } }, "state"],
    [{ agent: { state: "available" as const, devices: [] } }, "phone"],
    [{ agent: { state: "available" as const, devices: [] }, line: "locked" as const }, "elsewhere"],
    [{ mic: "denied" as const }, "mic"],
    [{ mic: "denied" as const, agent: { state: "available" as const, devices: ["1001"] } }, null],
    [{ agent: { state: "connected" as const, devices: ["1001-web"] } }, null],
  ])("%j → %s", (change, expected) => expect(obstacle({ ...fine, ...change })).toBe(expected));
});

describe("rangeStart", () => {
  it("begins at local midnight", () => {
    const now = new Date(2026, 10, 22, 15, 30);
    expect(rangeStart("all", now)).toBeNull();
    expect(new Date(rangeStart("today", now) ?? "")).toEqual(new Date(2026, 10, 22));
    expect(new Date(rangeStart("days7", now) ?? "")).toEqual(new Date(2026, 10, 16));
  });
});

describe("texts", () => {
  const leaves = (texts: object, path = ""): [string, string][] =>
    Object.entries(texts).flatMap(([key, value]: [string, unknown]) =>
      typeof value === "string" ? [[`${path}${key}`, value] as [string, string]] : leaves(value as object, `${path}${key}.`));
  const holes = (text: string): string[] => (text.match(/{{\w+}}/g) ?? []).sort();
  it("have the same holes in both languages and none is empty", () => {
    const english = new Map(leaves(en));
    for (const [key, chinese] of leaves(zh)) {
      expect(english.get(key), key).toBeTruthy();
      expect(holes(english.get(key) ?? ""), key).toEqual(holes(chinese));
    }
  });
  it("has no English words in Chinese screens but names", () => {
    const allowed = /^(English|VIP|EN|admin|JavaScript|Ctrl|code|MiB|[a-z_]+)$/;
    for (const [key, chinese] of leaves(zh)) {
      const words = chinese.replace(/{{\w+}}/g, "").match(/[A-Za-z]{2,}/g) ?? [];
      expect(words.filter((one) => !allowed.test(one)), key).toEqual([]);
    }
  });
});

describe("page options", () => {
  it("hears tones only in a test page, and stays so after a reload", () => {
    expect(readOptions("?dsp=off", memory())).toEqual({ test: false, dsp: true });
    const store = memory();
    expect(readOptions("?test=1&dsp=off", store)).toEqual({ test: true, dsp: false });
    expect(readOptions("", store)).toEqual({ test: true, dsp: false });
  });
});

describe("toneLevel", () => {
  it("finds the loudest bin near a frequency", () => {
    const decibels = [-90, -90, -20, -90, -50];
    expect(toneLevel({ hertzPerBin: 10, decibels }, 20, 5)).toBe(-20);
    expect(toneLevel({ hertzPerBin: 10, decibels }, 40, 5)).toBe(-50);
    expect(toneLevel({ hertzPerBin: 0, decibels: [] }, 440)).toBe(-Infinity);
  });
});
