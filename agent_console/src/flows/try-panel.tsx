import { Button, Checkbox, Input, Select } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { TFunction } from "i18next";
import { Problem } from "../api/client";
import { problemText } from "../shared/words";
import { server } from "./api";
import type { Answer, Awaited, Fault, Heard, Pretended, Walk } from "./api";
import { useEditing } from "./context";
import { at } from "./document";
import { fieldsRead } from "./outline";
import { Faults } from "./problems";
import { optionWord } from "./words";
import { useLang } from "../i18n";

const PAD = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const REASONS = ["timeout", "unreachable", "refused", "not_found", "bad_answer", "busy"];
const NOBODY: Pretended = { grade: "", language: "", known: false, phone: "", at: null };

/** Walk through the flow as it is in the editor: keys are pressed, and what a caller would hear is read. */
export function TryPanel() {
  const { t } = useTranslation("flows");
  const { t: common } = useTranslation();
  const { id, draft, flow, setWalked, select } = useEditing();
  const [caller, setCaller] = useState(NOBODY);
  const [answers, setAnswers] = useState<readonly Answer[]>([]);
  const [walk, setWalk] = useState<Walk | null>(null);
  const [failed, setFailed] = useState<{ text: string; problems: readonly Fault[] } | null>(null);
  const broken = flow.mistakes.length > 0;
  const end = useRef<HTMLDivElement>(null);

  // The whole way is walked anew with every answer, so what was changed in between counts at once.
  useEffect(() => {
    if (broken) return;
    const stop = new AbortController();
    const later = setTimeout(() => {
      server.simulate(id, draft.text, answers, caller, stop.signal).then((found) => {
        setWalk(found);
        setFailed(null);
        setWalked(found.steps.map((one) => one.step));
      }, (problem: unknown) => {
        if (stop.signal.aborted) return;
        const faults = problem instanceof Problem && Array.isArray(problem.body["problems"]) ? (problem.body["problems"] as readonly Fault[]) : [];
        setWalk(null);
        setFailed({ text: faults.length > 0 ? t("tryOut.cannot") : t("tryOut.failed", { why: problemText(problem, common) }), problems: faults });
      });
    }, 150);
    return () => {
      clearTimeout(later);
      stop.abort();
    };
  }, [id, draft.text, answers, caller, broken, setWalked, t, common]);
  useEffect(() => () => setWalked([]), [setWalked]);
  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" });
  }, [walk]);

  const answer = (one: Answer): void => setAnswers((before) => [...before, one]);
  return (
    <section className="fl-try" data-testid="try">
      <p className="faint">{t("tryOut.lead")}</p>
      <Caller caller={caller} change={(next) => { setCaller(next); setAnswers([]); }} />
      {failed === null ? null : <div role="alert"><p className="fl-note fl-note-bad">{failed.text}</p><Faults problems={failed.problems} /></div>}
      {walk === null ? null : (
        <ol className="fl-walk" data-testid="walk">{walk.steps.map((one, place) => (
          // The same step may be passed again; its place in the way is its name.
          <Line key={place} heard={one} open={walk.awaits !== null && place === walk.steps.length - 1} go={() => select(one.step)} />
        ))}</ol>
      )}
      {walk === null ? null : walk.awaits === null ? <p className="fl-note" role="status">{t("tryOut.over")}</p> : walk.awaits.kind === "keys" ? (
        <Keypad key={answers.length} awaits={walk.awaits} answer={answer} />
      ) : "answers" in walk.awaits ? <Choices key={answers.length} awaits={walk.awaits} answer={answer} />
        : <Connector key={answers.length} awaits={walk.awaits} step={walk.steps.at(-1)?.step ?? ""} answer={answer} />}
      <div ref={end} />
      <div className="fl-try-tools">
        <Button size="small" disabled={answers.length === 0} onClick={() => setAnswers(answers.slice(0, -1))}>{t("tryOut.back")}</Button>
        <Button size="small" disabled={answers.length === 0} onClick={() => setAnswers([])}>{t("tryOut.again")}</Button>
      </div>
      {walk === null || Object.keys(walk.shown).length === 0 ? null : <Known title={t("tryOut.shown")} values={walk.shown} />}
      {walk === null || Object.keys(walk.variables).length === 0 ? null : <Known title={t("tryOut.variables")} values={walk.variables} />}
    </section>
  );
}

