import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLang } from "../i18n";
import { dayTime } from "../shared/format";
import { Icon } from "../shared/icons";
import { audioUrl, heardSeconds, heardWords } from "./data";
import type { PromptItem } from "./data";
import { Play } from "./play";

/** Whose voice callers hear. */
export function VoiceTag({ item }: { item: PromptItem }) {
  const { t } = useTranslation();
  if (item.own === null) return <span className="shipped-voice faint">{t("prompts.shippedVoice")}</span>;
  return <span className="tag tag-live"><Icon name="mic" size={12} />{t("prompts.ownRecording")}</span>;
}

/** One prompt of the list; a sound file let go over it is what it shall become. */
export function PromptRow({ item, active, may, open, dropped }: {
  item: PromptItem; active: boolean; may: boolean; open: () => void; dropped: (file: File) => void;
}) {
  const { t } = useTranslation();
  const lang = useLang();
  const [over, setOver] = useState(false);
  const words = heardWords(item);
  const flows = item.flows.join("、");
  return (
    <li className={`prompt${active ? " active" : ""}${over ? " over" : ""}`} data-testid="prompt" data-prompt={`${item.language}/${item.id}`}
      onDragOver={(event) => { if (may && event.dataTransfer.types.includes("Files")) { event.preventDefault(); setOver(true); } }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        setOver(false);
        const file = event.dataTransfer.files[0];
        if (!may || file === undefined) return;
        event.preventDefault();
        dropped(file);
      }}>
      <Play url={audioUrl(item, "heard")} words={words} />
      <button type="button" className="prompt-open" onClick={open} aria-label={t("prompts.open", { words })}>
        <span className="prompt-words" lang={item.language}>{words}</span>
        <span className="prompt-id faint">{item.id}</span>
        <span className="prompt-voice">
          <VoiceTag item={item} />
          {item.own?.outdated === true ? <span className="tag tag-warn"><Icon name="alert" size={12} />{t("prompts.outdated")}</span> : null}
          {item.own === null ? null : <span className="prompt-by faint">{t("prompts.by", { who: item.own.saved_by, when: dayTime(item.own.saved_at, lang) })}</span>}
        </span>
        <span className="prompt-flows faint" title={flows}>{flows}</span>
        <span className="prompt-seconds num faint">{t("prompts.seconds", { seconds: heardSeconds(item).toFixed(1) })}</span>
      </button>
    </li>
  );
}
