import type { Path, Plain, Value } from "./document";

/** A JSON Schema as the server gives it for flows; only what pydantic writes. */
export interface Schema {
  $ref?: string;
  $defs?: Readonly<Record<string, Schema>>;
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  type?: string;
  const?: string;
  enum?: readonly string[];
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  patternProperties?: Readonly<Record<string, Schema>>;
  additionalProperties?: Schema | boolean;
  propertyNames?: Schema;
  items?: Schema;
  pattern?: string;
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
  default?: unknown;
  description?: string;
  "x-names"?: string;
  "x-keys"?: string;
}

/** What an input has to offer for a value. `names`: of what the text is a name; `keys`: of what a mapping's keys are names. */
export type Shape =
  | { kind: "text"; pattern: string | null; most: number | null; cel: boolean }
  | { kind: "name"; names: string; pattern: string | null }
  | { kind: "choice"; options: readonly string[] }
  | { kind: "number"; whole: boolean; least: number | null; most: number | null }
  | { kind: "yes" }
  | { kind: "record"; fields: readonly Field[] }
  | { kind: "map"; keys: string | null; options: readonly string[] | null; pattern: string | null; value: Shape; most: number | null }
  | { kind: "list"; item: Shape; most: number | null; bare: boolean }
  | { kind: "either"; options: readonly Shape[] };

/** `preset`: what holds when it is not written. */
export interface Field { name: string; shape: Shape; required: boolean; preset: unknown }
export interface StepKind { name: string; fields: readonly Field[]; description: string }
export interface FlowSchema { steps: Readonly<Record<string, StepKind>>; head: readonly Field[] }

const HEAD = ["title", "numbers", "languages", "start", "fallback", "language_skills", "needs"];

/** The forms of a flow and of every kind of step. */
export function readSchema(root: Schema): FlowSchema {
  const steps: Record<string, StepKind> = {};
  const all = root.properties?.["steps"];
  const union = all === undefined ? undefined : Object.values(all.patternProperties ?? {})[0] ?? (typeof all.additionalProperties === "object" ? all.additionalProperties : undefined);
  for (const option of union?.oneOf ?? union?.anyOf ?? []) {
    const one = deref(root, option);
    const name = one.properties?.["do"]?.const;
    if (name !== undefined) steps[name] = { name, fields: fieldsOf(root, one).filter((field) => field.name !== "do"), description: one.description ?? "" };
  }
  const head = fieldsOf(root, root).filter((field) => HEAD.includes(field.name));
  return { steps, head: [...head].sort((a, b) => HEAD.indexOf(a.name) - HEAD.indexOf(b.name)) };
}

function deref(root: Schema, schema: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const name = schema.$ref.split("/").at(-1) ?? "";
  return root.$defs?.[name] ?? {};
}

function fieldsOf(root: Schema, schema: Schema): Field[] {
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name, shape: shapeOf(root, property), required: schema.required?.includes(name) ?? false, preset: property.default,
  }));
}

export function shapeOf(root: Schema, given: Schema): Shape {
  const schema = deref(root, given);
  const options = (schema.anyOf ?? schema.oneOf)?.filter((option) => option.type !== "null");
  if (options !== undefined) {
    const list = options.find((option) => deref(root, option).type === "array");
    if (list !== undefined) {
      const item = deref(root, list).items ?? {};
      return { kind: "list", item: shapeOf(root, item), most: schema.maxLength ?? schema.maxItems ?? null, bare: true };
    }
    const shapes = options.map((option) => shapeOf(root, option));
    return shapes.length === 1 && shapes[0] !== undefined ? shapes[0] : { kind: "either", options: shapes };
  }
  if (schema["x-names"] !== undefined) return { kind: "name", names: schema["x-names"], pattern: schema.pattern ?? null };
  if (schema.enum !== undefined) return { kind: "choice", options: schema.enum };
  switch (schema.type) {
    case "boolean": return { kind: "yes" };
    case "integer":
    case "number": return { kind: "number", whole: schema.type === "integer", least: schema.minimum ?? null, most: schema.maximum ?? null };
    case "array": return { kind: "list", item: shapeOf(root, schema.items ?? {}), most: schema.maxItems ?? null, bare: false };
    case "object": {
      if (schema.properties !== undefined) return { kind: "record", fields: fieldsOf(root, schema) };
      const [pattern, value] = Object.entries(schema.patternProperties ?? {})[0] ?? [null, typeof schema.additionalProperties === "object" ? schema.additionalProperties : {}];
      return { kind: "map", keys: schema["x-keys"] ?? null, options: schema.propertyNames?.enum ?? null, pattern, value: shapeOf(root, value), most: schema.maxProperties ?? null };
    }
    default: return { kind: "text", pattern: schema.pattern ?? null, most: schema.maxLength ?? null, cel: schema.format === "cel" };
  }
}

/** Every name of a kind of thing (`steps`, `prompts`, …) in a value, with its place. */
export function namesIn(shape: Shape, value: Plain | undefined, names: string, path: Path = []): { path: Path; name: string }[] {
  if (value === undefined) return [];
  switch (shape.kind) {
    case "name": return shape.names === names && typeof value === "string" ? [{ path, name: value }] : [];
    case "record": return shape.fields.flatMap((field) => namesIn(field.shape, record(value)[field.name], names, [...path, field.name]));
    case "map": return Object.entries(record(value)).flatMap(([key, one]) => namesIn(shape.value, one, names, [...path, key]));
    case "list":
      return Array.isArray(value) ? (value as readonly Plain[]).flatMap((one, place) => namesIn(shape.item, one, names, [...path, place])) : namesIn(shape.item, value, names, path);
    case "either": return shape.options.filter((option) => fits(option, value)).slice(0, 1).flatMap((option) => namesIn(option, value, names, path));
    default: return [];
  }
}

/** Whether a value is of a shape, as far as it takes to tell one option from another. */
export function fits(shape: Shape, value: Plain): boolean {
  const object = typeof value === "object" && !Array.isArray(value);
  if (shape.kind === "record" || shape.kind === "map") return object;
  return shape.kind === "list" ? Array.isArray(value) : typeof value === "string";
}

export function record(value: Plain | undefined): Readonly<Record<string, Plain>> {
  return typeof value === "object" && !Array.isArray(value) ? (value as Readonly<Record<string, Plain>>) : {};
}

/** Something to begin with for what has to be written. `offer` gives a name of each kind of thing. */
export function blank(shape: Shape, offer: (names: string) => string): Value {
  switch (shape.kind) {
    case "name": return offer(shape.names);
    case "choice": return shape.options[0] ?? "";
    case "number": return shape.least ?? 0;
    case "yes": return false;
    case "record": return Object.fromEntries(shape.fields.filter((field) => field.required).map((field) => [field.name, blank(field.shape, offer)]));
    case "map": return {};
    case "list": return [blank(shape.item, offer)];
    case "either": return shape.options[0] === undefined ? "" : blank(shape.options[0], offer);
    case "text": return "";
  }
}
