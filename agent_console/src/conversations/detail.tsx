import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import type { TFunction } from "i18next";
import { Problem } from "../api/client";
import { useConfig, useInteraction, useMe } from "../api/queries";
import type { FloorConfig, InteractionDetail, Rating, RecordingItem, TimelineItem } from "../api/types";
import { CaseLink } from "../cases/shown";
import { useLang } from "../i18n";
import { clockSpan, companyTime, dayTime, shownNumber, timeWithSeconds, word } from "../shared/format";
import type { Lang } from "../shared/format";
import { Score } from "../shared/rating";
import { Blank, Failed, Loading } from "../shared/ui";
import { named, queueName, resultText, sourceText } from "../shared/words";
import { VisitRecord } from "./visit-record";
import { Why } from "./why";

const Player = lazy(() => import("./player"));

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const EVENTS = [
  "InteractionStarted", "FlowEntered", "FlowStepTaken", "LanguageChosen", "ContactQueued", "ContactRelaxed", "ContactOverflowed", "WaitTold", "SelfServiceEntered", "SelfServiceLeft", "VoicemailChosen", "OfferMade", "OfferRinging", "OfferAccepted", "OfferDeclined", "OfferMissed", "OfferWithdrawn",
  "InteractionConnected", "InteractionHeld", "InteractionResumed", "AgentLegReplaced", "TalkEnded", "WrapUpStarted", "WrapUpCompleted", "CustomerAssigned", "CallerLeft", "InteractionClosed",
  "RecordingStarted", "RecordingStored", "RecordingMissing", "ReportStarted", "ReportDictated",
  "CallbackRequested", "CallbackRescheduled", "CallbackDialled", "CallbackAnswered", "CallbackAttemptEnded", "CallbackClosed",
  "TransferDialled", "TransferAnswered", "TransferEnded", "TransferRefused",
  "SurveyAsked", "SurveyAnswered",
] as const;
const TRANSFERS = ["talked", "no_answer", "busy", "refused", "failed", "lost", "left", "not_allowed", "hours", "number_cap", "caps", "pbx"] as const;
const VIAS = ["keys", "flow", "link"] as const;
const CLOSED = ["completed", "exhausted", "cancelled"] as const;
const ENDERS = ["caller", "agent", "lost", "pbx_lost"] as const;

/** One sentence for an event of the journal; empty for events a reader needs not see. */
export function eventText(item: TimelineItem, detail: InteractionDetail, config: FloorConfig | undefined, lang: Lang, t: TFunction): string {
  let type: (typeof EVENTS)[number] | "WrapUpTimedOut" | "TransferTalked" | undefined = EVENTS.find((one) => one === item.type);
  if (type === undefined) return "";
  const { data } = item;
  if (type === "WrapUpCompleted" && data["timed_out"] === true) type = "WrapUpTimedOut";
  if (type === "TransferEnded" && data["result"] === "talked") type = "TransferTalked";
  const agent = text(data["agent"]);
  const label = typeof data["label"] === "object" && data["label"] !== null ? word(data["label"] as Record<string, string>, lang) : "";
  const customer = typeof data["customer"] === "object" && data["customer"] !== null ? text((data["customer"] as { name?: unknown }).name) : "";
  const promise = data["promise"];
  const minutes = typeof promise === "object" && promise !== null ? Number((promise as { minutes?: unknown }).minutes) : 0;
  const closed = CLOSED.find((one) => one === data["state"]);
  const by = ENDERS.find((one) => one === data["by"]);
  return t(`event.${type}`, {
    agent: detail.agents.find((one) => one.agent === agent)?.name ?? agent,
    score: typeof data["score"] === "number" ? data["score"] : 0,
    number: shownNumber(text(data["number"])), n: typeof data["attempt"] === "number" ? data["attempt"] : 0, source: sourceText(data["source"], t),
    outcome: transferText(data["result"] ?? data["why"], t),
    result: resultText(data["result"], t), closed: closed === undefined ? "" : t(`callback.state_${closed}`),
    time: typeof data["not_before"] === "number" ? companyTime(data["not_before"], config?.zone, lang) : "",
    minutes: minutes > 30 ? ">30" : minutes, flow: text(data["flow"]), keys: text(data["keys"]), label: label || text(data["step"]), queue: queueName(text(data["queue"]) || null, config, lang),
    language: data["language"] === "zh" || data["language"] === "en" ? t(`fact.${data["language"]}`) : text(data["language"]), customer, by: by === undefined ? text(data["by"]) : t(`event.by_${by}`),
  });
}

/** What became of handing a caller on. */
function transferText(result: unknown, t: TFunction): string {
  const known = TRANSFERS.find((one) => one === result);
  return known === undefined ? "" : t(`transfer.result_${known}`);
}

/** Where he was handed on to, and what became of it; one line each. What was never dialled is in the timeline only. */
const transferFact = (it: InteractionDetail, t: TFunction): string =>
  it.transfers.filter((one) => one.attempt > 0).map((one) => {
    const talked = one.answered_at === null || one.ended_at === null ? "" : clockSpan(one.ended_at - one.answered_at);
    return [shownNumber(one.number), one.result === "" ? t("conv.live") : `${transferText(one.result, t)} ${talked}`.trim()].filter(Boolean).join(" · ");
  }).join("\n");

