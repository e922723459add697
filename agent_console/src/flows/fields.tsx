import { AutoComplete, Button, Input, InputNumber, Select, Switch } from "antd";
import { useId } from "react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useLang } from "../i18n";
import { word } from "../shared/format";
import { Icon } from "../shared/icons";
import { useEditing } from "./context";
import { drop, put } from "./document";
import type { Path, Plain, Value } from "./document";
import { stepTitle } from "./node";
import { blank, fits, record } from "./schema";
import type { Field, Shape } from "./schema";
import { fieldWord, kindWord, LIMIT, optionWord } from "./words";

interface Offered { value: string; label: string; title?: string }

/** Names there are of a kind of thing, with what they are called; null where the page does not know. */
function useOffers(): (names: string) => Offered[] | null {
  const { flow, prompts, config, flows } = useEditing();
  const lang = useLang();
  return (names) => {
    switch (names) {
      case "steps": return flow.steps.map((step) => {
        const title = stepTitle(step, lang);
        return { value: step.name, label: title === kindWord(step.kind, lang) ? step.name : `${title} · ${step.name}` };
      });
      case "prompts": return prompts === undefined ? null : [...prompts.values()].map((one) => ({ value: one.id, label: `${one.texts[lang] ?? one.texts["zh"] ?? ""} · ${one.id}`, title: one.texts[lang] ?? "" }));
      case "queues": return (config?.queues ?? []).map((queue) => ({ value: queue.id, label: `${word(queue.name, lang)} · ${queue.id}` }));
      case "skills": return (config?.skills ?? []).map((skill) => ({ value: skill.id, label: `${word(skill.name, lang)} · ${skill.id}` }));
      case "calendars": return Object.keys(record(record(flow.parsed.plain)["calendars"])).map((name) => ({ value: name, label: name }));
      case "flows": return flows.map((id) => ({ value: id, label: id }));
      case "languages": return flow.languages.map((one) => ({ value: one, label: one }));
      default: return null;
    }
  };
}

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "*", "#"];

/** Inputs for one field of a step or of the flow, made from its shape. Every change is written into the text at once. */
export function FieldRow({ field, path, value }: { field: Field; path: Path; value: Plain | undefined }) {
  const { t } = useTranslation("flows");
  const lang = useLang();
  const id = useId();
  const { place } = useEditing();
  const looked = place === path.join(".") ? " fl-looked" : "";
  const named = fieldWord(field.name === "timeout" && field.shape.kind === "number" ? LIMIT : field.name, lang);
  const block = field.shape.kind === "record" || field.shape.kind === "map" || field.shape.kind === "list";
  const label = <>{named}{field.required || field.preset !== undefined || value !== undefined ? null : <span className="faint"> {t("form.optional")}</span>}</>;
  return block ? (
    <fieldset className={`fl-block${looked}`} data-field={path.join(".")}><legend>{label}</legend><Entry shape={field.shape} path={path} value={value} label={named} field={field} /></fieldset>
  ) : (
    <div className={`fl-row${looked}`} data-field={path.join(".")}>
      <label htmlFor={id}>{label}</label>
      <Entry id={id} shape={field.shape} path={path} value={value} label={named} field={field} />
    </div>
  );
}

