import { App, Button, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useLang } from "../i18n";
import { dayTime, word } from "../shared/format";
import { Icon } from "../shared/icons";
import { Blank, Failed, Loading } from "../shared/ui";
import { problemText } from "../shared/words";
import { useWorkplace } from "../shell/context";
import { server, useFlows } from "./api";
import type { FlowItem } from "./api";
import "./flows.css";
import { addTexts } from "./texts";

addTexts();

/** Every flow: what callers hear now, what is being worked on, who changed it last. */
export default function Flows() {
  const { t } = useTranslation("flows");
  const { t: common } = useTranslation();
  const { me } = useWorkplace();
  const [adding, setAdding] = useState(false);
  const allowed = me.permissions.includes("flows.read");
  const list = useFlows();
  if (!allowed) return <div className="page-center"><Blank title={t("denied")} text={t("deniedText")} tone="bad" /></div>;
  const items = list.data?.items ?? [];
  return (
    <main className="fl-page" data-testid="flows">
      <header className="fl-page-head">
        <div><h1>{t("title")}</h1><p className="faint">{t("lead")}</p></div>
        {me.permissions.includes("flows.edit") ? <Button type="primary" icon={<Icon name="plus" />} onClick={() => setAdding(true)} data-testid="new-flow">{t("add")}</Button> : null}
      </header>
      {list.isPending ? <Loading /> : list.isError ? <Failed text={problemText(list.error, common)} retry={() => void list.refetch()} /> : items.length === 0 ? <Blank title={t("empty")} icon="flow" /> : (
        <>
          <div className="fl-flow fl-flow-titles faint" aria-hidden="true"><span>{t("flow")}</span><span>{t("numbers")}</span><span>{t("inForce")}</span><span>{t("draft")}</span><span>{t("changed")}</span></div>
          <ol className="fl-flows">{items.map((item) => <Row key={item.id} item={item} />)}</ol>
        </>
      )}
      {adding ? <Adding taken={items.map((item) => item.id)} close={() => setAdding(false)} /> : null}
    </main>
  );
}

function Row({ item }: { item: FlowItem }) {
  const { t } = useTranslation("flows");
  const lang = useLang();
  const latest = item.draft ?? item.in_force ?? item.offered;
  return (
    <li data-testid={`flow-${item.id}`}>
      <Link to={`/flows/${encodeURIComponent(item.id)}`} className="fl-flow">
        <span className="fl-flow-name"><b>{word((item.in_force ?? latest)?.title, lang) || item.id}</b><span className="num faint">{item.id}</span></span>
        <span className="num fl-flow-numbers">{(item.in_force ?? latest)?.numbers.join("、") || <span className="faint">{t("none")}</span>}</span>
        <span>{item.in_force === null ? <span className="faint">{t("notYet")}</span> : <span className="tag fl-tag-live">{t("version", { n: item.in_force.version })}</span>}</span>
        <span>{item.draft === null ? <span className="faint fl-dash">–</span> : <><span className="tag">{t("draft")} {item.draft.version}</span>{item.draft.hash === null ? <span className="tag tag-warn">{t("unusable")}</span> : null}</>}
          {item.offered === null ? null : <span className="tag">{t("offered", { n: item.offered.version })}</span>}</span>
        <span className="fl-flow-last">{latest === null ? null : <>{latest.note === "" || latest.shipped ? null : <span className="fl-flow-note">{latest.note}</span>}<span className="faint">{latest.shipped ? t("versions.shipped") : t("by", { who: latest.saved_by, when: dayTime(latest.saved_at, lang) })}</span></>}</span>
      </Link>
    </li>
  );
}

/** The smallest flow there is: whoever calls is put through. */
const beginning = (id: string, title: string, number: string): string => `# ${title.replaceAll(/\s+/g, " ")}
id: ${JSON.stringify(id)}
title: {zh: ${JSON.stringify(title)}, en: ${JSON.stringify(title)}}
languages: [zh, en]
${number === "" ? "" : `numbers: [${JSON.stringify(number)}]\n`}start: agent
fallback: agent

steps:
  agent:
    do: queue
    queue: general
    prompt: connecting_agent
    title: {zh: 人工服务, en: Agent}
`;

function Adding({ taken, close }: { taken: readonly string[]; close: () => void }) {
  const { t } = useTranslation("flows");
  const { t: common } = useTranslation();
  const { message } = App.useApp();
  const navigate = useNavigate();
  const [id, setId] = useState("");
  const [title, setTitle] = useState("");
  const [number, setNumber] = useState("");
  const [busy, setBusy] = useState(false);
  const wrong = id !== "" && !/^[A-Za-z0-9_-]{1,64}$/.test(id) ? t("badId") : taken.includes(id) ? t("taken") : "";
  const create = async (): Promise<void> => {
    setBusy(true);
    try {
      await server.save(id, beginning(id, title.trim() || id, number.trim()), 0, "");
      await navigate(`/flows/${encodeURIComponent(id)}`);
    } catch (problem) {
      void message.error(problemText(problem, common));
      setBusy(false);
    }
  };
  return (
    <Modal open title={t("add")} okText={t("create")} confirmLoading={busy} okButtonProps={{ disabled: id === "" || wrong !== "" }} onCancel={close} onOk={() => void create()}>
      <form className="fl-form" onSubmit={(event) => { event.preventDefault(); if (id !== "" && wrong === "") void create(); }}>
        <label className="fl-instead"><span>{t("newId")}</span><Input autoFocus value={id} maxLength={64} placeholder={t("newIdHint")} {...(wrong === "" ? {} : { status: "error" as const })} onChange={(event) => setId(event.target.value)} />{wrong === "" ? null : <span className="fl-wrong" role="alert">{wrong}</span>}</label>
        <label className="fl-instead"><span>{t("newTitle")}</span><Input value={title} maxLength={40} onChange={(event) => setTitle(event.target.value)} /></label>
        <label className="fl-instead"><span>{t("newNumber")}</span><Input value={number} maxLength={16} inputMode="tel" onChange={(event) => setNumber(event.target.value)} /></label>
        <button type="submit" hidden />
      </form>
    </Modal>
  );
}
