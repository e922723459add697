import { App, Button, Input, Select } from "antd";
import type { GetRef } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { floor, useConfig, useInteraction } from "../api/queries";
import type { Draft } from "../api/types";
import { NewCase } from "../cases/new-case";
import { useLang } from "../i18n";
import { onEvents, useLive } from "../live/store";
import type { Interaction } from "../live/types";
import { word } from "../shared/format";
import { Icon } from "../shared/icons";
import { useKeys } from "../shared/keys";
import { Shortcuts } from "../shell/help";
import { Key } from "../shared/ui";
import { problemText } from "../shared/words";
import { keptDraft, openDraft } from "./draft";
import type { DraftSaver, SaveState } from "./draft";

const EMPTY: Draft = { disposition: "", note: "" };

function useDraft(interaction: Interaction): { draft: Draft; edit: (patch: Partial<Draft>) => void; saved: SaveState; saver: () => DraftSaver | null } {
  const id = interaction.id;
  const [typed, setTyped] = useState<Draft | null>(() => keptDraft(id, localStorage));
  const [saved, setSaved] = useState<SaveState>("clean");
  const stored = useInteraction(id).data?.draft ?? null;
  const live = useLive((state) => state.link === "live");
  const saver = useRef<DraftSaver | null>(null);
  useEffect(() => {
    const opened = openDraft(id, (draft) => floor.draft(id, draft.disposition, draft.note), setSaved, localStorage);
    saver.current = opened;
    const kept = keptDraft(id, localStorage);
    if (kept !== null) opened.write(kept);
    const flush = (): void => opened.flush();
    window.addEventListener("pagehide", flush);
    return () => {
      window.removeEventListener("pagehide", flush);
      opened.close();
      saver.current = null;
    };
  }, [id]);
  useEffect(() => {
    if (live) saver.current?.flush();
  }, [live]);
  const draft = typed ?? stored ?? EMPTY;
  return {
    draft, saved, saver: () => saver.current,
    edit: (patch) => {
      const next = { ...draft, ...patch };
      setTyped(next);
      saver.current?.write(next);
    },
  };
}

function SavedMark({ saved }: { saved: SaveState }) {
  const { t } = useTranslation();
  const live = useLive((state) => state.link === "live");
  if (saved === "clean") return <span />;
  const text = saved === "saved" ? t("wrap.saved") : saved === "failed" ? t(live ? "wrap.unsaved" : "wrap.localOnly") : t("wrap.saving");
  return <span className={`saved saved-${saved}`} role="status" data-testid="draft-state" data-saved={saved}><Icon name={saved === "saved" ? "check" : saved === "failed" ? "alert" : "ring"} size={13} /> {text}</span>;
}

/** What I do next: result and note, from the first ring on; completed after the talk. */
export function NextSteps({ interaction }: { interaction: Interaction }) {
  const { t } = useTranslation();
  const lang = useLang();
  const { message } = App.useApp();
  const config = useConfig();
  const { draft, edit, saved, saver } = useDraft(interaction);
  const [completing, setCompleting] = useState(false);
  const [missing, setMissing] = useState(false);
  const [listOpen, setListOpen] = useState(false);
  const [opening, setOpening] = useState(false);
  const select = useRef<GetRef<typeof Select>>(null);
  const note = useRef<GetRef<typeof Input.TextArea>>(null);
  const wrapping = interaction.state === "wrapping_up";
  const id = interaction.id;

  useEffect(
    () =>
      onEvents((event) => {
        if (event.type !== "WrapUpCompleted" || event.data.interaction !== id) return;
        saver()?.forget();
        if (event.data.timed_out) void message.info(t("wrap.timedOut"));
      }),
    // `saver` only reads a ref.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [id, message, t],
  );

  const openList = (): void => {
    select.current?.focus();
    setListOpen(true);
  };
  const openOrClosed = (open: boolean): void => {
    setListOpen(open);
    // Closed without a choice: the single keys are the desk's again.
    if (!open) select.current?.blur();
  };
  const complete = (): void => {
    if (!wrapping || completing) return;
    if (draft.disposition === "") {
      setMissing(true);
      openList();
      return;
    }
    setCompleting(true);
    floor.wrapUp(id, draft.disposition, draft.note).then(
      () => {
        saver()?.forget();
        void message.success(t("wrap.completed"), 1.5);
      },
      (problem: unknown) => {
        setCompleting(false);
        void message.error(problemText(problem, t));
      },
    );
  };
  useKeys({
    d: openList,
    g: () => setOpening(true),
    n: () => note.current?.focus({ cursor: "end" }),
    "mod+enter": complete,
    ...(wrapping ? { enter: complete } : {}),
  });

  const dispositions = config.data?.dispositions ?? [];
  return (
    <>
    <form className="next" data-testid="next-steps" onSubmit={(event) => { event.preventDefault(); complete(); }}>
      <h2 className="pane-title">{t("wrap.title")}</h2>
      <label htmlFor="disposition">{t("wrap.disposition")} <Key>D</Key></label>
      <Select id="disposition" ref={select} value={draft.disposition === "" ? null : draft.disposition} open={listOpen} onOpenChange={openOrClosed} placeholder={t("wrap.dispositionHint")} showSearch={{ optionFilterProp: "label" }}
        status={missing && draft.disposition === "" ? "error" : ""} data-testid="disposition" listHeight={320} notFoundContent={t(dispositions.length === 0 ? "wrap.noDispositions" : "wrap.noMatch")}
        options={dispositions.map((one) => ({ value: one.code, label: word(one.label, lang) || one.code }))}
        onChange={(disposition: string | null) => {
          edit({ disposition: disposition ?? "" });
          setMissing(false);
          setListOpen(false);
          // The next ⌘⏎ belongs to the form; a focused list would take it.
          select.current?.blur();
        }} />
      {missing && draft.disposition === "" ? <p className="form-error" role="alert">{t("wrap.needDisposition")}</p> : null}
      <div className="label-line"><label htmlFor="note">{t("wrap.note")} <Key>N</Key></label><SavedMark saved={saved} /></div>
      <Input.TextArea id="note" ref={note} value={draft.note} maxLength={4000} autoSize={{ minRows: 6, maxRows: 16 }} placeholder={t("wrap.notePlaceholder")} data-testid="note"
        onChange={(event) => edit({ note: event.target.value })} onBlur={() => saver()?.flush()}
        onKeyDown={(event) => { if (event.key === "Escape") event.currentTarget.blur(); }} />
      {interaction.state === "offered" ? null : <Button className="next-case" block onClick={() => setOpening(true)} icon={<Icon name="case" />} data-testid="new-case-open">{t("case.new")} <Key>G</Key></Button>}
      <Button type={wrapping ? "primary" : "default"} htmlType="submit" block disabled={!wrapping} loading={completing} data-testid="complete">
        {completing ? t("wrap.completing") : wrapping ? <>{t("wrap.complete")} <Key>⌘⏎</Key></> : t("wrap.afterTalk")}
      </Button>
    </form>
    <NewCase interaction={id} open={opening} close={() => setOpening(false)} />
    </>
  );
}

export function NoNextSteps() {
  const { t } = useTranslation();
  return (
    <div className="next">
      <h2 className="pane-title">{t("wrap.title")}</h2>
      <p className="faint">{t("wrap.idle")}</p>
      <h3 className="pane-title next-keys">{t("help.title")}</h3>
      <Shortcuts />
    </div>
  );
}
