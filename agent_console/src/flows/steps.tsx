import { useTranslation } from "react-i18next";
import { useLang } from "../i18n";
import { Icon } from "../shared/icons";
import { useEditing } from "./context";
import { addStep, put } from "./document";
import type { Path, Value } from "./document";
import { StepIcon } from "./icons";
import { StepWords, stepTitle } from "./node";
import { freeName, stepOf } from "./outline";
import { blank } from "./schema";
import { kindWord, wayWord } from "./words";

const HINTS = ["connecting", "goodbye", "no_input", "wrong_key", "voicemail"];

/** Write a new step of a kind behind the one it was drawn from, or the selected one, and go to it. */
export function useAddStep(): (kind: string, from?: { from: string; path: Path }) => void {
  const { draft, flow, schema, selected, change, select, config, prompts } = useEditing();
  return (kind, from) => {
    const offers: Readonly<Record<string, string>> = {
      steps: flow.fallback, queues: config?.queues.find((queue) => queue.id === "general")?.id ?? config?.queues[0]?.id ?? "general",
      prompts: HINTS.find((id) => prompts?.has(id)) ?? [...(prompts?.keys() ?? [])][0] ?? "connecting",
    };
    const offer = (names: string): string => offers[names] ?? "";
    const name = freeName(flow, kind === "return" || kind === "hang_up" ? "bye" : kind);
    const fields = (schema.steps[kind]?.fields ?? []).filter((field) => field.required);
    const value: Value = { do: kind, ...Object.fromEntries(fields.map((field) => [field.name, known(field.name, kind, offers["steps"] ?? "", flow.languages) ?? blank(field.shape, offer)])) };
    const behind = from?.from ?? (selected === "" ? null : selected);
    const added = addStep(draft.text, name, value, behind);
    change(from === undefined ? added : put(added, ["steps", from.from, ...from.path], name));
    select(name);
  };
}

/** Sensible beginnings where the schema only says what is possible. */
function known(field: string, kind: string, to: string, languages: readonly string[]): Value | undefined {
  switch (field) {
    case "timeout": return kind === "menu" || kind === "collect" ? { seconds: 5, repeats: 1, prompt: "no_input", next: to } : undefined;
    case "wrong_key": return { prompt: "wrong_key", tries: 3, next: to };
    case "keys": return { "1": to, "0": to };
    case "into": return "answer";
    case "language": return languages.at(-1) ?? "en";
    case "when": return [{ if: "caller.known", next: to }];
    default: return undefined;
  }
}

/** The flow as a list: what a small screen and a screen reader get instead of the canvas. */
export function StepList() {
  const { t } = useTranslation("flows");
  const lang = useLang();
  const { flow, prompts, problems, selected, select } = useEditing();
  const names = new Map(flow.steps.map((step) => [step.name, stepTitle(step, lang) === kindWord(step.kind, lang) ? step.name : stepTitle(step, lang)]));
  return (
    <ol className="fl-list" data-testid="step-list">
      {flow.steps.map((step) => {
        const wrong = problems.filter((problem) => stepOf(problem.path, flow) === step.name).length;
        return (
          <li key={step.name}>
            <button type="button" className={step.name === selected ? "fl-item selected" : "fl-item"} aria-pressed={step.name === selected} onClick={() => select(step.name)}>
              <span className={`fl-kind fl-kind-${step.kind}`}><StepIcon kind={step.kind} size={18} /></span>
              <span className="fl-item-main">
                <span className="fl-item-head"><b>{stepTitle(step, lang)}</b> <span className="fl-name">{step.name}</span>
                  {step.name === flow.start ? <span className="fl-role fl-role-start">{t("start")}</span> : null}
                  {step.name === flow.fallback ? <span className="fl-role fl-role-fallback">{t("fallbackHere")}</span> : null}
                  {wrong > 0 ? <span className="fl-flag fl-flag-count"><Icon name="alert" size={14} /> {t("problems", { count: wrong })}</span> : null}
                </span>
                <span className="fl-item-words"><StepWords step={step} prompts={prompts} /></span>
                <span className="fl-item-ways">{step.ways.map((way) => {
                  const label = wayWord(way.path, lang);
                  return <span key={way.path.join(".")} className="fl-chip">{label.key === "" ? <span className="faint">{label.words}</span> : <kbd className="fl-key">{label.key}</kbd>} {names.get(way.to) ?? <span className="fl-gone">{way.to}</span>}</span>;
                })}</span>
              </span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}
