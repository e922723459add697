import { Button, Tooltip } from "antd";
import { useEffect } from "react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useConfig } from "../api/queries";
import type { Visit } from "../api/types";
import { useLang } from "../i18n";
import type { Interaction } from "../live/types";
import { announce, startRing } from "../phone/ring";
import { useWorkplace } from "../shell/context";
import { clockSpan, shownNumber, word } from "../shared/format";
import { Icon } from "../shared/icons";
import { Score } from "../shared/rating";
import { Key, StateMark, Ticking, useLeft } from "../shared/ui";
import { queueName, sourceText } from "../shared/words";
import { CallbackNote } from "./callback-note";
import type { CallDesk } from "./use-call";

export function useCallerName(interaction: Interaction | null): string {
  const { t } = useTranslation();
  if (interaction === null) return "";
  return interaction.customer.name || interaction.caller_name || (interaction.caller === "" ? t("customer.anonymous") : shownNumber(interaction.caller));
}

/** Why we talk, as one line: the last choice the caller made, what a callback is about, else the queue. */
export function useReason(interaction: Interaction | null): string {
  const { t } = useTranslation();
  const lang = useLang();
  const config = useConfig().data;
  if (interaction === null) return "";
  const last = interaction.path.at(-1);
  if (last === undefined && interaction.callback !== null) return [sourceText(interaction.callback.source, t), interaction.callback.reason].filter(Boolean).join(" · ");
  return (last === undefined ? "" : word(last.label, lang)) || queueName(interaction.queue, config, lang);
}

/** The number we talk over: the one we ring back, else the one that rang us. */
const rungNumber = (interaction: Interaction): string => interaction.callback?.number ?? interaction.caller;

function useRinging(desk: CallDesk): void {
  const { t } = useTranslation();
  const name = useCallerName(desk.interaction);
  const why = useReason(desk.interaction);
  const number = desk.interaction === null ? "" : shownNumber(rungNumber(desk.interaction)) || t("common.unknownNumber");
  const title = desk.interaction?.callback == null ? t("call.titleRinging", { name }) : t("call.titleCallback", { name });
  const ringing = desk.stage === "ringing" && !desk.answering && !desk.declining;
  useEffect(() => (ringing ? startRing() : undefined), [ringing]);
  useEffect(
    () => (ringing ? announce(title, t("call.notifyBody", { number, why })) : undefined),
    [ringing, title, number, why, t],
  );
}

function Caller({ interaction }: { interaction: Interaction }) {
  const { t } = useTranslation();
  const name = useCallerName(interaction);
  const number = shownNumber(rungNumber(interaction));
  return (
    <div className="card-caller">
      <strong data-testid="call-name">{name}</strong>
      {number === name ? null : <span className="num faint">{number || t("common.unknownNumber")}</span>}
    </div>
  );
}

interface Now { desk: CallDesk; interaction: Interaction; visit: Visit | null }

/** The agent has answered; now the customer is rung. */
function Dialling({ desk, interaction, visit }: Now) {
  const { t } = useTranslation();
  return (
    <>
      <div className="card-head"><StateMark state="offered" /></div>
      <Caller interaction={interaction} />
      <CallbackNote interaction={interaction} visit={visit} />
      <p className="card-note" role="status" data-testid="dialling-customer">{t("callback.dialling")}</p>
      <Button block danger data-testid="hang-up" loading={desk.hangingUp} onClick={desk.hangUp} icon={<Icon name="hangup" size={18} />}>{t("callback.giveUp")}</Button>
    </>
  );
}

