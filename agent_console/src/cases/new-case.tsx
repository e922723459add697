import { App, Button, Input, Modal, Segmented } from "antd";
import type { GetRef } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { newId } from "../api/client";
import type { CaseKind } from "../api/types";
import { Key } from "../shared/ui";
import { problemText } from "../shared/words";
import { KINDS, openCase } from "./api";
import type { NewCase as Typed } from "./api";
import { forgetCase, keepCase, keptCase } from "./kept";

const EMPTY: Typed = { kind: "request", subject: "", details: "" };

/** A case of this conversation. What was typed is kept on this computer until it is opened. */
export function NewCase({ interaction, open, close }: { interaction: string; open: boolean; close: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [typed, setTyped] = useState<Typed>(() => keptCase(interaction, localStorage) ?? EMPTY);
  const [busy, setBusy] = useState(false);
  const [missing, setMissing] = useState(false);
  const subject = useRef<GetRef<typeof Input>>(null);
  // The same for every try: an answer that was lost must not make a second case.
  const key = useRef(newId());
  useEffect(() => keepCase(interaction, typed, localStorage), [interaction, typed]);
  const edit = (patch: Partial<Typed>): void => {
    key.current = newId();
    setTyped((before) => ({ ...before, ...patch }));
  };
  const submit = async (): Promise<void> => {
    if (busy) return;
    if (typed.subject.trim() === "") {
      setMissing(true);
      subject.current?.focus();
      return;
    }
    setBusy(true);
    try {
      const made = await openCase(interaction, { ...typed, subject: typed.subject.trim() }, key.current);
      forgetCase(interaction, localStorage);
      edit(EMPTY);
      close();
      void message.success(t("case.made", { number: made.number }));
    } catch (problem) {
      void message.error(problemText(problem, t));
    }
    setBusy(false);
  };
  return (
    <Modal open={open} onCancel={close} footer={null} title={t("case.new")} width={520} afterOpenChange={(shown) => { if (shown) subject.current?.focus(); }} data-testid="new-case">
      <form className="new-case" onSubmit={(event) => { event.preventDefault(); void submit(); }}
        onKeyDown={(event) => { if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) { event.preventDefault(); void submit(); } }}>
        <Segmented block value={typed.kind} options={KINDS.map((kind) => ({ value: kind, label: t(`case.kind_${kind}`) }))} onChange={(kind: CaseKind) => edit({ kind })} aria-label={t("case.kind")} data-testid="case-kind" />
        <label htmlFor="case-subject">{t("case.subject")}</label>
        <Input id="case-subject" ref={subject} value={typed.subject} maxLength={200} placeholder={t("case.subjectHint")} status={missing && typed.subject.trim() === "" ? "error" : ""} autoComplete="off" data-testid="case-subject" onChange={(event) => { setMissing(false); edit({ subject: event.target.value }); }} />
        {missing && typed.subject.trim() === "" ? <p className="form-error" role="alert">{t("case.needSubject")}</p> : null}
        <label htmlFor="case-details">{t("case.details")}</label>
        <Input.TextArea id="case-details" value={typed.details} maxLength={4000} autoSize={{ minRows: 4, maxRows: 12 }} placeholder={t("case.detailsHint")} data-testid="case-details" onChange={(event) => edit({ details: event.target.value })} />
        <Button type="primary" htmlType="submit" block loading={busy} data-testid="case-open">{t("case.open")} <Key>⌘⏎</Key></Button>
      </form>
    </Modal>
  );
}
