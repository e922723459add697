import { Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useConfig } from "../api/queries";
import { useLang } from "../i18n";
import { currentInteraction } from "../live/fold";
import { useLive } from "../live/store";
import type { Agent } from "../live/types";
import type { MicState } from "../phone/microphone";
import type { LineState } from "../phone/softphone";
import { usePhone, useWorkplace } from "../shell/context";
import { useStateWish } from "../shell/state-menu";
import { Icon } from "../shared/icons";
import { reasonText } from "../shared/words";

export type Obstacle = "offline" | "pbx" | "state" | "phone" | "elsewhere" | "mic";

/** Why no call can come now, the thing to fix first first; null: calls are being offered. */
export function obstacle(now: {
  live: boolean; pbxUp: boolean; agent: Pick<Agent, "state" | "devices"> | null; line: LineState; mic: MicState; device: string;
}): Obstacle | null {
  if (!now.live) return "offline";
  if (!now.pbxUp) return "pbx";
  if (now.agent === null || now.agent.state === "signed_out" || now.agent.state === "not_ready") return "state";
  const external = now.agent.devices.some((one) => one !== now.device);
  if (now.agent.devices.length === 0) return now.line === "locked" ? "elsewhere" : "phone";
  if (!external && (now.mic === "denied" || now.mic === "none")) return "mic";
  return null;
}

type Health = "good" | "wait" | "bad";
const MIC_TEXT = { granted: "micGranted", prompt: "micPrompt", denied: "micDenied", none: "micNone", unknown: "micUnknown" } as const;
const LINE_TEXT = { off: "phoneOff", locked: "phoneLocked", connecting: "phoneConnecting", registered: "phoneRegistered", failed: "phoneFailed" } as const;

function Check({ name, value, health, children }: { name: string; value: string; health: Health; children?: ReactNode }) {
  return (
    <li className={`check check-${health}`}>
      <Icon name={health === "good" ? "check" : health === "wait" ? "ring" : "alert"} size={14} />
      <span>{name}</span>
      <span className="check-value">{value}</span>
      {children}
    </li>
  );
}

/** Answers "am I being offered calls?" in one line, and if not: why, and what to press. */
export function Intent() {
  const { t } = useTranslation();
  const lang = useLang();
  const config = useConfig().data;
  const { me, device, mic, askMic, phone: line } = useWorkplace();
  const phone = usePhone();
  const agent = useLive((live) => live.floor.agent);
  const pbxUp = useLive((live) => live.floor.pbx_up);
  const link = useLive((live) => live.link);
  const held = useLive((live) => currentInteraction(live.floor)?.state === "held");
  const { busy, wish } = useStateWish(me.agent ?? "");
  const live = link === "live";
  const why = obstacle({ live, pbxUp, agent, line: phone.line, mic, device });
  const working = agent !== null && (agent.state === "offered" || agent.state === "connected" || agent.state === "wrapping_up");
  const external = agent?.devices.find((one) => one !== device);

  let text = "";
  let fix: ReactNode = null;
  switch (why) {
    case "offline": text = t("intent.offline"); break;
    case "pbx": text = t("intent.pbx"); break;
    case "elsewhere":
      text = t("intent.phoneElsewhere");
      fix = <Button size="small" onClick={line.takeOver}>{t("intent.takeOver")}</Button>;
      break;
    case "phone": text = t("intent.phone"); break;
    case "mic": text = mic === "none" ? t("intent.micNoneHow") : `${t("intent.mic")}${t("intent.micHow")}`; break;
    case "state":
      if (agent === null || agent.state === "signed_out") {
        text = t("intent.signed_out");
        fix = <Button type="primary" loading={busy} onClick={() => wish("signed_in")} data-testid="go-signed-in">{t("state.signIn")}</Button>;
      } else {
        text = agent.reason === "missed_offer" ? t("intent.missedText") : agent.reason === "declined" ? t("intent.declinedText")
          : agent.reason === "connection_lost" ? t("intent.lostText")
          : agent.reason === "" ? t("intent.not_ready_plain") : t("intent.not_ready", { reason: reasonText(agent.reason, config, lang, t) });
        fix = (
          <Button type="primary" loading={busy} onClick={() => wish("available")} data-testid="go-available">
            {agent.reason === "missed_offer" || agent.reason === "declined" ? t("intent.resume") : t("state.goAvailable")}
          </Button>
        );
      }
      break;
    case null:
  }
  const tone = why === null ? (working ? "busy" : "yes") : why === "state" ? "no" : "bad";
  return (
    <section className={`intent intent-${tone}${tone === "busy" && agent !== null ? ` state-${held ? "held" : agent.state}` : ""}`} data-testid="intent" data-obstacle={why ?? (working ? "busy" : "none")}>
      <div className="intent-line" role="status">
        <strong>{why === null ? t(working ? "intent.busy" : "intent.offering") : why === "state" && agent?.reason === "missed_offer" ? t("intent.missedTitle") : t("intent.notOffering")}</strong>
        {text === "" ? null : <p>{text}</p>}
        {fix}
      </div>
      <ul className="checks">
        <Check name={t("intent.check_server")} value={t(live ? "intent.serverLive" : link === "connecting" ? "intent.serverConnecting" : "intent.serverOffline")} health={live ? "good" : "wait"} />
        <Check name={t("intent.check_pbx")} value={t(pbxUp ? "intent.pbxUp" : "intent.pbxDown")} health={pbxUp ? "good" : live ? "bad" : "wait"} />
        <Check name={t("intent.check_phone")} value={external !== undefined && phone.line !== "registered" ? t("intent.phoneExternal", { device: external }) : t(`intent.${LINE_TEXT[phone.line]}`)}
          health={phone.line === "registered" || external !== undefined ? "good" : phone.line === "failed" ? "bad" : "wait"}>
          {phone.line === "locked" ? <Button size="small" type="link" onClick={line.takeOver} data-testid="take-over">{t("intent.takeOver")}</Button> : null}
        </Check>
        <Check name={t("intent.check_mic")} value={t(`intent.${MIC_TEXT[mic]}`)} health={mic === "granted" ? "good" : mic === "denied" || mic === "none" ? "bad" : "wait"}>
          {mic === "prompt" || mic === "unknown" || mic === "none" ? <Button size="small" type="link" onClick={() => void askMic()} data-testid="allow-mic">{t(mic === "none" ? "common.retry" : "intent.allowMic")}</Button> : null}
        </Check>
      </ul>
    </section>
  );
}
