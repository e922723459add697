import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Popconfirm } from "antd";
import { useTranslation } from "react-i18next";
import { useLang } from "../i18n";
import { dayTime } from "../shared/format";
import { Icon } from "../shared/icons";
import { problemText } from "../shared/words";
import { audioUrl, giveUp, heardWords } from "./data";
import type { PromptItem, Voice } from "./data";
import { Play } from "./play";
import { VoiceTag } from "./prompt-row";
import { Upload } from "./upload";

function Sound({ item, voice, words, seconds, children }: { item: PromptItem; voice: Voice; words: string; seconds: number; children?: React.ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className="sound">
      <Play url={audioUrl(item, voice)} words={words} testid={`play-${voice}`} />
      <div>
        <p className="sound-words" lang={item.language}>{words}</p>
        <p className="sound-about faint"><span className="num">{t("prompts.seconds", { seconds: seconds.toFixed(1) })}</span> {children}</p>
      </div>
    </div>
  );
}

/** One prompt: what callers hear, what was shipped, and the way from one to the other. */
export function OnePrompt({ item, file, may, missing, close }: {
  item: PromptItem;
  /** Dropped on its row. */
  file: File | null;
  may: boolean;
  /** Languages without this prompt of the company's own. */
  missing: readonly string[];
  close: () => void;
}) {
  const { t } = useTranslation();
  const lang = useLang();
  const { message } = App.useApp();
  const client = useQueryClient();
  const { own, shipped } = item;
  const again = () => client.invalidateQueries({ queryKey: ["prompts"] });
  const back = async (): Promise<void> => {
    try {
      await giveUp(item);
      void message.success(t(shipped === null ? "prompts.removed" : "prompts.restored"));
      if (shipped === null) close();
      await again();
    } catch (problem) {
      void message.error(problemText(problem, t));
    }
  };
  const flows = item.flows.join("、");
  return (
    <div className="one-prompt" data-testid="one-prompt">
      <p className="one-about"><code>{item.id}</code> <VoiceTag item={item} /> <span className="faint">{flows === "" ? (shipped === null ? null : t("prompts.usedByProgram")) : t("prompts.usedBy", { flows })}</span></p>
      {own === null && shipped === null ? null : <h3 className="pane-title">{t("prompts.heard")}</h3>}
      {own === null ? null : (
        <Sound item={item} voice="own" words={own.words} seconds={own.seconds}>{t("prompts.by", { who: own.saved_by, when: dayTime(own.saved_at, lang) })}</Sound>
      )}
      {own?.outdated === true ? <p className="card-note card-warn"><Icon name="alert" size={14} /> {t("prompts.outdated")}</p> : null}
      {shipped === null ? null : (
        <>
          {own === null ? null : <h3 className="pane-title">{t("prompts.instead")}</h3>}
          <Sound item={item} voice="shipped" words={shipped.words} seconds={shipped.seconds} />
        </>
      )}
      {missing.map((language) => <p key={language} className="card-note card-warn">{t("prompts.missingLanguage", { language: t(language === "en" ? "prompts.lang_en" : "prompts.lang_zh") })}</p>)}
      {may && own !== null ? (
        shipped === null && item.flows.length > 0 ? <p className="faint">{t("prompts.removeUsed", { flows })}</p> : (
          <Popconfirm title={t(shipped === null ? "prompts.removeAsk" : "prompts.restoreAsk", { words: shipped?.words ?? "" })} okText={t(shipped === null ? "prompts.remove" : "prompts.restore")} cancelText={t("common.cancel")} onConfirm={back} styles={{ root: { maxWidth: 360 } }}>
            <Button icon={<Icon name={shipped === null ? "close" : "back5"} />} data-testid="restore">{t(shipped === null ? "prompts.remove" : "prompts.restore")}</Button>
          </Popconfirm>
        )
      ) : null}
      {may ? (
        <>
          <h3 className="pane-title">{t(own !== null ? "prompts.changeAgain" : shipped === null ? "prompts.first" : "prompts.change")}</h3>
          <Upload key={`${item.language}/${item.id}`} target={item} words={heardWords(item)} needsWords={shipped === null} first={file} done={() => void again()} />
        </>
      ) : <p className="faint">{t("prompts.readOnly")}</p>}
    </div>
  );
}
