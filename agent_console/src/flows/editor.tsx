import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Dropdown, Segmented, Tabs, Tooltip } from "antd";
import { lazy, Suspense, useCallback, useEffect, useMemo, useReducer, useState } from "react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import { Problem } from "../api/client";
import { useConfig } from "../api/queries";
import { useLang } from "../i18n";
import { dayTime, word } from "../shared/format";
import { Icon } from "../shared/icons";
import { Blank, Failed, Loading } from "../shared/ui";
import { problemText } from "../shared/words";
import { useWorkplace } from "../shell/context";
import { server, useFlow, useFlows, usePrompts, useSchema } from "./api";
import type { FlowDetail, Latest, Version } from "./api";
import { EditingContext, useEditing } from "./context";
import type { Editing, Tab } from "./context";
import { Conflict, Publishing, RollingBack } from "./dialogs";
import { changed, keep, kept, opened, step as advance } from "./draft";
import "./flows.css";
import { StepIcon } from "./icons";
import { outline } from "./outline";
import { ProblemsPanel } from "./problems";
import type { FlowSchema } from "./schema";
import { StepPanel } from "./step-panel";
import { StepList, useAddStep } from "./steps";
import { addTexts } from "./texts";
import { TryPanel } from "./try-panel";
import { useChecked } from "./use-checked";
import { VersionsPanel } from "./versions";
import { kindWord, mistakeWords } from "./words";
import { YamlPane } from "./yaml-pane";

addTexts();
const Canvas = lazy(() => import("./canvas"));
const TABS: readonly Tab[] = ["step", "try", "problems", "yaml", "versions"];
const NARROW = typeof matchMedia === "undefined" ? null : matchMedia("(max-width: 900px)");

/** One flow, opened to be read, changed, tried and published. */
export default function FlowEditor() {
  const { t } = useTranslation("flows");
  const { t: common } = useTranslation();
  const { id = "" } = useParams();
  const { me } = useWorkplace();
  const detail = useFlow(id);
  const schema = useSchema();
  if (!me.permissions.includes("flows.read")) return <div className="page-center"><Blank title={t("denied")} text={t("deniedText")} tone="bad" /></div>;
  const failed = detail.error ?? schema.error;
  if (failed !== null) return <div className="page-center"><Failed text={problemText(failed, common)} retry={() => { void detail.refetch(); void schema.refetch(); }} /></div>;
  if (detail.data === undefined || schema.data === undefined) return <Loading page />;
  return <Editor key={id} detail={detail.data} schema={schema.data} />;
}

function begin({ detail, user }: { detail: FlowDetail; user: string }) {
  const mine = kept(user, detail.id);
  const fresh = opened(detail.yaml, detail.version);
  return mine === null || mine.text === detail.yaml ? fresh : { ...fresh, text: mine.text, base: mine.base, past: [detail.yaml] };
}

