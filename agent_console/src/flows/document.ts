import { Document, isCollection, isMap, isPair, isScalar, isSeq, Pair, parseDocument, Scalar, YAMLMap, YAMLSeq } from "yaml";
import type { ParsedNode, Range } from "yaml";

/** A place in the document: keys of mappings, numbers of lists. */
export type Path = readonly (string | number)[];
/** Scalars are text here as on the server, which gives them their types by the schema. */
export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value };
export type Plain = string | readonly Plain[] | { readonly [key: string]: Plain };

/** Where a text is no YAML that a flow may be written in. `line` and `column` from 1. */
export interface Mistake { line: number; column: number; code: string; message: string }
export interface Parsed { doc: Document.Parsed; plain: Plain; mistakes: readonly Mistake[] }

// The server reads every scalar as text, knows no anchors and refuses a key that is written twice.
const READING = { schema: "failsafe", uniqueKeys: true, prettyErrors: true } as const;
const WRITING = { flowCollectionPadding: false, lineWidth: 0 } as const;
const PLAIN = /^[\p{L}_][\p{L}\p{N}_.·-]*( [\p{L}\p{N}_.·-]+)*$/u;
const OTHER_TYPES = /^(y|n|yes|no|on|off|true|false|null)$/i;

export function parse(text: string): Parsed {
  const doc = parseDocument(text, READING);
  const mistakes = doc.errors.map((error) => ({
    line: error.linePos?.[0].line ?? 1, column: error.linePos?.[0].col ?? 1, code: error.code,
    message: (error.message.split("\n")[0] ?? "").replace(/ at line \d+, column \d+:?$/, ""),
  }));
  if (mistakes.length > 0) return { doc, plain: "", mistakes };
  try {
    return { doc, plain: plainOf(doc), mistakes };
  } catch {
    return { doc, plain: "", mistakes: [{ line: 1, column: 1, code: "ALIAS", message: "anchors and aliases (& and *) are not allowed" }] };
  }
}

function plainOf(doc: Document): Plain {
  const found = doc.toJS({ maxAliasCount: 0 }) as Plain | null;
  return found ?? "";
}

/** The value at a place of what was read. */
export function at(plain: Plain | undefined, path: Path): Plain | undefined {
  let found: Plain | undefined = plain;
  for (const part of path) {
    if (found === undefined || typeof found === "string") return undefined;
    found = Array.isArray(found) ? (found as readonly Plain[])[Number(part)] : Object.hasOwn(found, part) ? (found as Readonly<Record<string, Plain>>)[part] : undefined;
  }
  return found;
}

/** The document of a text that can be read; what cannot is changed by hand only. */
function sound(text: string): Document.Parsed | null {
  const { doc, mistakes } = parse(text);
  return mistakes.length > 0 ? null : doc;
}

/** Put a value at a place; what is around it stays as it was written, to the letter. */
export function put(text: string, path: Path, value: Value): string {
  const doc = sound(text);
  if (doc === null) return text;
  const there = doc.getIn(path, true);
  if (isScalar(there) && there.range != null && !isObject(value) && !isBlock(there)) {
    const [from, to] = there.range;
    return splice(text, [[from, to, written(scalar(value))]]);
  }
  const before = scope(text, doc, path);
  setAt(doc, path, node(value, path.length <= 2 && path[0] === "steps"));
  return rendered(text, doc, path, before);
}

/** Take away what is at a place; a mapping or list that is left empty goes with it, but no step. */
export function drop(text: string, path: Path): string {
  const doc = sound(text);
  if (doc?.hasIn(path) !== true) return text;
  const before = scope(text, doc, path);
  doc.deleteIn(path);
  let above = path.slice(0, -1);
  while (above.length > 2) {
    const left = doc.getIn(above, true);
    if (!isCollection(left) || left.items.length > 0) break;
    doc.deleteIn(above);
    above = above.slice(0, -1);
  }
  return rendered(text, doc, path, before);
}

/** Change several scalars at once: the places of `paths` become `value`. */
export function putAll(text: string, paths: readonly Path[], value: string): string {
  const doc = sound(text);
  if (doc === null) return text;
  return splice(text, paths.flatMap((path) => {
    const there = doc.getIn(path, true);
    return isScalar(there) && there.range != null ? [[there.range[0], there.range[1], written(scalar(value))] as const] : [];
  }));
}

/** Give a step another name, where it stands and wherever `ways` name it. */
export function rename(text: string, name: string, to: string, ways: readonly Path[]): string {
  const doc = sound(text);
  const key = doc === null ? undefined : stepPair(doc, name)?.key;
  if (!isScalar(key) || key.range == null) return text;
  const [from, until] = key.range;
  return putAll(splice(text, [[from, until, to]]), ways.map((path) => path.map((part, place) => (place === 1 && path[0] === "steps" && part === name ? to : part))), to);
}

