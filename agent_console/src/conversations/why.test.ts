import { describe, expect, it } from "vitest";
import type { OfferExplanation } from "../api/types";
import { others } from "./why";

const said = (agent: string, standing: string, text: string) => ({ agent, name: `A${agent}`, standing, text: { zh: text, en: text }, state: "" });
const told = (...agents: OfferExplanation["agents"]): OfferExplanation => ({
  offer: "call-1.1", name: "A1", asked: { zh: "", en: "" }, why: { zh: "", en: "" }, reproduced: true, agents, passed_over: [],
});

describe("the other agents of an offer", () => {
  it("shows those who came nearest first, and one line for the same reason", () => {
    const lines = others(told(said("1", "chosen", "was chosen"), said("2", "signed_out", "out"), said("3", "lacks", "no"), said("4", "signed_out", "out"), said("5", "idle_shorter", "less")), "en");
    expect(lines).toEqual([
      { text: "less", names: ["A5"], count: 1 },
      { text: "no", names: ["A3"], count: 1 },
      { text: "out", names: ["A2", "A4"], count: 2 },
    ]);
  });

  it("names some of many and counts all", () => {
    const [line] = others(told(...Array.from({ length: 40 }, (_, n) => said(String(n), "signed_out", "out"))), "zh");
    expect(line?.names).toHaveLength(6);
    expect(line?.count).toBe(40);
  });

  it("puts what it does not know last", () => {
    const lines = others(told(said("1", "of_the_future", "?"), said("2", "signed_out", "out")), "en");
    expect(lines.map((one) => one.text)).toEqual(["out", "?"]);
  });
});