function Ringing({ desk, interaction, visit }: Now) {
  const { t } = useTranslation();
  const { device } = useWorkplace();
  const offer = interaction.offer;
  const left = useLeft(offer?.expires_at ?? null);
  const why = useReason(interaction);
  const { callback } = interaction;
  const elsewhere = offer !== null && offer.device !== device && desk.phone.call === null;
  const answerText = desk.answering ? t("call.answering") : t("call.answer");
  return (
    <>
      <div className="card-head">
        <StateMark state="offered" />
        {offer === null ? null : <Ticking from={offer.made_at} testid="ring-time" />}
      </div>
      <Caller interaction={interaction} />
      <CallbackNote interaction={interaction} visit={visit} />
      {why === "" || callback !== null ? null : <div className="card-why">{why}</div>}
      <div className="card-answer">
        {elsewhere ? (
          <p className="card-note"><Icon name="phone" /> {t("call.onPhone")} <span className="num">{offer.device}</span></p>
        ) : (
          <Button type="primary" size="large" block className="answer" data-testid="answer" loading={desk.answering} disabled={!desk.canAnswer && !desk.answering} onClick={desk.answer}
            icon={desk.answering ? undefined : <Icon name="phone" />}>
            {desk.canAnswer || desk.answering ? <>{answerText} {desk.answering ? null : <Key>⏎</Key>}</> : t("call.waitingInvite")}
          </Button>
        )}
        <Tooltip title={t(callback === null ? "call.declineHint" : "callback.declineHint")} placement="bottom">
          <Button block data-testid="decline" loading={desk.declining} disabled={desk.answering} onClick={desk.decline}>
            {desk.declining ? t("call.declining") : <>{t("call.decline")} <Key>Esc</Key></>}
          </Button>
        </Tooltip>
      </div>
      {callback !== null && interaction.caller_leg.state === "gone" && !desk.answering ? <p className="card-foot faint">{t("callback.then")}</p> : null}
      {left === "" || desk.answering ? null : <p className="card-foot num faint">{t("call.offerEndsIn", { time: left })}</p>}
    </>
  );
}

function Talking({ desk, interaction, visit }: Now) {
  const { t } = useTranslation();
  const { phone } = useWorkplace();
  const { call, soundBlocked } = desk.phone;
  const held = desk.stage === "held";
  // Floor and phone agree only once the far side knows: until then the button says it is working.
  const turning = call !== null && (call.turning || call.held !== held);
  const reachable = call?.phase === "connected";
  return (
    <>
      <div className="card-head">
        <StateMark state={held ? "held" : "connected"} />
        <Ticking from={held ? (interaction.held_at ?? interaction.arrived_at) : (interaction.connected_at ?? interaction.arrived_at)} testid="talk-time" />
      </div>
      <Caller interaction={interaction} />
      <CallbackNote interaction={interaction} visit={visit} />
      {interaction.recordings.length > 0 ? <div className="card-rec"><span className="rec-dot" aria-hidden="true" /> {t("call.recording")}</div> : null}
      {call?.muted === true ? <p className="card-note card-warn" role="status"><Icon name="micOff" /> {t("call.muted")}</p> : null}
      {call?.poor === true ? <p className="card-note card-warn" role="status"><Icon name="alert" /> {t("call.poor")}</p> : null}
      {soundBlocked ? (
        <p className="card-note card-warn" role="alert"><Icon name="sound" /> {t("call.soundBlocked")} <Button size="small" onClick={phone.enableSound} data-testid="enable-sound">{t("call.soundEnable")}</Button></p>
      ) : null}
      {desk.rejoin === "working" ? <p className="card-note" role="status" data-testid="rejoining">{t("call.rejoining")}</p> : null}
      {desk.rejoin === "failed" ? <p className="card-note card-warn" role="alert">{t("call.rejoinFailed")} <Button size="small" onClick={desk.askRejoin} data-testid="rejoin">{t("call.rejoin")}</Button></p> : null}
      {desk.rejoin === "offered" ? <p className="card-note">{t("call.elsewhere")} <Button size="small" onClick={desk.askRejoin} data-testid="rejoin">{t("call.rejoin")}</Button></p> : null}
      {desk.rejoin === "elsewhere" ? <p className="card-note">{t("call.inOtherPage")} <Button size="small" onClick={phone.takeOver} data-testid="take-call-over">{t("call.takeOver")}</Button></p> : null}
      <div className="card-pair">
        <Tooltip title={held ? t("call.resumeHint") : t("call.holdHint")} placement="bottom">
          <Button data-testid="hold" aria-pressed={held} disabled={!reachable || desk.hangingUp || desk.phone.line !== "registered"} loading={turning} onClick={desk.toggleHold} type={held ? "primary" : "default"} icon={turning ? undefined : <Icon name={held ? "play" : "pause"} />}>
            {held ? t("call.resume") : t("call.hold")} <Key>H</Key>
          </Button>
        </Tooltip>
        <Button data-testid="mute" aria-pressed={call?.muted ?? false} disabled={!reachable || desk.hangingUp} onClick={desk.toggleMute} className={call?.muted === true ? "pressed" : ""} icon={<Icon name={call?.muted === true ? "micOff" : "mic"} />}>
          {call?.muted === true ? t("call.unmute") : t("call.mute")} <Key>M</Key>
        </Button>
      </div>
      <Tooltip title={t("call.hangUpHint")} placement="bottom">
        <Button block danger data-testid="hang-up" loading={desk.hangingUp} onClick={desk.hangUp} icon={<Icon name="hangup" size={18} />}>
          {desk.hangingUp ? t("call.hangingUp") : t("call.hangUp")}
        </Button>
      </Tooltip>
    </>
  );
}