/** Number, how often it was tried, and why he is called. */
function callbackFact(it: InteractionDetail, t: TFunction): string {
  const callback = it.callback;
  if (callback === null) return "";
  return [shownNumber(text(callback["number"])), t("callback.tried", { n: Number(callback["attempts"] ?? 0) }), sourceText(callback["source"], t), text(callback["reason"])]
    .filter(Boolean).join(" · ");
}

/** How satisfied the customer was, in his own words if he gave any, and the follow-up to a low score. */
function Said({ rating }: { rating: Rating }) {
  const { t } = useTranslation();
  const lang = useLang();
  const via = VIAS.find((one) => one === rating.via);
  return (
    <section className="said" data-testid="said" aria-label={t("survey.title")}>
      <p className="said-head"><b>{t("survey.title")}</b> <Score score={rating.score} word testid="said-score" />
        <span className="faint">{via === undefined ? "" : t(`survey.via_${via}`)} <time className="num">{dayTime(rating.answered_at, lang)}</time></span></p>
      {rating.comment === "" ? null : <blockquote>{rating.comment}</blockquote>}
    </section>
  );
}

/** Which of several recordings it is. */
function RecordingTitle({ recording, several }: { recording: RecordingItem; several: boolean }) {
  const { t } = useTranslation();
  if (recording.id.endsWith("-survey")) return <p className="faint">{t("survey.comment")}</p>;
  if (/-transfer\d+$/.test(recording.id)) return <p className="faint">{t("transfer.recording")}</p>;
  return several ? <p className="faint">{t("conv.segment", { n: recording.segment })}</p> : null;
}

export function Detail({ id }: { id: string }) {
  const { t } = useTranslation();
  const lang = useLang();
  const config = useConfig().data;
  const mayAsk = useMe().data?.permissions.includes("interactions.all") ?? false;
  const query = useInteraction(id);
  if (query.isPending) return <Loading />;
  if (query.isError) {
    const gone = query.error instanceof Problem && (query.error.status === 404 || query.error.status === 403);
    return gone ? <Blank title={t("conv.notFound")} tone="bad" /> : <Failed text={t("conv.error")} retry={() => void query.refetch()} />;
  }
  const it = query.data;
  const facts: readonly (readonly [string, string])[] = [
    [t("conv.arrived"), dayTime(it.arrived_at, lang)],
    [t("conv.dialled"), shownNumber(it.dialled)],
    [t("conv.path"), it.path.map((choice) => word(choice.label, lang)).filter(Boolean).join(" → ")],
    [t("conv.queue"), queueName(it.queue, config, lang)],
    [t("conv.agent"), [...new Set(it.agents.map((agent) => `${agent.name} ${agent.agent}`))].join("、")],
    [t("conv.wait"), it.wait_ms === null || it.queue === null ? "" : clockSpan(it.wait_ms)],
    [t("conv.talk"), it.talk_ms === null || it.talk_ms === 0 ? "" : `${clockSpan(it.talk_ms + it.hold_ms)}${it.hold_ms === 0 ? "" : t("conv.ofWhichHeld", { time: clockSpan(it.hold_ms) })}`],
    [t("callback.title"), callbackFact(it, t)],
    [t("transfer.title"), transferFact(it, t)],
    [t("conv.outcome"), it.outcome === null ? t("conv.live") : t(`conv.outcome_${it.outcome}`)],
    [t("conv.disposition"), it.disposition === null ? "" : named(config?.dispositions, it.disposition, lang)],
  ];
  const lines = it.timeline.map((item) => ({ seq: item.seq, at: item.at, says: eventText(item, it, config, lang, t), offer: item.type === "OfferMade" ? text(item.data["offer"]) : "" })).filter((line) => line.says !== "");
  return (
    <div className="detail" data-testid="detail">
      <h2 className="customer-name">{it.customer_name || shownNumber(it.caller) || t("customer.anonymous")} {it.customer_name === "" ? null : <span className="num faint">{shownNumber(it.caller) || t("common.unknownNumber")}</span>}</h2>
      <dl className="facts">{facts.filter(([, value]) => value !== "").map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
      {it.survey === null ? null : <Said rating={it.survey} />}
      {it.note === null || it.note === "" ? null : <p className="history-note">{it.note}</p>}
      {it.cases.length === 0 ? null : <><h3 className="pane-title">{t("case.title")}</h3><p className="history-cases">{it.cases.map((one) => <CaseLink key={one.id} brief={one} />)}</p></>}
      {it.callback?.["source"] === "web" ? <VisitRecord interaction={it.id} /> : null}
      <h3 className="pane-title">{t("conv.recording")}</h3>
      {it.recordings.length === 0 ? <p className="faint">{t("conv.noRecording")}</p> : it.recordings.map((recording) => (
        <div key={recording.id}>
          <RecordingTitle recording={recording} several={it.recordings.length > 1} />
          {recording.state === "stored" ? <Suspense fallback={<Loading />}><Player recording={recording} /></Suspense>
            : <p className="faint">{t(recording.state === "recording" ? "conv.recording_recording" : recording.state === "paused" ? "conv.recording_paused" : recording.state === "expired" ? "conv.recording_expired" : "conv.recording_missing")}</p>}
        </div>
      ))}
      <h3 className="pane-title">{t("conv.timeline")}</h3>
      <ol className="steps" data-testid="detail-timeline">{lines.map((line) => <li key={line.seq}><time className="num faint">{timeWithSeconds(line.at, lang)}</time><span>{line.says}{mayAsk && line.offer !== "" ? <Why offer={line.offer} /> : null}</span></li>)}</ol>
    </div>
  );
}
