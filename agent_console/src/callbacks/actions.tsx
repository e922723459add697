import { App, Button, Input, Modal, Popconfirm, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { callbacks, useSlots } from "../api/queries";
import { useLang } from "../i18n";
import type { Interaction } from "../live/types";
import { day, shownNumber, timeOfDay } from "../shared/format";
import { useCompanyClock } from "../shared/when";
import { problemText } from "../shared/words";
import { isCancellable, isMovable } from "./due";
import type { Standing } from "./due";

/** Does it, says that it is done or why not. */
export function useDoing(): (what: () => Promise<unknown>, done: string) => Promise<boolean> {
  const { t } = useTranslation();
  const { message } = App.useApp();
  return async (what, done) => {
    try {
      await what();
    } catch (problem) {
      void message.error(problemText(problem, t));
      return false;
    }
    void message.success(done);
    return true;
  };
}

const NOW = "now";

function Move({ interaction, close }: { interaction: Interaction; close: () => void }) {
  const { t } = useTranslation();
  const lang = useLang();
  const doing = useDoing();
  const slots = useSlots(interaction.queue ?? "");
  const clock = useCompanyClock();
  const [at, setAt] = useState<string>(NOW);
  const [busy, setBusy] = useState(false);
  const options = [
    { label: t("callbacks.moveNow"), value: NOW },
    ...(slots.data?.items ?? []).map((slot) => {
      const { zone } = clock(new Date(slot.at));
      return { value: slot.at, label: `${day(slot.at, lang, undefined, zone)} ${timeOfDay(slot.at, lang, zone)} – ${timeOfDay(slot.until, lang, zone)} · ${t("callbacks.free", { n: slot.free })}` };
    }),
  ];
  const named = (slots.data?.items ?? []).map((slot) => clock(new Date(slot.at)).name).find((name) => name !== "");
  const move = async (): Promise<void> => {
    setBusy(true);
    const done = await doing(() => callbacks.move(interaction.id, at === NOW ? new Date().toISOString() : at), t("callbacks.moved"));
    setBusy(false);
    if (done) close();
  };
  return (
    <Modal open title={t("callbacks.moveTitle")} onCancel={close} onOk={() => void move()} okText={t("callbacks.move")} cancelText={t("common.cancel")} confirmLoading={busy} width={420}>
      <p className="faint callback-of">{interaction.customer.name} {shownNumber(interaction.callback?.number ?? "")}</p>
      <Select className="whole" value={at} options={options} loading={slots.isPending} onChange={(value: string) => setAt(value)} aria-label={t("callbacks.moveTitle")} data-testid="move-at" />
      {named === undefined ? null : <p className="faint callback-zone" data-testid="move-zone">{t("callbacks.zone", { zone: named })}</p>}
      {slots.data?.items.length === 0 ? <p className="faint">{t("callbacks.noSlots")}</p> : null}
    </Modal>
  );
}

function Bar({ number, close }: { number: string; close: () => void }) {
  const { t } = useTranslation();
  const doing = useDoing();
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const bar = async (): Promise<void> => {
    setBusy(true);
    const done = await doing(() => callbacks.bar(number, reason.trim()), t("callbacks.wasBarred"));
    setBusy(false);
    if (done) close();
  };
  return (
    <Modal open title={t("callbacks.barTitle", { number: shownNumber(number) })} onCancel={close} onOk={() => void bar()} okText={t("callbacks.barYes")} cancelText={t("common.cancel")} okButtonProps={{ danger: true }} confirmLoading={busy} width={420}>
      <p className="callback-of">{t("callbacks.barText")}</p>
      <Input value={reason} maxLength={500} placeholder={t("callbacks.barReason")} aria-label={t("callbacks.barReason")} onChange={(event) => setReason(event.target.value)} data-testid="bar-reason" />
    </Modal>
  );
}

/** What a supervisor can do about an open callback. */
export function Actions({ interaction, at }: { interaction: Interaction; at: Standing }) {
  const { t } = useTranslation();
  const doing = useDoing();
  const [shown, setShown] = useState<"move" | "bar" | null>(null);
  const close = (): void => setShown(null);
  return (
    <span className="callback-actions">
      <Button size="small" disabled={!isMovable(at)} onClick={() => setShown("move")} data-testid="move">{t("callbacks.move")}</Button>
      <Popconfirm title={t("callbacks.cancelTitle")} description={<span className="callback-ask">{t("callbacks.cancelText")}</span>} okText={t("callbacks.cancelYes")} cancelText={t("callbacks.cancelNo")} okButtonProps={{ danger: true }} placement="bottomRight"
        onConfirm={() => doing(() => callbacks.cancel(interaction.id), t("callbacks.cancelled"))}>
        <Button size="small" disabled={!isCancellable(at)} data-testid="cancel">{t("callbacks.cancel")}</Button>
      </Popconfirm>
      <Button size="small" type="text" onClick={() => setShown("bar")} data-testid="bar">{t("callbacks.bar")}</Button>
      {shown === "move" ? <Move interaction={interaction} close={close} /> : null}
      {shown === "bar" ? <Bar number={interaction.callback?.number ?? ""} close={close} /> : null}
    </span>
  );
}

