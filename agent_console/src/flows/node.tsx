import { Handle, Position } from "@xyflow/react";
import type { Node, NodeProps } from "@xyflow/react";
import { memo } from "react";
import { useTranslation } from "react-i18next";
import { useLang } from "../i18n";
import { word } from "../shared/format";
import { Icon } from "../shared/icons";
import type { PromptText } from "./api";
import { StepIcon } from "./icons";
import type { StepView, Way } from "./outline";
import { kindWord, promptWords, wayWord } from "./words";

export const WIDTH = 264;
const HEAD = 46;
const WORDS = 44;
const ROW = 26;
const FOOT = 8;

/** The height a step is drawn with; style.css of the designer says the same. */
export function heightOf(step: StepView): number {
  return HEAD + (step.prompts.length > 0 || step.about !== "" ? WORDS : 0) + step.ways.length * ROW + FOOT;
}

/** Names the dot a way starts from; the canvas looks for it by a CSS selector, so there is no quote in it. */
export const handleOf = (way: Way): string => way.path.join(".");

export interface StepData extends Record<string, unknown> {
  step: StepView;
  prompts: ReadonlyMap<string, PromptText> | undefined;
  /** Title of every step there is, by name. */
  names: ReadonlyMap<string, string>;
  back: ReadonlySet<string>;
  role: "start" | "fallback" | "";
  worst: "error" | "warning" | "";
  walked: "now" | "before" | "";
  editable: boolean;
}
export type StepNode = Node<StepData, "step">;

/** What a step says to a caller, in the page's language, else what it is about. */
export function StepWords({ step, prompts }: { step: StepView; prompts: ReadonlyMap<string, PromptText> | undefined }) {
  const lang = useLang();
  const said = step.prompts.map((prompt) => promptWords(prompt, prompts, lang)).join(" ");
  return <>{said === "" ? null : <span className="fl-said">{said}</span>}{step.about === "" ? null : <span className="fl-about">{step.about}</span>}</>;
}

export function stepTitle(step: StepView, lang: "zh" | "en"): string {
  return word(step.title, lang) || kindWord(step.kind, lang);
}

function Row({ way, names, back }: { way: Way; names: ReadonlyMap<string, string>; back: boolean }) {
  const { t } = useTranslation("flows");
  const lang = useLang();
  const label = wayWord(way.path, lang);
  const to = names.get(way.to);
  return (
    <>
      {label.key === "" ? <span className="fl-why">{label.words}</span> : <kbd className="fl-key">{label.key}</kbd>}
      <span className={to === undefined ? "fl-to fl-gone" : "fl-to"} title={to === undefined ? t("noStep") : way.to}>{back ? <span aria-label={t("leadsBack")}>↩ </span> : null}{to ?? way.to}</span>
    </>
  );
}

export const StepCard = memo(function StepCard({ data, selected }: NodeProps<StepNode>) {
  const { t } = useTranslation("flows");
  const lang = useLang();
  const { step, role, worst, walked } = data;
  const title = stepTitle(step, lang);
  return (
    <div className={`fl-node${selected ? " selected" : ""}${worst === "" ? "" : ` fl-${worst}`}${walked === "" ? "" : ` fl-walked-${walked}`}`} data-testid={`node-${step.name}`}>
      <Handle type="target" position={Position.Left} isConnectable={data.editable} isConnectableStart={false} />
      <header>
        <span className={`fl-kind fl-kind-${step.kind}`}><StepIcon kind={step.kind} size={18} /></span>
        <span className="fl-names"><b>{title}</b><span className="fl-name">{title === kindWord(step.kind, lang) ? "" : `${kindWord(step.kind, lang)} · `}{step.name}</span></span>
        {role === "" ? null : <span className={`fl-role fl-role-${role}`}>{role === "start" ? t("start") : t("fallbackHere")}</span>}
        {worst === "" ? null : <span className="fl-flag" title={t(`problem.${worst}`)}><Icon name="alert" size={15} /></span>}
      </header>
      {step.prompts.length > 0 || step.about !== "" ? <div className="fl-words"><StepWords step={step} prompts={data.prompts} /></div> : null}
      {step.ways.map((way) => (
        <div key={handleOf(way)} className="fl-way">
          <Row way={way} names={data.names} back={data.back.has(way.to)} />
          <Handle type="source" position={Position.Right} id={handleOf(way)} isConnectable={data.editable} />
        </div>
      ))}
    </div>
  );
});
