import { describe, expect, it } from "vitest";
import { forgetCase, keepCase, keptCase } from "./kept";

function storage(): Storage {
  const kept = new Map<string, string>();
  return {
    get length() { return kept.size; }, key: (n) => [...kept.keys()][n] ?? null, clear: () => kept.clear(),
    getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => void kept.set(name, value), removeItem: (name) => void kept.delete(name),
  };
}

describe("a case that is being typed", () => {
  it("survives the page", () => {
    const local = storage();
    keepCase("i-1", { kind: "complaint", subject: "停电三天", details: "" }, local);
    expect(keptCase("i-1", local)).toEqual({ kind: "complaint", subject: "停电三天", details: "" });
    expect(keptCase("i-2", local)).toBeNull();
    forgetCase("i-1", local);
    expect(keptCase("i-1", local)).toBeNull();
  });
  it("is not kept while it is empty", () => {
    const local = storage();
    keepCase("i-1", { kind: "complaint", subject: "x", details: "" }, local);
    keepCase("i-1", { kind: "report", subject: "", details: "" }, local);
    expect(local.length).toBe(0);
  });
  it("is nothing when somebody else wrote there", () => {
    const local = storage();
    for (const rubbish of ["", "{", "1", "null", "[]", '{"kind":"poem","subject":"x","details":""}', '{"kind":"report","subject":1,"details":""}']) {
      local.setItem("cti.case.i-1", rubbish);
      expect(keptCase("i-1", local)).toBeNull();
    }
  });
});
