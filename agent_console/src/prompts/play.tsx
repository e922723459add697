import { useTranslation } from "react-i18next";
import { Icon } from "../shared/icons";
import { toggle, usePlaying } from "./playing";

/** Plays or stops one sound. */
export function Play({ url, words, testid }: { url: string; words: string; testid?: string }) {
  const { t } = useTranslation();
  const playing = usePlaying((state) => state.url === url);
  const broken = usePlaying((state) => state.broken === url);
  const label = playing ? t("prompts.stop") : t("prompts.playWhat", { words });
  return (
    <button type="button" className={playing ? "play play-on" : "play"} data-testid={testid} data-playing={playing} aria-label={label} title={broken ? t("prompts.noSound") : label} onClick={() => toggle(url)}>
      <Icon name={broken ? "alert" : playing ? "pause" : "play"} size={18} />
    </button>
  );
}
