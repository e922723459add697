import { useTranslation } from "react-i18next";
import { useConfig } from "../api/queries";
import { useLang } from "../i18n";
import { useLive } from "../live/store";
import type { Interaction } from "../live/types";
import { useServerNow } from "../shared/clock";
import { ago, clockSpan, day, shownNumber, timeOfDay } from "../shared/format";
import { Blank, Loading } from "../shared/ui";
import { useCompanyClock } from "../shared/when";
import { queueName, resultText, sourceText } from "../shared/words";
import { Actions } from "./actions";
import { inOrder, isOpen, standing } from "./due";
import type { Standing } from "./due";

function Due({ interaction, at, now }: { interaction: Interaction; at: Standing; now: number }) {
  const { t } = useTranslation();
  const lang = useLang();
  const clock = useCompanyClock();
  const agents = useLive((live) => live.floor.agents);
  const agent = agents[interaction.offer?.agent ?? interaction.agent ?? ""]?.name ?? "";
  switch (at) {
    case "talking": return <span className="tag tag-live">{t("callbacks.talking", { agent })}</span>;
    case "ringing": return <span className="tag tag-live">{t("callbacks.ringing", { agent })}</span>;
    case "answered": return <span className="tag tag-live">{t("callbacks.answered")}</span>;
    case "dialling": return <span className="tag tag-live">{t("callbacks.dialling")}</span>;
    case "due": return <span className="tag tag-warn">{t("callbacks.soon")}</span>;
    case "waits": return <><b>{t("callbacks.now")}</b><span className="num faint">{t("callbacks.inLine")} {clockSpan(now - (interaction.age_from ?? now))}</span></>;
    case "later": {
      const due = interaction.callback?.not_before ?? now;
      const { zone, name } = clock(due);
      const date = day(due, lang, new Date(now), zone);
      const far = due - now > 12 * 3_600_000 || date !== day(now, lang, new Date(now), zone);
      return (
        <>
          <b className="num">{far ? `${date} ` : ""}{timeOfDay(due, lang, zone)}</b>
          {name === "" ? null : <span className="faint">{name}</span>}
          {far ? null : <span className="num faint">{t("callbacks.left", { time: clockSpan(due - now) })}</span>}
        </>
      );
    }
  }
}

function Row({ interaction, now }: { interaction: Interaction; now: number }) {
  const { t } = useTranslation();
  const lang = useLang();
  const config = useConfig().data;
  const { callback } = interaction;
  if (callback === null) return null;
  const at = standing(interaction, now);
  const number = shownNumber(callback.number);
  const asked = `${sourceText(callback.source, t)} · ${ago(now - callback.requested_at, lang)}`;
  return (
    <li className="callback" data-testid="callback" data-standing={at}>
      <span className="callback-due"><Due interaction={interaction} at={at} now={now} /></span>
      <span className="row-who"><b>{interaction.customer.name || number}</b><span className="num faint">{interaction.customer.name === "" ? t("customer.prospect") : number}</span></span>
      <span className="row-why"><bdi className="row-reason">{callback.reason || asked}</bdi>{callback.reason === "" ? null : <span className="row-note faint">{asked}</span>}</span>
      <span className="callback-queue">{queueName(interaction.queue, config, lang)}</span>
      <span className="callback-tries"><span className="num">{t("callbacks.tries", { n: callback.attempts, of: callback.most_attempts })}</span>{callback.last_result === "" ? null : <span className="faint">{t("callbacks.last", { result: resultText(callback.last_result, t) })}</span>}</span>
      <Actions interaction={interaction} at={at} />
    </li>
  );
}

/** The callbacks that are open, as they stand this second. */
export function Open({ queue }: { queue: string | null }) {
  const { t } = useTranslation();
  const known = useLive((live) => live.known);
  const all = useLive((live) => live.floor.interactions);
  const now = useServerNow();
  if (!known) return <Loading />;
  const open = inOrder(Object.values(all).filter((it) => isOpen(it) && (queue === null || it.queue === queue)), now);
  if (open.length === 0) return <Blank title={t(queue === null ? "callbacks.empty" : "callbacks.emptyFiltered")} text={queue === null ? t("callbacks.emptyText") : ""} icon="phone" testid="callbacks-empty" />;
  return (
    <>
      <div className="callback callback-titles faint" aria-hidden="true"><span>{t("callbacks.due")}</span><span>{t("conv.customer")}</span><span>{t("conv.path")}</span><span>{t("conv.queue")}</span><span>{t("callbacks.attempts")}</span><span /></div>
      <ol className="rows" data-testid="callbacks-open">{open.map((it) => <Row key={it.id} interaction={it} now={now} />)}</ol>
    </>
  );
}
