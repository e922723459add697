import { describe, expect, it } from "vitest";
import { lineDiff } from "./diff";
import { put } from "./document";
import { changed, opened, step } from "./draft";
import type { Doing } from "./draft";
import { layOut } from "./layout";
import { fieldsRead, freeName, outline, stepOf, waysTo } from "./outline";
import { blank, readSchema } from "./schema";
import type { Schema } from "./schema";

const name = { type: "string", pattern: "^[a-z][a-z0-9_]{0,63}$" };
const to: Schema = { ...name, "x-names": "steps" };
const prompt: Schema = { ...name, "x-names": "prompts" };
const prompts: Schema = { anyOf: [prompt, { type: "array", items: prompt }], maxLength: 8, default: [] };
/** As pydantic writes it, with a few of the kinds. */
const ROOT: Schema = {
  $defs: {
    Silence: { type: "object", properties: { seconds: { type: "number", minimum: 1, maximum: 60 }, repeats: { type: "integer", default: 0 }, prompt: prompts, next: to }, required: ["seconds", "next"] },
    Slot: { type: "object", properties: { say: { type: "string", enum: ["money", "date"] }, value: { type: "string", format: "cel" } }, required: ["say", "value"] },
    Way: { type: "object", properties: { if: { type: "string", format: "cel" }, next: to }, required: ["if", "next"] },
    MenuStep: { type: "object", properties: { do: { type: "string", const: "menu" }, prompt: prompts, keys: { type: "object", additionalProperties: to, maxProperties: 12 }, timeout: { $ref: "#/$defs/Silence" } }, required: ["do", "keys", "timeout"] },
    SayStep: { type: "object", properties: { do: { type: "string", const: "say" }, prompt: { anyOf: [prompt, { $ref: "#/$defs/Slot" }, { type: "array", items: { anyOf: [prompt, { $ref: "#/$defs/Slot" }] } }] }, unsaid: { anyOf: [to, { type: "null" }], default: null }, next: to }, required: ["do", "prompt", "next"] },
    BranchStep: { type: "object", properties: { do: { type: "string", const: "branch" }, when: { type: "array", items: { $ref: "#/$defs/Way" }, maxItems: 20 }, otherwise: to }, required: ["do", "when", "otherwise"] },
    AskStep: { type: "object", properties: { do: { type: "string", const: "ask" }, connector: name, action: name, into: name, next: to, reasons: { type: "object", propertyNames: { enum: ["timeout", "not_found"] }, additionalProperties: to }, otherwise: to }, required: ["do", "next", "otherwise"] },
    QueueStep: { type: "object", properties: { do: { type: "string", const: "queue" }, queue: { ...name, "x-names": "queues" }, skills: { type: "object", "x-keys": "skills", patternProperties: { "^[a-z]": { type: "integer", minimum: 1, maximum: 10 } } } }, required: ["do", "queue"] },
  },
  type: "object",
  properties: {
    id: { type: "string" }, languages: { type: "array", items: { type: "string" } }, start: to, fallback: to,
    steps: { type: "object", patternProperties: { "^[a-z]": { oneOf: ["Menu", "Say", "Branch", "Ask", "Queue"].map((kind) => ({ $ref: `#/$defs/${kind}Step` })) } } },
  },
  required: ["id", "start"],
};
const SCHEMA = readSchema(ROOT);
const FLOW = `id: shop
languages: [zh, en]
start: hello
fallback: agent
steps:
  hello: {do: say, prompt: [greeting, {say: money, value: bill.amount}], unsaid: agent, next: main}
  main:
    do: menu
    prompt: menu
    keys: {"0": agent, "1": look, "*": main}
    timeout: {seconds: 5, prompt: no_input, next: agent}
  look: {do: ask, connector: power, action: bill, into: bill, next: paid, reasons: {not_found: main}, otherwise: agent}
  paid: {do: branch, when: [{if: bill.paid, next: main}, {if: bill.overdue, next: lost}], otherwise: agent}
  agent: {do: queue, queue: general}
`;
const READ = outline(FLOW, SCHEMA);

describe("an outline", () => {
  it("finds every way out of every kind of step by the schema alone", () => {
    const ways = Object.fromEntries(READ.steps.map((one) => [one.name, one.ways.map((way) => `${way.path.join(".")} → ${way.to}`)]));
    expect(ways).toEqual({
      hello: ["unsaid → agent", "next → main"],
      main: ["keys.1 → look", "keys.0 → agent", "keys.* → main", "timeout.next → agent"],
      look: ["next → paid", "reasons.not_found → main", "otherwise → agent"],
      paid: ["when.0.next → main", "when.1.next → lost", "otherwise → agent"],
      agent: [],
    });
    expect(READ.steps[0]?.prompts).toEqual(["greeting", { say: "money", value: "bill.amount" }]);
    expect(READ.steps.map((one) => one.about)).toEqual(["", "", "power.bill", "bill.paid · bill.overdue", "general"]);
    expect(waysTo(READ, "agent").map((path) => path.join("."))).toEqual(["fallback", "steps.hello.unsaid", "steps.main.keys.0", "steps.main.timeout.next", "steps.look.otherwise", "steps.paid.otherwise"]);
    expect(READ.variables).toEqual(["bill"]);
  });

  it("says what it can of texts that are no flow", () => {
    for (const text of ["", "- a", "steps: 5", "steps: {a: 5, b: [x], c: {do: sing, next: a}}", "a: [", "steps: {a: {do: menu, keys: [x], timeout: soon}}"]) {
      expect(() => outline(text, SCHEMA)).not.toThrow();
    }
  });

  it("places problems, names new steps, and knows what is read of an answer", () => {
    expect(stepOf("steps.main.keys.1", READ)).toBe("main");
    expect(stepOf("steps.gone", READ)).toBe("");
    expect(freeName(READ, "main")).toBe("main_2");
    expect(fieldsRead(FLOW, "bill")).toEqual(["amount", "paid", "overdue"]);
  });
});