function Line({ heard, open, go }: { heard: Heard; open: boolean; go: () => void }) {
  const { t } = useTranslation("flows");
  const what = heard.kind === "queue" ? `${t("tryOut.queue")} ${heard.detail}` : heard.kind === "ask" ? `${t("tryOut.asked")} ${heard.detail}` : heard.kind === "script" ? `${t("tryOut.script")} ${heard.detail}`
    : heard.kind === "transfer" ? `${t("tryOut.transfer")} ${heard.detail}` : heard.kind === "callback" ? `${t("tryOut.callback")} ${heard.detail}` : heard.kind === "dictate" ? t("tryOut.dictate")
    : heard.kind === "message" ? t("tryOut.message") : heard.kind === "hang_up" ? t("tryOut.hang_up") : heard.kind === "left" ? t("tryOut.left") : "";
  const did = heard.kind === "keys" ? (heard.did === "" ? t("tryOut.nothing") : heard.did === "hangup" ? t("tryOut.hangUp") : t("tryOut.pressed", { keys: heard.did })) : doneWord(heard.did, t);
  return (
    <li className={`fl-heard fl-heard-${heard.kind}`}>
      {heard.texts.length === 0 ? null : <p className="fl-bubble">{heard.texts.join(" ")}</p>}
      {what === "" ? null : <p className="fl-what">{what}</p>}
      <span className="fl-did"><button type="button" className="fl-at" onClick={go}>{heard.step}</button>{open || did === "" ? null : <span className="fl-answered">{did}</span>}</span>
    </li>
  );
}

const DONE = ["answered", "speak", "fail", "fail:no_answer", "fail:busy", "fail:refused", "fail:not_allowed"] as const;

/** What somebody did who cannot press keys here. */
function doneWord(did: string, t: TFunction<"flows">): string {
  if (did === "-") return t("tryOut.nothing");
  const known = DONE.find((one) => one === did);
  return known === undefined ? did : t(`tryOut.did_${known.replace("fail:", "") as "answered"}`);
}

/** What the other side of a transfer does, or a caller who is to speak. */
function Choices({ awaits, answer }: { awaits: Awaited & { kind: "transfer" | "dictate" }; answer: (one: Answer) => void }) {
  const { t } = useTranslation("flows");
  return (
    <div className="fl-ask" role="group" aria-label={t(`tryOut.${awaits.kind}`)} data-testid="try-choices">
      <p className="fl-wants" role="status">{awaits.kind === "transfer" ? t("tryOut.waitTransfer", { target: awaits.target }) : t("tryOut.waitDictate")}</p>
      <div className="fl-adds">{awaits.answers.map((one, place) => <Button key={one} type={place === 0 ? "primary" : "default"} data-testid={`try-${one}`} onClick={() => answer(one)}>{doneWord(one, t)}</Button>)}
        <Button danger type="text" onClick={() => answer("hangup")}>{t("tryOut.hangUp")}</Button></div>
    </div>
  );
}

