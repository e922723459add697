import { App, Button, Input } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Problem } from "../api/client";
import { useMe } from "../api/queries";
import type { CaseDetail } from "../api/types";
import { useLang } from "../i18n";
import { dayTime, word } from "../shared/format";
import { Icon } from "../shared/icons";
import { Blank, Failed, Key, Loading } from "../shared/ui";
import { problemText } from "../shared/words";
import { closeCase, useCase } from "./api";
import { KindTag } from "./shown";

const Player = lazy(() => import("../conversations/player"));

function Closing({ it }: { it: CaseDetail }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [resolution, setResolution] = useState("");
  const [busy, setBusy] = useState(false);
  const close = async (): Promise<void> => {
    setBusy(true);
    try {
      await closeCase(it.id, resolution);
      void message.success(t("case.closed", { number: it.number }));
    } catch (problem) {
      void message.error(problemText(problem, t));
    }
    setBusy(false);
  };
  return (
    <form className="case-closing" onSubmit={(event) => { event.preventDefault(); void close(); }}>
      <label htmlFor="resolution">{t("case.resolution")}</label>
      <Input.TextArea id="resolution" value={resolution} maxLength={4000} autoSize={{ minRows: 2, maxRows: 8 }} placeholder={t("case.resolutionHint")} data-testid="case-resolution"
        onChange={(event) => setResolution(event.target.value)}
        onKeyDown={(event) => { if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) { event.preventDefault(); void close(); } }} />
      <Button htmlType="submit" loading={busy} data-testid="case-close">{t("case.close")} <Key>⌘⏎</Key></Button>
    </form>
  );
}

function Sound({ it }: { it: CaseDetail }) {
  const { t } = useTranslation();
  if (it.recording_id === null) return null;
  const sound = it.recording;
  return (
    <section>
      <h3 className="pane-title">{t("case.sound")}</h3>
      {sound?.state === "stored" ? <Suspense fallback={<Loading />}><Player recording={sound} /></Suspense> : <p className="faint" role="status">{t(sound === null || sound.state === "recording" ? "case.soundComing" : "case.soundMissing")}</p>}
    </section>
  );
}

/** One case: what it is about, its sound, where it comes from, and closing it. */
export function Case({ id }: { id: string }) {
  const { t } = useTranslation();
  const lang = useLang();
  const query = useCase(id);
  const mayClose = useMe().data?.permissions.includes("cases.edit") ?? false;
  if (query.isPending) return <Loading />;
  if (query.isError) {
    const gone = query.error instanceof Problem && (query.error.status === 404 || query.error.status === 403);
    return gone ? <Blank title={t("case.notFound")} text={t("case.notFoundText")} tone="bad" /> : <Failed text={t("case.error")} retry={() => void query.refetch()} />;
  }
  const it = query.data;
  const by = (user: string, name: string): string => name || (user === "flow" ? t("case.byFlow") : user === "survey" ? t("case.bySurvey") : user);
  const facts: readonly (readonly [string, string])[] = [
    ...Object.entries(it.codes).map(([name, code]) => [word(code.label, lang) || name, code.value] as const),
    [t("case.customer"), it.customer_name || t("customer.anonymous")],
    [t("case.opened"), `${dayTime(it.opened_at, lang)} · ${by(it.opened_by, it.opened_by_name)}`],
    [t("case.closedAt"), it.closed_at === null ? "" : `${dayTime(it.closed_at, lang)} · ${by(it.closed_by, it.closed_by_name)}`],
  ];
  return (
    <div className="detail case" data-testid="case" data-state={it.state}>
      <p className="case-top"><KindTag kind={it.kind} /><span className={it.state === "open" ? "tag tag-warn" : "tag"}>{t(`case.state_${it.state}`)}</span><span className="num faint" data-testid="case-number">{it.number}</span></p>
      <h2 className="case-subject">{it.subject}</h2>
      <dl className="facts">{facts.filter(([, value]) => value !== "").map(([name, value]) => <div key={name}><dt>{name}</dt><dd className="num">{value}</dd></div>)}</dl>
      {it.details === "" ? null : <p className="history-note">{it.details}</p>}
      <Sound it={it} />
      {it.interaction_id === null ? null : <p className="case-from"><Link to={`/conversations/${encodeURIComponent(it.interaction_id)}`}><Icon name="list" size={14} /> {t("case.conversation")}</Link></p>}
      {it.resolution === "" ? null : <section><h3 className="pane-title">{t("case.resolution")}</h3><p className="history-note">{it.resolution}</p></section>}
      {it.state === "open" && mayClose ? <Closing it={it} /> : null}
    </div>
  );
}