/** The caller is asked how satisfied he is, and what he said. */
function SurveyLine({ interaction }: { interaction: Interaction }) {
  const { t } = useTranslation();
  const survey = interaction.survey;
  if (survey === null) return null;
  return (
    <p className="card-foot card-survey" data-testid="call-survey">
      {survey.score !== null ? <>{t("survey.said")} <Score score={survey.score} word testid="call-score" /></>
        : <span className="faint">{t(interaction.caller_leg.state === "gone" ? "survey.unanswered" : "survey.asking")}</span>}
    </p>
  );
}

function WrapUp({ interaction }: { interaction: Interaction }) {
  const { t } = useTranslation();
  const left = useLeft(interaction.wrap_up_expires_at);
  const talked = interaction.connected_at !== null && interaction.talk_ended_at !== null ? clockSpan(interaction.talk_ended_at - interaction.connected_at) : null;
  return (
    <>
      <div className="card-head">
        <StateMark state="wrapping_up" />
        {left === "" ? null : <span className="num" data-testid="wrap-up-left">{t("call.wrapUpLeft", { time: left })}</span>}
      </div>
      <Caller interaction={interaction} />
      <SurveyLine interaction={interaction} />
      <p className="card-foot faint">{t("call.ended")}{talked === null ? "" : ` · ${t("call.wrapUpTalk", { time: talked })}`}</p>
    </>
  );
}

/** The one place where a call happens: rings, talks, ends and is wrapped up here. */
export function CallCard({ desk, visit, idle }: { desk: CallDesk; visit: Visit | null; idle: ReactNode }) {
  useRinging(desk);
  const { t } = useTranslation();
  const { interaction, stage, phone } = desk;
  let body: ReactNode = idle;
  if (interaction !== null) {
    if (stage === "connecting" && interaction.caller_leg.state === "dialling") body = <Dialling desk={desk} interaction={interaction} visit={visit} />;
    else if (stage === "ringing" || stage === "connecting") body = <Ringing desk={desk} interaction={interaction} visit={visit} />;
    else if (stage === "talking" || stage === "held") body = <Talking desk={desk} interaction={interaction} visit={visit} />;
    else if (stage === "wrapping_up") body = <WrapUp interaction={interaction} />;
  }
  return (
    <section className={`call-card call-${stage}`} data-testid="call-card" data-stage={stage} data-own-enter="" aria-label={t("call.now")} aria-live="polite">
      {body}
      {phone.trouble === null ? null : <p className="card-note card-warn" role="alert"><Icon name="micOff" /> {t("call.micBlocked")}</p>}
    </section>
  );
}