/** Write a new step behind another one (else last), set off by an empty line if the others are. */
export function addStep(text: string, name: string, value: Value, behind: string | null): string {
  const doc = sound(text);
  if (doc === null) return text;
  const steps = doc.get("steps", true);
  const anchor = isMap(steps) && steps.flow !== true ? ((behind === null ? undefined : stepPair(doc, behind)) ?? steps.items.at(-1)) : undefined;
  setAt(doc, ["steps", name], node(value, true));
  const range = anchor === undefined ? null : ownRange(text, anchor);
  if (anchor === undefined || range === null) return verified(doc.toString(WRITING), doc);
  const indent = column(text, range[0]);
  const made = stepPair(doc, name);
  const apart = /\n[ \t]*\n[ \t]*(#[^\n]*\n[ \t]*)*$/.test(text.slice(0, range[0]));
  const block = made === undefined ? "" : `${" ".repeat(indent)}${indented(made, indent)}\n`;
  const before = text.slice(0, range[1]);
  const edited = `${before}${apart ? "\n\n" : "\n"}${block}${text.slice(range[1]).replace(/^[ \t]*\n/, "")}`;
  return verified(edited, doc);
}

/** Take a step out. Comments above it stay: they may be the heading of several. */
export function dropStep(text: string, name: string): string {
  const doc = sound(text);
  if (doc === null) return text;
  const pair = stepPair(doc, name);
  const range = pair === undefined ? null : ownRange(text, pair);
  doc.deleteIn(["steps", name]);
  const steps = doc.get("steps", true);
  if (range === null || !isMap(steps) || steps.flow === true) return verified(doc.toString(WRITING), doc);
  const from = range[0] - column(text, range[0]);
  const before = text.slice(0, from);
  let after = text.slice(range[1]).replace(/^[ \t]*(\n|$)/, "");
  if (/(^|\n)[ \t]*\n$/.test(before)) after = after.replace(/^([ \t]*\n)+/, "");
  return verified(before + after, doc);
}

/** Where a place stands in the text: of its key if it has one. Offsets; null if it is not there. */
export function placeOf(text: string, doc: Document.Parsed, path: Path): readonly [number, number] | null {
  for (let length = path.length; length > 0; length -= 1) {
    const above = length === 1 ? doc.contents : doc.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    if (isMap(above)) {
      const pair = above.items.find((one) => isScalar(one.key) && one.key.value === String(last));
      const range = pair === undefined ? null : pairRange(text, pair);
      if (range !== null) return range;
    }
    if (isSeq(above)) {
      const item = above.items[Number(last)] as ParsedNode | undefined;
      if (item !== undefined) return [item.range[0], item.range[1]];
    }
  }
  return null;
}

// -- writing ---------------------------------------------------------------------------------------------------------

type AnyPair = Pair;
type Change = readonly [from: number, to: number, text: string];

function isObject(value: Value): value is readonly Value[] | { readonly [key: string]: Value } {
  return typeof value === "object";
}

function isBlock(one: Scalar): boolean {
  return one.type === Scalar.BLOCK_FOLDED || one.type === Scalar.BLOCK_LITERAL;
}

function scalar(value: string | number | boolean): Scalar {
  const made = new Scalar(String(value));
  const free = typeof value !== "string" || (PLAIN.test(value) && !OTHER_TYPES.test(value));
  made.type = free ? Scalar.PLAIN : Scalar.QUOTE_DOUBLE;
  return made;
}

function written(one: Scalar): string {
  return one.type === Scalar.PLAIN ? String(one.value) : JSON.stringify(one.value);
}

/** Short things on one line, as people write them; `open`: one field a line. */
function node(value: Value, open = false): Scalar | YAMLMap | YAMLSeq {
  if (!isObject(value)) return scalar(value);
  if (Array.isArray(value)) {
    const list = new YAMLSeq();
    const items = value as readonly Value[];
    list.flow = items.every((item) => !isObject(item));
    list.items = items.map((item) => node(item));
    return list;
  }
  const map = new YAMLMap();
  map.flow = !open;
  for (const [key, item] of Object.entries(value)) map.set(scalar(key), node(item));
  return map;
}

/** As `setIn`, with keys that are quoted where another reader could take them for numbers. */
function setAt(doc: Document.Parsed, path: Path, made: Scalar | YAMLMap | YAMLSeq): void {
  const last = path.at(-1);
  const above = path.slice(0, -1);
  if (above.length > 0 && !isCollection(doc.getIn(above, true))) setAt(doc, above, node({}));
  const parent = above.length === 0 ? doc.contents : doc.getIn(above, true);
  if (isMap(parent)) parent.set(parent.has(last) ? last : scalar(String(last)), made);
  else if (isSeq(parent)) parent.set(Number(last), made);
}

/** The entry a change at `path` lies in: a step, or what stands at the top of the document. */
function entry(doc: Document.Parsed, path: Path): AnyPair | undefined {
  return path[0] === "steps" && path.length > 1 ? stepPair(doc, String(path[1])) : topPair(doc, String(path[0]));
}

function scope(text: string, doc: Document.Parsed, path: Path): [number, number] | null {
  const pair = entry(doc, path);
  const steps = doc.get("steps", true);
  if (path[0] === "steps" && path.length > 1 && isMap(steps) && steps.flow === true) return null;
  return pair === undefined ? null : pairRange(text, pair);
}

/** The text with the entry at `range` written anew, taken away, or (new at the top) put before the steps. */
function rendered(text: string, doc: Document.Parsed, path: Path, range: [number, number] | null): string {
  const pair = entry(doc, path);
  if (range !== null) {
    if (pair !== undefined) return verified(splice(text, [[range[0], range[1], indented(pair, column(text, range[0]))]]), doc);
    return verified(text.slice(0, range[0]) + text.slice(range[1]).replace(/^[ \t]*(\n|$)/, ""), doc);
  }
  const steps = topPair(doc, "steps");
  const above = isMap(doc.contents) && steps !== undefined ? doc.contents.items[doc.contents.items.indexOf(steps as (typeof doc.contents.items)[number]) - 1] : undefined;
  const end = above === undefined ? undefined : pairRange(text, above)?.[1];
  if (path.length !== 1 || pair === undefined || end === undefined) return verified(doc.toString(WRITING), doc);
  return verified(`${text.slice(0, end)}\n${indented(pair, 0)}${text.slice(end)}`, doc);
}

/** One entry as text, its further lines set in by `indent`. */
function indented(pair: AnyPair, indent: number): string {
  const alone = new Document(undefined, { schema: "failsafe" });
  const map = new YAMLMap();
  const key = scalarOf(pair.key);
  map.items.push(new Pair(key, pair.value));
  alone.contents = map;
  const lines = alone.toString(WRITING).trimEnd().split("\n");
  return lines.map((line, number) => (number === 0 || line === "" ? line : " ".repeat(indent) + line)).join("\n");
}

/** A key without the comments above it; those stay where they are. */
function scalarOf(key: unknown): Scalar {
  const copy = scalar(isScalar(key) ? String(key.value) : String(key));
  if (isScalar(key) && key.type !== undefined) copy.type = key.type;
  if (isScalar(key) && key.comment != null) copy.comment = key.comment;
  return copy;
}

/** What was made by parts has to say the same as the whole; else the whole is written in the library's own layout. */
function verified(text: string, doc: Document): string {
  const again = parse(text);
  const wanted = JSON.stringify(plainOf(doc));
  if (again.mistakes.length === 0 && JSON.stringify(again.plain) === wanted) return text;
  const sorted = JSON.stringify(ordered(again.plain)) === JSON.stringify(ordered(plainOf(doc)));
  return again.mistakes.length === 0 && sorted ? text : doc.toString(WRITING);
}

function ordered(plain: Plain): Plain {
  if (typeof plain === "string") return plain;
  if (Array.isArray(plain)) return (plain as readonly Plain[]).map(ordered);
  return Object.fromEntries(Object.entries(plain).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, ordered(value)]));
}