describe("forms", () => {
  it("are made of the schema", () => {
    const field = (kind: string, wanted: string) => SCHEMA.steps[kind]?.fields.find((one) => one.name === wanted)?.shape;
    expect(field("menu", "keys")).toMatchObject({ kind: "map", value: { kind: "name", names: "steps" }, most: 12 });
    expect(field("say", "unsaid")).toMatchObject({ kind: "name", names: "steps" });
    expect(field("say", "prompt")).toMatchObject({ kind: "list", bare: true, item: { kind: "either" } });
    expect(field("ask", "reasons")).toMatchObject({ kind: "map", options: ["timeout", "not_found"] });
    expect(field("queue", "skills")).toMatchObject({ kind: "map", keys: "skills", value: { kind: "number", least: 1, most: 10 } });
    const shape = field("menu", "timeout");
    expect(shape === undefined ? null : blank(shape, () => "agent")).toEqual({ seconds: 1, next: "agent" });
  });
});

describe("the canvas", () => {
  it("puts every step once, behind those that lead to it, and none on another", () => {
    const ways = new Map(READ.steps.map((one) => [one.name, one.ways.map((way) => way.to)]));
    const heights = new Map(READ.steps.map((one) => [one.name, 100]));
    const { places, back } = layOut("hello", ways, heights);
    expect([...places.keys()].sort()).toEqual(["agent", "hello", "look", "main", "paid"]);
    expect([...back].sort()).toEqual(["look → main", "main → main", "paid → main"]);
    for (const [from, all] of ways) for (const way of all) if (!back.has(`${from} → ${way}`) && places.has(way)) expect(places.get(way)?.layer).toBeGreaterThan(places.get(from)?.layer ?? 0);
    const spots = [...places.values()];
    for (const a of spots) for (const b of spots) if (a !== b && a.layer === b.layer) expect(Math.abs(a.y - b.y)).toBeGreaterThanOrEqual(100);
    expect(layOut("gone", new Map(), new Map()).places.size).toBe(0);
  });

  it("places 500 steps in a moment", () => {
    const ways = new Map(Array.from({ length: 500 }, (_, n) => [`s${n}`, [`s${(n * 7 + 1) % 500}`, `s${(n + 1) % 500}`, "s499"]]));
    expect(layOut("s0", ways, new Map([...ways.keys()].map((one) => [one, 120]))).places.size).toBe(500);
  });
});

describe("a draft", () => {
  const walk = (...all: Doing[]) => all.reduce(step, opened("a", 3));
  it("takes back and brings again; typing in one place is one change", () => {
    const typed = walk({ do: "change", text: "ab", mark: "title" }, { do: "change", text: "abc", mark: "title" }, { do: "change", text: "x" });
    expect(typed.past).toEqual(["a", "abc"]);
    const back = step(step(typed, { do: "undo" }), { do: "undo" });
    expect([back.text, changed(back)]).toEqual(["a", false]);
    expect(step(step(back, { do: "redo" }), { do: "redo" }).text).toBe("x");
    expect(step(back, { do: "undo" })).toBe(back);
    expect(step(step(back, { do: "change", text: "y" }), { do: "redo" }).text).toBe("y");
  });
  it("knows what the server has", () => {
    const saved = walk({ do: "change", text: "b" }, { do: "saved", text: "b", base: 4 });
    expect([changed(saved), saved.base, step(saved, { do: "undo" }).text]).toEqual([false, 4, "a"]);
    expect(walk({ do: "change", text: "b" }, { do: "open", text: "c", base: 5 })).toEqual(opened("c", 5));
  });
});

describe("a comparison", () => {
  const shown = (before: string, after: string) => lineDiff(before, after).map((line) => line.sign + line.text);
  it("shows what changed with a little around it", () => {
    expect(shown("a\nb", "a\nb")).toEqual([]);
    expect(shown("a\nb\nc", "a\nx\nc")).toEqual([" a", "-b", "+x", " c"]);
    const long = Array.from({ length: 30 }, (_, n) => String(n));
    expect(shown(long.join("\n"), long.map((one) => (one === "9" ? "nine" : one)).join("\n"))).toEqual([" 6", " 7", " 8", "-9", "+nine", " 10", " 11", " 12", "@⋯"]);
    expect(shown(FLOW, put(FLOW, ["steps", "agent", "queue"], "power")).filter((line) => /^[+-]/.test(line))).toEqual(["-  agent: {do: queue, queue: general}", "+  agent: {do: queue, queue: power}"]);
  });
});
