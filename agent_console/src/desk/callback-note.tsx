import { useTranslation } from "react-i18next";
import type { Visit } from "../api/types";
import { useLang } from "../i18n";
import type { Interaction } from "../live/types";
import { useServerNow } from "../shared/clock";
import { ago } from "../shared/format";
import { Icon } from "../shared/icons";
import { resultText, sourceText } from "../shared/words";

/** That we ring this customer: who asked for it and when, what it is about, how often it was tried. */
export function CallbackNote({ interaction, visit }: { interaction: Interaction; visit: Visit | null }) {
  const { t } = useTranslation();
  const lang = useLang();
  const now = useServerNow();
  const callback = interaction.callback;
  if (callback === null) return null;
  const under = callback.state === "dialling" || callback.state === "connected";
  const title = visit?.asked_from.title ?? "";
  const words = visit === null ? callback.reason : visit.note;
  const last = callback.last_result === "" ? "" : t("callback.last", { result: resultText(callback.last_result, t) });
  return (
    <div className="card-note callback-note" data-testid="callback-line">
      <div><Icon name={callback.source === "web" ? "globe" : "phone"} size={14} /> <b>{t("callback.title")}</b> {sourceText(callback.source, t)}</div>
      {title === "" ? null : <bdi className="callback-page">{title}</bdi>}
      {words === "" || words === title ? null : <bdi className="callback-words">{words}</bdi>}
      <div className="faint">{[ago(now - callback.requested_at, lang), t("callback.attempt", { n: under ? callback.attempts : callback.attempts + 1, of: callback.most_attempts }), last].filter(Boolean).join(" · ")}</div>
    </div>
  );
}