function Editor({ detail, schema }: { detail: FlowDetail; schema: FlowSchema }) {
  const { t } = useTranslation("flows");
  const { t: common } = useTranslation();
  const lang = useLang();
  const { message } = App.useApp();
  const client = useQueryClient();
  const { me } = useWorkplace();
  const id = detail.id;
  const user = me.username;
  const editable = me.permissions.includes("flows.edit");
  const prompts = usePrompts().data;
  const config = useConfig().data;
  const flowList = useFlows().data;
  const [draft, dispatch] = useReducer(advance, { detail, user }, begin);
  const [restored, setRestored] = useState(() => {
    const mine = kept(user, id);
    return mine !== null && mine.text !== detail.yaml ? mine : null;
  });
  const [selected, setSelected] = useState("");
  const [place, setPlace] = useState("");
  const [walked, setWalked] = useState<readonly string[]>([]);
  const [tab, setTab] = useState<Tab>("step");
  const [view, setView] = useState<"canvas" | "steps">(NARROW?.matches === true ? "steps" : "canvas");
  const [pane, setPane] = useState<"map" | "panel">("map");
  const [dialog, setDialog] = useState<"publish" | Version | null>(null);
  const [conflict, setConflict] = useState<Latest | null>(null);
  const [saving, setSaving] = useState(false);

  const current = useMemo(() => outline(draft.text, schema), [draft.text, schema]);
  const [good, setGood] = useState(current);
  if (current.mistakes.length === 0 && good !== current) setGood(current);
  const flow = useMemo(() => (current.mistakes.length === 0 ? current : { ...good, mistakes: current.mistakes }), [current, good]);
  const { problems, checking, failed } = useChecked(id, draft.text, detail, flow.mistakes.length > 0);

  useEffect(() => {
    keep(user, id, changed(draft) ? { text: draft.text, base: draft.base, at: Date.now() } : null);
  }, [draft, user, id]);

  const change = useCallback((text: string, mark?: string) => dispatch({ do: "change", text, ...(mark === undefined ? {} : { mark }) }), []);
  const select = useCallback((name: string, where = "") => {
    setSelected(name);
    setPlace(where);
    if (name !== "") {
      setTab((before) => (before === "yaml" || before === "try" ? before : "step"));
      setPane("panel");
    }
  }, []);
  const show = useCallback((next: Tab) => {
    setTab(next);
    setPane("panel");
  }, []);

  const refresh = async (): Promise<FlowDetail> => {
    const now = await server.latest(id);
    client.setQueryData(["flow", id], now);
    void client.invalidateQueries({ queryKey: ["flows"] });
    void client.invalidateQueries({ queryKey: ["flow-versions", id] });
    return now;
  };
  /** False when it was refused; then the page says why. */
  const attempt = async (work: () => Promise<unknown>): Promise<boolean> => {
    setSaving(true);
    try {
      await work();
      await refresh();
      return true;
    } catch (problem) {
      const latest = problem instanceof Problem && problem.code === "changed_meanwhile" ? (problem.body["latest"] as Latest | undefined) : undefined;
      if (latest === undefined) void message.error(problemText(problem, common));
      else setConflict(latest);
      return false;
    } finally {
      setSaving(false);
    }
  };
  /** The version the text has on the server, after saving it if need be. */
  const stored = async (note: string): Promise<number> => {
    if (!changed(draft)) return draft.base;
    const saved = await server.save(id, draft.text, draft.base, note);
    dispatch({ do: "saved", text: draft.text, base: saved.version });
    return saved.version;
  };
  const save = () => attempt(async () => {
    void message.success(t("saved", { n: await stored("") }));
    setRestored(null);
  });
  const publish = async (note: string): Promise<boolean> => {
    const done = await attempt(async () => {
      const published = await server.publish(id, await stored(note), note);
      void message.success(t("publishing.done", { n: published.version }));
      setRestored(null);
    });
    if (!done) setDialog(null);
    return done;
  };
  const open = async (): Promise<void> => {
    const now = await refresh();
    dispatch({ do: "open", text: now.yaml, base: now.version });
    setRestored(null);
    setConflict(null);
  };
  const rollBack = (version: number) => async (note: string): Promise<boolean> => {
    const done = await attempt(async () => {
      const back = await server.rollBack(id, draft.base, version, note);
      void message.success(t("publishing.done", { n: back.version }));
      await open();
    });
    if (!done) setDialog(null);
    return done;
  };

  useEffect(() => {
    const down = (event: KeyboardEvent): void => {
      if (!(event.metaKey || event.ctrlKey) || event.altKey || (event.target instanceof HTMLElement && event.target.closest("[role=dialog]") !== null)) return;
      const key = event.key.toLowerCase();
      if (key === "z") dispatch({ do: event.shiftKey ? "redo" : "undo" });
      else if (key === "y") dispatch({ do: "redo" });
      else if (key === "s") {
        if (editable && changed(draft)) void save();
      } else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", down);
    return () => window.removeEventListener("keydown", down);
  });

  const editing: Editing = {
    id, detail, schema, prompts, config, flows: useMemo(() => (flowList?.items ?? []).map((one) => one.id), [flowList]), draft, flow, problems, checking, editable,
    selected: flow.steps.some((one) => one.name === selected) ? selected : "", place, walked, select, change, show, setWalked,
  };
  const titles = { step: t(editing.selected === "" ? "tab.flow" : "tab.step"), try: t("tab.try"), problems: t("tab.problems"), yaml: t("tab.yaml"), versions: t("tab.versions") };
  const wrong = flow.mistakes.length > 0 ? flow.mistakes.length : problems.length;
  const bad = flow.mistakes.length > 0 || problems.some((problem) => problem.severity === "error");
  return (
    <EditingContext value={editing}>
      <main className="fl-editor" data-pane={pane} data-testid="flow-editor" data-version={draft.base} data-changed={changed(draft)}>
        <Head undo={(back) => dispatch({ do: back ? "undo" : "redo" })} save={() => void save()} saving={saving} publish={() => setDialog("publish")}>
          <div className="fl-bar">
            <Segmented<"canvas" | "steps"> value={view} options={[{ value: "canvas", label: t("canvas") }, { value: "steps", label: t("steps") }]} onChange={(next) => { setView(next); setPane("map"); }} aria-label={t("view")} />
            <Button className="fl-narrow" type={pane === "panel" ? "primary" : "default"} onClick={() => setPane(pane === "panel" ? "map" : "panel")} data-testid="to-panel">{t("edit")}</Button>
          </div>
        </Head>
        {restored === null ? null : <Restored at={restored.at} stale={restored.base !== detail.version} discard={() => { dispatch({ do: "open", text: detail.yaml, base: detail.version }); setRestored(null); }} close={() => setRestored(null)} />}
        <div className="fl-body" data-tab={tab}>
          <div className="fl-map">
            {flow.mistakes[0] === undefined ? null : <p className="fl-note fl-note-bad fl-over" role="alert">{t("yamlBroken", { line: flow.mistakes[0].line, message: mistakeWords(flow.mistakes[0], lang) })} <Button size="small" onClick={() => show("yaml")}>{t("goLine")}</Button></p>}
            {view === "canvas" ? <Suspense fallback={<Loading />}><Canvas /></Suspense> : <StepList />}
          </div>
          <aside className="fl-panel">
            <Tabs activeKey={tab} onChange={(next) => setTab(TABS.find((one) => one === next) ?? "step")} size="small" items={TABS.map((one) => ({
              key: one, label: <span data-testid={`tab-${one}`}>{titles[one]}{one === "problems" && wrong > 0 ? <span className={bad ? "fl-count fl-count-bad" : "fl-count"}>{wrong}</span> : null}</span>,
            }))} />
            <div className="fl-panel-body">
              {failed === null ? null : <p className="fl-note fl-note-bad">{t("problem.failed", { why: failed })}</p>}
              {tab === "step" ? <StepPanel /> : tab === "try" ? <TryPanel /> : tab === "problems" ? <ProblemsPanel /> : tab === "yaml" ? <YamlPane /> : <VersionsPanel rollBack={setDialog} />}
            </div>
          </aside>
        </div>
      </main>
      {dialog === null ? null : dialog === "publish" ? <Publishing close={() => setDialog(null)} publish={publish} /> : <RollingBack version={dialog} close={() => setDialog(null)} restore={rollBack(dialog.version)} />}
      {conflict === null ? null : <Conflict latest={conflict} close={() => setConflict(null)} take={() => void open()} />}
    </EditingContext>
  );
}

function Head({ undo, save, saving, publish, children }: { undo: (back: boolean) => void; save: () => void; saving: boolean; publish: () => void; children: ReactNode }) {
  const { t } = useTranslation("flows");
  const lang = useLang();
  const { id, detail, draft, editable, schema, flow } = useEditing();
  const addStep = useAddStep();
  const shown = detail.draft ?? detail.in_force;
  const busy = changed(draft);
  return (
    <header className="fl-head">
      <Link to="/flows" className="fl-back" aria-label={t("back")} title={t("back")}><Icon name="back" size={20} /></Link>
      <div className="fl-title">
        <h1>{word(shown?.title, lang) || id} <span className="num faint">{id}</span></h1>
        <span className="fl-states">
          {detail.in_force === null ? <span className="tag">{t("notYet")}</span> : <span className="tag fl-tag-live">{t("inForce")} {detail.in_force.version}</span>}
          {detail.draft === null ? null : <span className="tag">{t("draft")} {detail.draft.version}</span>}
          {busy ? <span className="tag tag-warn" data-testid="unsaved">{t("unsaved")}</span> : null}
          {editable ? null : <span className="faint">{t("readOnly")}</span>}
        </span>
      </div>
      {children}
      {editable ? (
        <div className="fl-tools">
          <Tooltip title={`${t("undo")} ⌘Z`}><Button type="text" icon={<Icon name="undo" />} aria-label={t("undo")} disabled={draft.past.length === 0} onClick={() => undo(true)} data-testid="undo" /></Tooltip>
          <Tooltip title={`${t("redo")} ⇧⌘Z`}><Button type="text" icon={<Icon name="redo" />} aria-label={t("redo")} disabled={draft.future.length === 0} onClick={() => undo(false)} data-testid="redo" /></Tooltip>
          <Dropdown trigger={["click"]} disabled={flow.mistakes.length > 0} menu={{ items: Object.keys(schema.steps).map((kind) => ({ key: kind, label: kindWord(kind, lang), icon: <StepIcon kind={kind} /> })), onClick: ({ key }) => addStep(key) }}>
            <Button icon={<Icon name="plus" />} aria-label={t("addStep")} data-testid="add-step"><span className="wide-only">{t("addStep")}</span></Button>
          </Dropdown>
          <Button disabled={!busy} loading={saving} onClick={save} aria-label={t("save")} data-testid="save" icon={<Icon name="save" />}><span className="wide-only">{t("save")}</span></Button>
          <Button type="primary" className="fl-publish" disabled={!busy && detail.draft === null} onClick={publish} data-testid="publish">{t("publish")}</Button>
        </div>
      ) : null}
    </header>
  );
}

function Restored({ at, stale, discard, close }: { at: number; stale: boolean; discard: () => void; close: () => void }) {
  const { t } = useTranslation("flows");
  const { t: common } = useTranslation();
  const lang = useLang();
  const { detail } = useEditing();
  const newest = detail.draft ?? detail.in_force;
  return (
    <div className="fl-restored" role="status" data-testid="restored">
      <span>{stale && newest !== null ? t("restoredOld", { when: dayTime(at, lang), who: newest.saved_by, n: newest.version }) : t("restored", { when: dayTime(at, lang) })}</span>
      <Button size="small" onClick={discard}>{t("discard")}</Button>
      <Button size="small" type="text" icon={<Icon name="close" />} aria-label={common("common.close")} onClick={close} />
    </div>
  );
}
