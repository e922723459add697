import { Button, Input, Modal, Select } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLang } from "../i18n";
import { useEditing } from "./context";
import { at, dropStep, putAll, rename } from "./document";
import { FieldRow } from "./fields";
import { StepIcon } from "./icons";
import { stepTitle } from "./node";
import { stepOf, waysTo } from "./outline";
import type { StepView } from "./outline";
import { Faults } from "./problems";
import { record } from "./schema";
import { kindWord } from "./words";

/** The form of the chosen step, or of the flow itself. */
export function StepPanel() {
  const { t } = useTranslation("flows");
  const { flow, selected, schema, select } = useEditing();
  const step = flow.steps.find((one) => one.name === selected);
  if (flow.mistakes.length > 0) return <p className="fl-note">{t("form.broken")}</p>;
  if (step !== undefined) return <StepForm key={step.name} step={step} />;
  return (
    <section className="fl-form" data-testid="flow-form">
      <h2>{t("form.none")}</h2>
      <p className="faint">{t("form.pick")}</p>
      {schema.head.map((field) => <FieldRow key={field.name} field={field} path={[field.name]} value={at(flow.parsed.plain, [field.name])} />)}
      {flow.steps.some((one) => one.name === flow.start) ? <Button type="link" className="fl-link" onClick={() => select(flow.start)}>{t("startsHere")} →</Button> : null}
    </section>
  );
}

function StepForm({ step }: { step: StepView }) {
  const { t } = useTranslation("flows");
  const lang = useLang();
  const { flow, schema, problems, draft, change, select, editable, place } = useEditing();
  const [removing, setRemoving] = useState(false);
  // A problem that was clicked: its field, or the one it lies in.
  useEffect(() => {
    const parts = place.split(".");
    for (let length = parts.length; length > 2; length -= 1) {
      const field = document.querySelector<HTMLElement>(`[data-field="${CSS.escape(parts.slice(0, length).join("."))}"]`);
      if (field === null) continue;
      field.scrollIntoView({ block: "center" });
      field.querySelector<HTMLElement>("input, textarea, button")?.focus({ preventScroll: true });
      return;
    }
  }, [place]);
  const kind = schema.steps[step.kind];
  const fields = kind?.fields ?? [];
  const written = record(at(flow.parsed.plain, ["steps", step.name]));
  const mine = problems.filter((problem) => stepOf(problem.path, flow) === step.name);
  const from = [...new Set(waysTo(flow, step.name).map((path) => (path[0] === "steps" ? String(path[1]) : "")))].filter((name) => name !== "" && name !== step.name);
  // What people come for first: what is said, then where it leads; the title, which agents see, last.
  const order = [...fields.filter((field) => field.name === "prompt"), ...fields.filter((field) => field.name !== "prompt" && field.name !== "title"), ...fields.filter((field) => field.name === "title")];
  return (
    <section className="fl-form" tabIndex={-1} data-testid="step-form" data-step={step.name} aria-label={stepTitle(step, lang)} onKeyDown={(event) => {
      // Back to where the step was chosen from.
      if (event.key === "Escape" && !event.defaultPrevented && document.querySelector(".ant-select-open") === null) document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(step.name)}"]`)?.focus();
    }}>
      <header className="fl-form-head">
        <span className={`fl-kind fl-kind-${step.kind}`}><StepIcon kind={step.kind} size={20} /></span>
        <div><h2>{stepTitle(step, lang)}</h2><span className="faint">{stepTitle(step, lang) === kindWord(step.kind, lang) ? step.name : `${kindWord(step.kind, lang)} · ${step.name}`}</span></div>
        <Button type="text" size="small" className="fl-whole" onClick={() => select("")}>{t("form.none")}</Button>
      </header>
      <Faults problems={mine} />
      <StepName step={step} />
      {order.map((field) => <FieldRow key={field.name} field={field} path={["steps", step.name, field.name]} value={written[field.name]} />)}
      {from.length > 0 ? (
        <div className="fl-from"><span className="faint">{t("form.from")}</span>{from.map((name) => <Button key={name} size="small" type="link" onClick={() => select(name)}>{name}</Button>)}</div>
      ) : null}
      {editable ? <Button danger type="text" className="fl-remove" data-testid="remove-step" onClick={() => setRemoving(true)}>{t("form.remove")}</Button> : null}
      {removing ? <Removing step={step} close={() => setRemoving(false)} remove={(instead) => {
        const paths = waysTo(flow, step.name).filter((path) => path[1] !== step.name);
        change(dropStep(instead === null ? draft.text : putAll(draft.text, paths, instead), step.name));
        select("");
      }} /> : null}
    </section>
  );
}

function StepName({ step }: { step: StepView }) {
  const { t } = useTranslation("flows");
  const { flow, draft, change, select, editable } = useEditing();
  const [name, setName] = useState(step.name);
  const taken = name !== step.name && flow.steps.some((one) => one.name === name);
  const wrong = !/^[a-z][a-z0-9_]{0,63}$/.test(name);
  const apply = (): void => {
    if (taken || wrong || name === step.name) return;
    change(rename(draft.text, step.name, name, waysTo(flow, step.name)));
    select(name);
  };
  return (
    <div className="fl-row" data-field="name">
      <label htmlFor="fl-step-name">{t("form.name")}</label>
      <div>
        <Input id="fl-step-name" data-testid="step-name" className="fl-mono" disabled={!editable} value={name} maxLength={64} spellCheck={false} {...(taken || wrong ? { status: "error" as const } : {})} onChange={(event) => setName(event.target.value)} onBlur={apply} onPressEnter={apply} />
        {taken || wrong ? <span className="fl-wrong" role="alert">{t(taken ? "form.taken" : "form.badName")}</span> : null}
      </div>
    </div>
  );
}

function Removing({ step, close, remove }: { step: StepView; close: () => void; remove: (instead: string | null) => void }) {
  const { t } = useTranslation("flows");
  const { flow } = useEditing();
  const leading = waysTo(flow, step.name).filter((path) => path[1] !== step.name);
  const [instead, setInstead] = useState(step.ways[0]?.to !== undefined && step.ways[0].to !== step.name ? step.ways[0].to : flow.fallback);
  const fallback = step.name === flow.fallback;
  return (
    <Modal open title={t("form.removeTitle", { name: step.name })} okText={t("form.removeOk")} okButtonProps={{ danger: true, disabled: fallback, "data-testid": "remove-ok" }} onCancel={close} onOk={() => { close(); remove(leading.length === 0 ? null : instead); }}>
      {fallback ? <p>{t("form.fallbackKept")}</p> : leading.length === 0 ? <p>{t("form.removeNone")}</p> : (
        <label className="fl-instead"><span>{t("form.leadHere", { count: leading.length })}</span>
          <Select showSearch value={instead} onChange={setInstead} options={flow.steps.filter((one) => one.name !== step.name).map((one) => ({ value: one.name, label: one.name }))} />
        </label>
      )}
    </Modal>
  );
}
