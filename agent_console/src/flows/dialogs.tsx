import { App, Button, Input, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLang } from "../i18n";
import { dayTime } from "../shared/format";
import { problemText } from "../shared/words";
import { server } from "./api";
import type { Latest, Version } from "./api";
import { useEditing } from "./context";
import { lineDiff } from "./diff";
import { parse, put } from "./document";
import { Faults } from "./problems";
import { Comparison } from "./versions";
import { useVersion } from "./api";

/** Say what changed and put it in force. */
export function Publishing({ close, publish }: { close: () => void; publish: (note: string) => Promise<boolean> }) {
  const { t } = useTranslation("flows");
  const { id, detail, draft, problems, flow } = useEditing();
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const inForce = useVersion(id, detail.in_force?.version ?? null);
  const errors = problems.filter((problem) => problem.severity === "error");
  const lines = inForce.data === undefined ? null : lineDiff(inForce.data.yaml, draft.text);
  const stopped = errors.length > 0 || flow.mistakes.length > 0;
  const go = async (): Promise<void> => {
    setBusy(true);
    if (await publish(note)) close();
    setBusy(false);
  };
  return (
    <Modal open width={680} title={t("publishing.title", { id })} okText={t("publishing.ok")} confirmLoading={busy} okButtonProps={{ disabled: stopped, "data-testid": "publish-ok" }} onCancel={close} onOk={() => void go()}>
      <p className="faint">{t("publishing.lead")}</p>
      {stopped ? <><p className="fl-note fl-note-bad">{t("publishing.problems")}</p><Faults problems={errors} /></> : (
        <label className="fl-instead"><span>{t("publishing.note")}</span><Input.TextArea autoFocus data-testid="publish-note" maxLength={500} autoSize={{ minRows: 2, maxRows: 6 }} value={note} placeholder={t("publishing.noteHint")} onChange={(event) => setNote(event.target.value)} /></label>
      )}
      {lines === null ? null : <details className="fl-known" open={lines.length < 40}><summary>{lines.length === 0 ? t("publishing.nothing") : t("publishing.changes")}</summary>
        {lines.length === 0 ? null : <pre className="fl-diff" tabIndex={0}>{lines.map((line, place) => <span key={place} className={line.sign === "+" ? "plus" : line.sign === "-" ? "minus" : line.sign === "@" ? "skip" : ""}>{line.sign === "@" ? line.text : `${line.sign} ${line.text}`}{"\n"}</span>)}</pre>}
      </details>}
    </Modal>
  );
}

/** Somebody saved first: nothing of either is lost, and nothing is decided by itself. */
export function Conflict({ latest, close, take }: { latest: Latest; close: () => void; take: () => void }) {
  const { t } = useTranslation("flows");
  const { t: common } = useTranslation();
  const lang = useLang();
  const { message } = App.useApp();
  const { id, draft, flows } = useEditing();
  const [looking, setLooking] = useState(false);
  const copy = async (): Promise<void> => {
    let name = `${id}-copy`.slice(0, 60);
    for (let number = 2; flows.includes(name); number += 1) name = `${id}-copy-${number}`.slice(0, 64);
    const text = parse(draft.text).mistakes.length === 0 ? put(draft.text, ["id"], name) : draft.text;
    try {
      await server.save(name, text, 0, "");
      void message.success(t("conflict.copied", { id: name }));
      take();
    } catch (problem) {
      void message.error(problemText(problem, common));
    }
  };
  const when = dayTime(latest.saved_at, lang);
  const note = latest.note === "" ? "" : t("conflict.note", { note: latest.note });
  return (
    <>
      <Modal open title={t("conflict.title", { who: latest.saved_by })} onCancel={close} data-testid="conflict" footer={
        <div className="fl-conflict-tools">
          <Button onClick={() => setLooking(true)} data-testid="conflict-look">{t("conflict.look")}</Button>
          <Button onClick={() => void copy()} data-testid="conflict-copy">{t("conflict.copy")}</Button>
          <Button danger onClick={take} data-testid="conflict-take">{t("conflict.take", { n: latest.version })}</Button>
          <Button type="primary" onClick={close}>{t("conflict.stay")}</Button>
        </div>
      }>
        <p>{t("conflict.text", { who: latest.saved_by, when, n: latest.version, note })}</p>
      </Modal>
      {looking ? <Comparison id={id} from={draft.base} to={latest.version} close={() => setLooking(false)} /> : null}
    </>
  );
}

export function RollingBack({ version, close, restore }: { version: Version; close: () => void; restore: (note: string) => Promise<boolean> }) {
  const { t } = useTranslation("flows");
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const go = async (): Promise<void> => {
    setBusy(true);
    if (await restore(note)) close();
    setBusy(false);
  };
  return (
    <Modal open title={t("versions.restoreTitle", { n: version.version })} okText={t("versions.restoreOk")} confirmLoading={busy} onCancel={close} onOk={() => void go()} okButtonProps={{ "data-testid": "restore-ok" }}>
      <p>{t("versions.restoreText")}</p>
      <label className="fl-instead"><span>{t("versions.note")}</span><Input value={note} maxLength={500} onChange={(event) => setNote(event.target.value)} /></label>
    </Modal>
  );
}