function Entry({ shape, path, value, label, field, id }: { shape: Shape; path: Path; value: Plain | undefined; label: string; field?: Field; id?: string }): ReactNode {
  const { t } = useTranslation("flows");
  const lang = useLang();
  const { draft, change, editable, select, flow } = useEditing();
  const offers = useOffers();
  const text = typeof value === "string" ? value : "";
  const set = (next: Value | null | undefined): void => {
    const gone = next === null || next === undefined || (next === "" && field?.required !== true && field?.preset !== "#");
    change(gone ? drop(draft.text, path) : put(draft.text, path, next), path.join("."));
  };
  const common = { disabled: !editable, "aria-label": label, ...(id === undefined ? {} : { id }), "data-testid": `field-${path.join(".")}` };
  switch (shape.kind) {
    case "yes": return <Switch {...common} checked={(text === "" ? field?.preset : text === "true") === true} onChange={(on) => set(on === field?.preset ? null : on)} />;
    case "number": return <InputNumber {...common} value={text === "" ? null : Number(text)} placeholder={typeof field?.preset === "number" ? String(field.preset) : ""} {...(shape.least === null ? {} : { min: shape.least })} {...(shape.most === null ? {} : { max: shape.most })} {...(shape.whole ? { precision: 0 } : {})} changeOnWheel={false} onChange={set} />;
    case "choice": return <Select {...common} allowClear={field?.required !== true} value={value === undefined ? null : text} placeholder={typeof field?.preset === "string" ? optionWord(field.preset, lang) : t("form.optional")} options={shape.options.map((option) => ({ value: option, label: option === "" || /\w/.test(option) ? optionWord(option, lang) : option }))} onChange={(next: string | undefined) => (next === "" ? change(put(draft.text, path, "")) : set(next))} />;
    case "name": {
      const known = offers(shape.names);
      if (known === null) return <AutoComplete {...common} value={text} options={usedElsewhere(flow.parsed.plain, String(path.at(-1))).map((one) => ({ value: one }))} onChange={set} className="fl-mono" />;
      const missing = text !== "" && !known.some((one) => one.value === text);
      return (
        <span className="fl-name-input">
          <Select {...common} showSearch={{ optionFilterProp: "label" }} allowClear={field?.required === false} value={text === "" ? null : text} {...(missing ? { status: "error" } : {})} placeholder={typeof field?.preset === "string" ? field.preset : ""} options={missing ? [{ value: text, label: `${text} (${t("noStep")})` }, ...known] : known} popupMatchSelectWidth={360} onChange={set} />
          {shape.names === "steps" && text !== "" && !missing ? <Button type="text" icon={<Icon name="right" />} className="fl-go" aria-label={t("form.go")} title={t("form.go")} onClick={() => select(text)} /> : null}
        </span>
      );
    }
    case "record": return <Record shape={shape} path={path} value={value} />;
    case "either": {
      const option = shape.options.find((one) => value !== undefined && fits(one, value)) ?? shape.options[0];
      return option === undefined ? null : <Entry shape={option} path={path} value={value} label={label} {...(field === undefined ? {} : { field })} />;
    }
    case "list": return <List shape={shape} path={path} value={value} label={label} />;
    case "map": return <Entries shape={shape} path={path} value={value} label={label} />;
    case "text": return <Input {...common} value={text} {...(shape.most === null ? {} : { maxLength: shape.most })} className={shape.cel ? "fl-mono" : ""} placeholder={shape.cel ? t("form.expression") : ""} spellCheck={false} autoComplete="off" onChange={(event) => set(event.target.value)} />;
  }
}

/** What is required first; the rest when it is written or asked for. */
function Record({ shape, path, value }: { shape: Shape & { kind: "record" }; path: Path; value: Plain | undefined }) {
  return <div className="fl-record">{shape.fields.map((field) => <FieldRow key={field.name} field={field} path={[...path, field.name]} value={record(value)[field.name]} />)}</div>;
}

function List({ shape, path, value, label }: { shape: Shape & { kind: "list" }; path: Path; value: Plain | undefined; label: string }) {
  const { t } = useTranslation("flows");
  const { draft, change, editable, flow, prompts } = useEditing();
  const items: readonly Plain[] = value === undefined ? [] : Array.isArray(value) ? (value as readonly Plain[]) : [value];
  const write = (next: readonly Value[]): void => {
    const [only] = next;
    change(next.length === 0 ? drop(draft.text, path) : put(draft.text, path, shape.bare && next.length === 1 && only !== undefined ? only : next));
  };
  const offer = (names: string): string => (names === "steps" ? flow.fallback : names === "prompts" ? ([...(prompts?.keys() ?? [])][0] ?? "") : "");
  const options = shape.item.kind === "either" ? shape.item.options : [shape.item];
  const word = (option: Shape): string => (option.kind === "name" && option.names === "prompts" ? t("form.addPrompt") : option.kind === "record" && shape.bare ? t("form.addValue") : t("form.addOne"));
  return (
    <div className="fl-items">
      {items.map((item, place) => (
        // Rows have no names of their own; they are what their place says.
        <div key={place} className={typeof item === "object" ? "fl-entry fl-entry-wide" : "fl-entry"}>
          <Entry shape={shape.item} path={Array.isArray(value) ? [...path, place] : path} value={item} label={`${label} ${place + 1}`} field={{ name: "", shape: shape.item, required: true, preset: undefined }} />
          {editable ? (
            <span className="fl-entry-tools">
              {place > 0 ? <Button size="small" type="text" icon={<Icon name="up" />} aria-label={t("form.up")} title={t("form.up")} onClick={() => write([...items.slice(0, place - 1), item, ...items.slice(place - 1, place), ...items.slice(place + 1)])} /> : null}
              <Button size="small" type="text" icon={<Icon name="close" />} aria-label={t("form.takeOut")} title={t("form.takeOut")} onClick={() => write(items.filter((_, other) => other !== place))} />
            </span>
          ) : null}
        </div>
      ))}
      {editable && items.length < (shape.most ?? Infinity) ? <span className="fl-adds">{options.map((option, place) => <Button key={word(option) + String(place)} size="small" onClick={() => write([...items, option.kind === "record" ? filled(option, offer) : blank(option, offer)])}>＋ {word(option)}</Button>)}</span> : null}
    </div>
  );
}

