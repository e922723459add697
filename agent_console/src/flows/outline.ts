import { at, parse } from "./document";
import type { Mistake, Parsed, Path, Plain } from "./document";
import { namesIn, record } from "./schema";
import type { FlowSchema } from "./schema";

/** A way out of a step: the field that leads on (below the step), and where to. */
export interface Way { path: Path; to: string }

export interface StepView {
  name: string;
  kind: string;
  title: Readonly<Record<string, string>>;
  prompts: readonly (string | { say: string; value: string })[];
  /** What it is about besides prompts, in the flow's own names: a queue, a connector's action, a variable. */
  about: string;
  ways: readonly Way[];
}

/** What a text says, as far as it can be read. */
export interface Outline {
  parsed: Parsed;
  mistakes: readonly Mistake[];
  steps: readonly StepView[];
  start: string;
  fallback: string;
  languages: readonly string[];
  /** Variables that are collected, asked or set somewhere. */
  variables: readonly string[];
}

const KEY_ORDER = "1234567890*#";

export function outline(text: string, schema: FlowSchema): Outline {
  const parsed = parse(text);
  const plain = parsed.plain;
  const steps = Object.entries(record(at(plain, ["steps"]))).map(([name, step]) => view(name, step, schema));
  const languages = at(plain, ["languages"]);
  return {
    parsed, mistakes: parsed.mistakes, steps, start: words(at(plain, ["start"])), fallback: words(at(plain, ["fallback"])),
    languages: Array.isArray(languages) ? (languages as readonly Plain[]).filter((one) => typeof one === "string") : [],
    variables: [...new Set(Object.values(record(at(plain, ["steps"]))).flatMap((step) => [words(record(step)["into"]), ...Object.keys(record(record(step)["variables"]))]).filter(Boolean))],
  };
}

function view(name: string, step: Plain, schema: FlowSchema): StepView {
  const kind = words(record(step)["do"]);
  const fields = schema.steps[kind]?.fields ?? [];
  const ways = fields.flatMap((field) => namesIn(field.shape, record(step)[field.name], "steps", [field.name])).map(({ path, name: to }) => ({ path, to }));
  return { name, kind, title: titles(record(step)["title"]), prompts: prompts(record(step)["prompt"]), about: about(record(step)), ways: [...ways].sort((a, b) => rank(a.path) - rank(b.path)) };
}

/** Keys as they lie on a telephone; all else as the schema has it. */
function rank(path: Path): number {
  return path[0] === "keys" ? KEY_ORDER.indexOf(String(path[1])) - 100 : 0;
}

function titles(value: Plain | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record(value)).filter((one): one is [string, string] => typeof one[1] === "string"));
}

function prompts(value: Plain | undefined): StepView["prompts"] {
  const list: readonly Plain[] = value === undefined ? [] : Array.isArray(value) ? (value as readonly Plain[]) : [value];
  return list.map((one) => (typeof one === "string" ? one : { say: words(record(one)["say"]), value: words(record(one)["value"]) }));
}

function about(step: Readonly<Record<string, Plain>>): string {
  const said = (name: string): string => words(step[name]);
  if (said("connector") !== "") return `${said("connector")}.${said("action")}`;
  const conditions = step["when"];
  if (Array.isArray(conditions)) return (conditions as readonly Plain[]).map((way) => words(record(way)["if"])).join(" · ");
  const set = Object.entries(record(step["variables"])).map(([name, source]) => `${name} = ${words(source)}`);
  return [...["queue", "to", "calendar", "flow", "script", "language", "into"].map(said), ...set, ...Object.keys(record(step["show"]))].filter(Boolean).join(" · ");
}

function words(value: Plain | undefined): string {
  return typeof value === "string" ? value : "";
}

/** Every place in the document that names this step, the start and the fallback among them. */
export function waysTo(flow: Outline, name: string): Path[] {
  const head = (["start", "fallback"] as const).filter((field) => flow[field] === name).map((field) => [field]);
  return [...head, ...flow.steps.flatMap((step) => step.ways.filter((way) => way.to === name).map((way) => ["steps", step.name, ...way.path]))];
}

/** A name that is free: `menu`, `menu_2`, … */
export function freeName(flow: Outline, wanted: string): string {
  const taken = new Set(flow.steps.map((step) => step.name));
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) name = `${wanted}_${number}`;
  return name;
}

/** The step a problem's place is in, such as `steps.main.keys.1`; '' for the flow itself. */
export function stepOf(path: string, flow: Outline): string {
  const name = /^steps\.([a-z0-9_]+)/.exec(path)?.[1] ?? "";
  return flow.steps.some((step) => step.name === name) ? name : "";
}

/** Fields of the record a step is answered with, as the flow reads them: `bill.amount` makes `amount`. */
export function fieldsRead(text: string, into: string): string[] {
  if (into === "") return [];
  const found = [...text.matchAll(new RegExp(`(?<![\\w.'"])${into}\\.([a-z_]\\w*)`, "g"))].map((match) => match[1] ?? "");
  return [...new Set(found)].slice(0, 20);
}