function splice(text: string, changes: readonly Change[]): string {
  let made = text;
  for (const [from, to, instead] of [...changes].sort((a, b) => b[0] - a[0])) made = made.slice(0, from) + instead + made.slice(to);
  return made;
}

function topPair(doc: Document.Parsed, name: string): AnyPair | undefined {
  return isMap(doc.contents) ? doc.contents.items.find((one) => isPair(one) && isScalar(one.key) && one.key.value === name) : undefined;
}

function stepPair(doc: Document.Parsed, name: string): AnyPair | undefined {
  const steps = doc.get("steps", true);
  return isMap(steps) ? steps.items.find((one) => isScalar(one.key) && one.key.value === name) : undefined;
}

/** From its key to the end of its value with the comment behind it; null for what was not read from the text. */
function pairRange(text: string, pair: AnyPair): [number, number] | null {
  const key = pair.key as { range?: Range | null } | null;
  const value = pair.value as { range?: Range | null } | null;
  if (key?.range == null || value?.range == null) return null;
  let end = value.range[2];
  while (end > key.range[1] && /\s/.test(text[end - 1] ?? "")) end -= 1;
  return [key.range[0], end];
}

/** As `pairRange`, without comments at the end that stand no further in than the entry: they belong to what follows. */
function ownRange(text: string, pair: AnyPair): [number, number] | null {
  const range = pairRange(text, pair);
  if (range === null) return null;
  const [from, to] = range;
  const lines = text.slice(from, to).split("\n");
  while (lines.length > 1 && /^\s*(#|$)/.test(lines.at(-1) ?? "") && indentOf(lines.at(-1) ?? "") <= column(text, from)) lines.pop();
  return [from, from + lines.join("\n").trimEnd().length];
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

/** How far in a place stands on its line. */
function column(text: string, offset: number): number {
  return offset - (text.lastIndexOf("\n", offset - 1) + 1);
}