/** A value to be said, or a condition, to begin with: what is wanted is typed then. */
function filled(shape: Shape, offer: (names: string) => string): Value {
  const value = blank(shape, offer);
  return typeof value === "object" && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, one === "" ? "caller.phone" : one])) : value;
}

function Entries({ shape, path, value, label }: { shape: Shape & { kind: "map" }; path: Path; value: Plain | undefined; label: string }) {
  const { t } = useTranslation("flows");
  const lang = useLang();
  const { draft, change, editable, flow, place } = useEditing();
  const offers = useOffers();
  const entries = Object.entries(record(value));
  const keyed = path.at(-1) === "keys";
  const sorted = keyed ? [...entries].sort(([a], [b]) => KEYS.indexOf(a) - KEYS.indexOf(b)) : entries;
  const possible = keyed ? KEYS : shape.options ?? (shape.keys !== null ? (offers(shape.keys) ?? []).map((one) => one.value) : shape.pattern === "^[a-z]{2}$" ? flow.languages : null);
  const free = possible?.filter((one) => !Object.hasOwn(record(value), one));
  const offer = (names: string): string => (names === "steps" ? flow.fallback : "");
  const start = (): Value => (shape.value.kind === "number" ? (shape.value.least ?? 1) : shape.value.kind === "map" ? {} : shape.value.kind === "name" ? blank(shape.value, offer) : shape.value.kind === "either" || (shape.value.kind === "text" && shape.value.cel) ? "caller.phone" : "…");
  const add = (key: string): void => change(put(draft.text, [...path, key], start()));
  const name = (key: string): string => (keyed ? t("form.pressed", { key }) : shape.options !== null ? optionWord(key, lang) : key);
  return (
    <div className="fl-items">
      {sorted.map(([key, one]) => (
        <div key={key} data-field={[...path, key].join(".")} className={place === [...path, key].join(".") ? "fl-entry fl-looked" : "fl-entry"}>
          <span className="fl-entry-key">{keyed ? <kbd className="fl-key">{key}</kbd> : <span className={shape.options === null ? "fl-mono" : ""}>{name(key)}</span>}</span>
          <Entry shape={shape.value} path={[...path, key]} value={one} label={`${label} ${name(key)}`} field={{ name: key, shape: shape.value, required: true, preset: undefined }} />
          {editable ? <span className="fl-entry-tools"><Button size="small" type="text" icon={<Icon name="close" />} aria-label={`${t("form.takeOut")} ${name(key)}`} title={t("form.takeOut")} onClick={() => change(drop(draft.text, [...path, key]))} /></span> : null}
        </div>
      ))}
      {!editable || sorted.length >= (shape.most ?? Infinity) || free?.length === 0 ? null : free === undefined ? <NewKey pattern={shape.pattern} taken={entries.map(([key]) => key)} add={add} label={label} /> : (
        <Select size="small" className="fl-add-key" value={null} placeholder={`＋ ${keyed ? t("form.key") : t("form.addOne")}`} aria-label={`${t("form.addOne")} ${label}`} data-testid={`add-${path.join(".")}`} popupMatchSelectWidth={false} options={free.map((key) => ({ value: key, label: name(key) }))} onChange={(key: string | null) => { if (key !== null) add(key); }} />
      )}
    </div>
  );
}

function NewKey({ pattern, taken, add, label }: { pattern: string | null; taken: readonly string[]; add: (key: string) => void; label: string }) {
  const { t } = useTranslation("flows");
  const right = (key: string): boolean => key !== "" && !taken.includes(key) && (pattern === null || new RegExp(pattern, "u").test(key));
  return <Input.Search size="small" className="fl-add-key" placeholder={`＋ ${t("form.addOne")}`} aria-label={`${t("form.addOne")} ${label}`} enterButton={<Button size="small">{t("form.addOne")}</Button>} onSearch={(key) => { if (right(key.trim())) add(key.trim()); }} />;
}

/** What stands in fields of this name in other steps: connectors, actions, scripts. */
function usedElsewhere(plain: Plain, field: string): string[] {
  const found = Object.values(record(record(plain)["steps"])).map((step) => record(step)[field]).filter((one): one is string => typeof one === "string");
  return [...new Set(found)].sort();
}