function Keypad({ awaits, answer }: { awaits: Awaited & { kind: "keys" }; answer: (one: Answer) => void }) {
  const { t } = useTranslation("flows");
  const [keyed, setKeyed] = useState("");
  const press = (key: string): void => {
    const next = keyed + key;
    if (key === awaits.end || next.length + awaits.begun.length >= awaits.most) answer(next);
    else setKeyed(next);
  };
  const pad = useRef<HTMLDivElement>(null);
  useEffect(() => {
    pad.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div className="fl-pad" ref={pad} tabIndex={0} role="group" aria-label={t("tryOut.keypad")} data-testid="keypad" onKeyDown={(event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return;
      if (PAD.includes(event.key)) press(event.key);
      else if (event.key === "Enter" && keyed !== "") answer(keyed);
      else if (event.key === "Backspace") setKeyed(keyed.slice(0, -1));
      else return;
      event.preventDefault();
    }}>
      <p className="fl-wants" role="status">{awaits.most === 1 ? t("tryOut.waitKeys", { seconds: awaits.seconds }) : <>{t("tryOut.waitNumber", { most: awaits.most })}{awaits.end === "" ? null : <> · {t("tryOut.endKey", { end: awaits.end })}</>}</>}</p>
      {awaits.most > 1 ? <output className="fl-keyed num">{awaits.secret ? "•".repeat(keyed.length) : awaits.begun + keyed || " "}</output> : null}
      <div className="fl-pad-keys">{PAD.map((key) => <button key={key} type="button" data-testid={`try-key-${key}`} onClick={() => press(key)}>{key}</button>)}</div>
      <div className="fl-pad-more">
        {awaits.most > 1 && keyed !== "" ? <Button type="primary" onClick={() => answer(keyed)}>{t("tryOut.done")}</Button> : <Button data-testid="try-silence" onClick={() => answer("-")}>{t("tryOut.silence")}</Button>}
        <Button danger type="text" onClick={() => answer("hangup")}>{t("tryOut.hangUp")}</Button>
      </div>
    </div>
  );
}

function Connector({ awaits, step, answer }: { awaits: Awaited & { kind: "ask" | "script" }; step: string; answer: (one: Answer) => void }) {
  const { t } = useTranslation("flows");
  const lang = useLang();
  const { flow, draft } = useEditing();
  const into = at(flow.parsed.plain, ["steps", step, "into"]);
  const [fields, setFields] = useState<readonly (readonly [string, string])[]>(() => fieldsRead(draft.text, typeof into === "string" ? into : "").map((name) => [name, ""] as const));
  const [why, setWhy] = useState("timeout");
  const value = (text: string): string | boolean => (text === "true" ? true : text === "false" ? false : text);
  return (
    <form className="fl-ask" data-testid="try-connector" onSubmit={(event) => {
      event.preventDefault();
      answer(Object.fromEntries(fields.filter(([name, text]) => name !== "" && text !== "").map(([name, text]) => [name, value(text)])));
    }}>
      <p className="fl-wants" role="status">{t(awaits.kind === "ask" ? "tryOut.waitAsk" : "tryOut.waitScript", { target: awaits.target })}</p>
      {fields.map(([name, text], place) => (
        <div key={place} className="fl-entry">
          <Input className="fl-mono" value={name} aria-label={t("tryOut.field")} placeholder={t("tryOut.field")} maxLength={64} onChange={(event) => setFields(fields.map((one, other) => (other === place ? [event.target.value, one[1]] : one)))} />
          <Input value={text} aria-label={name} maxLength={200} onChange={(event) => setFields(fields.map((one, other) => (other === place ? [one[0], event.target.value] : one)))} />
        </div>
      ))}
      <span className="faint fl-small">{t("tryOut.valueHint")}</span>
      <div className="fl-adds"><Button size="small" onClick={() => setFields([...fields, ["", ""]])}>＋ {t("tryOut.addField")}</Button></div>
      <div className="fl-pad-more">
        <Button type="primary" htmlType="submit">{t("tryOut.answer")}</Button>
        <span className="fl-fail"><Button onClick={() => answer(`fail:${why}`)}>{t("tryOut.fail")}</Button>
          <Select value={why} aria-label={t("tryOut.why")} onChange={setWhy} options={REASONS.map((one) => ({ value: one, label: optionWord(one, lang) }))} /></span>
        <Button danger type="text" onClick={() => answer("hangup")}>{t("tryOut.hangUp")}</Button>
      </div>
    </form>
  );
}

function Caller({ caller, change }: { caller: Pretended; change: (next: Pretended) => void }) {
  const { t } = useTranslation("flows");
  const { flow } = useEditing();
  const [open, setOpen] = useState(false);
  const local = caller.at === null ? "" : new Date(new Date(caller.at).getTime() - new Date(caller.at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
  const said = [caller.known ? t("tryOut.known") : "", caller.grade, caller.language, caller.phone, local.replace("T", " ")].filter(Boolean).join(" · ");
  return (
    <details className="fl-caller" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("tryOut.caller")}{said === "" ? null : <span className="faint"> {said}</span>}</summary>
      <div className="fl-record">
        <Checkbox checked={caller.known} onChange={(event) => change({ ...caller, known: event.target.checked })}>{t("tryOut.known")}</Checkbox>
        <label className="fl-row"><span>{t("tryOut.grade")}</span><Input value={caller.grade} maxLength={40} placeholder="gold" onChange={(event) => change({ ...caller, grade: event.target.value })} /></label>
        <label className="fl-row"><span>{t("tryOut.phone")}</span><Input value={caller.phone} maxLength={40} placeholder="+8613809000001" onChange={(event) => change({ ...caller, phone: event.target.value })} /></label>
        <label className="fl-row"><span>{t("tryOut.language")}</span><Select allowClear value={caller.language === "" ? null : caller.language} options={flow.languages.map((one) => ({ value: one, label: one }))} onChange={(next: string | undefined) => change({ ...caller, language: next ?? "" })} /></label>
        <label className="fl-row"><span>{t("tryOut.at")}</span><Input type="datetime-local" value={local} onChange={(event) => change({ ...caller, at: event.target.value === "" ? null : new Date(event.target.value).toISOString() })} /></label>
      </div>
    </details>
  );
}

function Known({ title, values }: { title: string; values: Readonly<Record<string, unknown>> }) {
  return (
    <details className="fl-known" open><summary>{title}</summary>
      <dl>{Object.entries(values).map(([name, value]) => <div key={name}><dt className="fl-mono">{name}</dt><dd>{typeof value === "string" ? value : JSON.stringify(value)}</dd></div>)}</dl>
    </details>
  );
}
