import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { addStep, at, drop, dropStep, parse, placeOf, put, putAll, rename } from "./document";

const FOLDER = new URL("../../../ivr_flows/flows/", import.meta.url);
const SHIPPED = readdirSync(FOLDER).filter((name) => name.endsWith(".yaml")).map((name) => readFileSync(new URL(name, FOLDER), "utf8"));
const comments = (text: string): number => text.split("\n").filter((line) => line.includes("#") && /(^|\s)# /.test(line)).length;
/** What is in one text and not in the other. */
const changes = (before: string, after: string): { gone: string[]; fresh: string[] } => {
  const [a, b] = [before.split("\n"), after.split("\n")];
  return { gone: a.filter((line) => !b.includes(line)), fresh: b.filter((line) => !a.includes(line)) };
};

const MESSY = `# heading
id:   "9"      # the number
languages: [ zh,en ]
start:  main
fallback: agent
steps:

    # the menu
    main:
        do:  menu
        prompt: [ power_menu ]     # what they hear
        keys:
            "1": agent   # people
            # the next one is new
            "2":  bye
        timeout: { seconds: 5,  next: agent }   # patience
        wrong_key: {prompt: wrong_key, tries: 3, next: agent}


    # the end of it
    agent:   { do: queue,   queue: general }   # a person
    # good-bye
    bye:
        do: hang_up
        # nothing more
# the very end
`;

describe("a change of one value", () => {
  it("touches nothing else", () => {
    expect(put(MESSY, ["steps", "main", "keys", "2"], "agent")).toBe(MESSY.replace('"2":  bye', '"2":  agent'));
    expect(put(MESSY, ["steps", "main", "timeout", "seconds"], 8)).toBe(MESSY.replace("seconds: 5", "seconds: 8"));
    expect(put(MESSY, ["steps", "agent", "queue"], "power")).toBe(MESSY.replace("queue: general", "queue: power"));
    expect(put(MESSY, ["start"], "agent")).toBe(MESSY.replace("start:  main", "start:  agent"));
  });

  it("quotes what another reader would take for something else", () => {
    for (const text of ["no", "true", "010", "12:30", "a: b", "# x", "", "- x", "{x", "[x", "é # no", " x", "*", "&a", "null", "'a'", '"b"', "caller.grade == 'gold'", "中: 文", "a\nb"]) {
      const written = put(MESSY, ["steps", "bye", "title"], { zh: text });
      expect(at(parse(written).plain, ["steps", "bye", "title", "zh"])).toBe(text);
      expect(at(parse(put(written, ["steps", "bye", "title", "zh"], `${text}!`)).plain, ["steps", "bye", "title", "zh"])).toBe(`${text}!`);
    }
  });
});

describe("a change of a step's shape", () => {
  it("keeps every comment and every other step to the letter", () => {
    const added = put(MESSY, ["steps", "main", "keys", "3"], "agent");
    expect(at(parse(added).plain, ["steps", "main", "keys", "3"])).toBe("agent");
    expect(comments(added)).toBe(comments(MESSY));
    expect(added).toContain('"3": agent');
    const [head, tail] = [MESSY.indexOf("    main:"), MESSY.indexOf("    # the end of it")];
    expect(added.startsWith(MESSY.slice(0, head))).toBe(true);
    expect(added.endsWith(MESSY.slice(tail))).toBe(true);
    const less = drop(added, ["steps", "main", "keys", "3"]);
    expect(parse(less).plain).toEqual(parse(MESSY).plain);
    expect(comments(less)).toBe(comments(MESSY));
  });

  it("takes an emptied mapping away with its last entry, but no step", () => {
    const titled = put(MESSY, ["steps", "bye", "title", "zh"], "再见");
    expect(at(parse(titled).plain, ["steps", "bye", "title"])).toEqual({ zh: "再见" });
    expect(parse(drop(titled, ["steps", "bye", "title", "zh"])).plain).toEqual(parse(MESSY).plain);
    expect(at(parse(drop(MESSY, ["steps", "bye", "do"])).plain, ["steps", "bye"])).toBeDefined();
  });
});

describe("steps", () => {
  it("are added behind another one, in the layout around them", () => {
    const added = addStep(MESSY, "news", { do: "say", prompt: ["goodbye"], next: "main" }, "main");
    expect(added).toContain("\n    news:\n      do: say\n      prompt: [goodbye]\n      next: main\n");
    expect(added.indexOf("news:")).toBeLessThan(added.indexOf("# the end of it"));
    expect(changes(MESSY, added).gone).toEqual([]);
    expect(parse(dropStep(added, "news")).plain).toEqual(parse(MESSY).plain);
  });

  it("are renamed wherever they are named", () => {
    const renamed = rename(MESSY, "agent", "person", [["fallback"], ["steps", "main", "keys", "1"], ["steps", "main", "timeout", "next"], ["steps", "main", "wrong_key", "next"]]);
    expect(renamed).toBe(MESSY.replaceAll("agent", "person"));
    const own = "steps:\n  a: {do: say, prompt: x, next: a}\n";
    expect(rename(own, "a", "b", [["steps", "a", "next"]])).toBe("steps:\n  b: {do: say, prompt: x, next: b}\n");
  });

  it("go without the comments above them going", () => {
    const gone = dropStep(putAll(MESSY, [["steps", "main", "keys", "2"]], "agent"), "bye");
    expect(at(parse(gone).plain, ["steps", "bye"])).toBeUndefined();
    expect(gone).toContain("# good-bye");
    expect(gone).toContain("# the very end");
  });
});

describe("the shipped flows", () => {
  it.each(SHIPPED.map((text) => [text.slice(0, 30), text]))("%s: steps can be changed, and the rest stays to the letter", (_, text) => {
    const { plain } = parse(text);
    const steps = at(plain, ["steps"]) as Record<string, Record<string, unknown>>;
    for (const [name, step] of Object.entries(steps).filter((_, place) => place % 7 === 3)) {
      const titled = put(text, ["steps", name, "title"], { zh: "改过", en: "Changed" });
      expect(comments(titled), name).toBe(comments(text));
      expect(parse(titled).plain).toEqual({ ...(plain as object), steps: { ...steps, [name]: { ...step, title: { zh: "改过", en: "Changed" } } } });
      const { gone } = changes(text, titled);
      expect(gone.length, name).toBeLessThanOrEqual(1);
      const left = dropStep(text, name);
      expect(comments(left), name).toBe(comments(text));
      expect(Object.keys(at(parse(left).plain, ["steps"]) as object)).toEqual(Object.keys(steps).filter((other) => other !== name));
    }
  });
});

describe("what cannot be read", () => {
  it("is said with its line, and nothing throws", () => {
    expect(parse("a: [").mistakes[0]?.line).toBeGreaterThan(0);
    expect(parse("a: 1\na: 2\n").mistakes).toHaveLength(1);
    expect(parse("a: &x [1]\nb: *x\n").mistakes).toHaveLength(1);
    expect(parse("").plain).toBe("");
    expect(drop("a: 1\n", ["steps", "x"])).toBe("a: 1\n");
    for (const change of [put("a: [", ["a"], "x"), drop("a: [", ["a"]), addStep("a: [", "b", { do: "return" }, null), dropStep("a: [", "b"), rename("a: [", "a", "b", []), putAll("a: [", [["a"]], "x")]) expect(change).toBe("a: [");
  });
});

it("knows where a place stands", () => {
  const { doc } = parse(MESSY);
  const [from, to] = placeOf(MESSY, doc, ["steps", "main", "keys", "2"]) ?? [0, 0];
  expect(MESSY.slice(from, to)).toBe('"2":  bye');
  expect(placeOf(MESSY, doc, ["nowhere"])).toBeNull();
});

it("makes a step even where the steps stand on one line", () => {
  const tight = "id: a\nsteps: {a: {do: queue, queue: general}}\n";
  expect(at(parse(addStep(tight, "b", { do: "hang_up" }, "a")).plain, ["steps", "b"])).toEqual({ do: "hang_up" });
  expect(at(parse(put(tight, ["steps", "a", "priority"], 2)).plain, ["steps", "a", "priority"])).toBe("2");
  expect(at(parse(dropStep(addStep(tight, "b", { do: "hang_up" }, "a"), "b")).plain, ["steps"])).toEqual({ a: { do: "queue", queue: "general" } });
});
