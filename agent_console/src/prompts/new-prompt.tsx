import { Button, Input, Modal } from "antd";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { NAME } from "./data";

/** The name of a prompt of the company's own; its recording comes next. */
export function NewPrompt({ taken, close, named }: { taken: (id: string) => boolean; close: () => void; named: (id: string) => void }) {
  const { t } = useTranslation();
  const [id, setId] = useState("");
  const field = useId();
  const wrong = id !== "" && !NAME.test(id) ? t("prompts.nameBad") : taken(id) ? t("prompts.nameTaken") : "";
  const fit = id !== "" && wrong === "";
  return (
    <Modal open title={t("prompts.newTitle")} onCancel={close} footer={null} width={440} destroyOnHidden>
      <form className="new-prompt" onSubmit={(event) => { event.preventDefault(); if (fit) named(id); }}>
        <p className="faint">{t("prompts.newLead")}</p>
        <label htmlFor={field}>{t("prompts.name")}</label>
        <Input id={field} autoFocus value={id} maxLength={64} placeholder={t("prompts.nameHint")} status={wrong === "" ? "" : "error"} onChange={(event) => setId(event.target.value.trim())} data-testid="new-name" />
        <p className="form-error" role="alert">{wrong}</p>
        <Button type="primary" htmlType="submit" disabled={!fit} data-testid="new-next">{t("prompts.next")}</Button>
      </form>
    </Modal>
  );
}
