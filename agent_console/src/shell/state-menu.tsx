import { App, Dropdown, Spin } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { floor, useConfig } from "../api/queries";
import { useLang } from "../i18n";
import { currentInteraction } from "../live/fold";
import { useLive } from "../live/store";
import type { Agent } from "../live/types";
import { word } from "../shared/format";
import { Icon } from "../shared/icons";
import { StateMark, Ticking } from "../shared/ui";
import { problemText, reasonText } from "../shared/words";
import type { ShownState } from "../shared/words";

type Wish = "signed_in" | "available" | "not_ready" | "signed_out";

/** What a wish looks like once the floor has granted it: only then the button stops saying "changing". */
const sign = (agent: Agent | null): string =>
  agent === null ? "" : [agent.state, agent.reason, agent.since, agent.wanted, agent.wanted_reason].join("|");

/** Ask the floor for another state; `busy` until its event arrives (or it refuses, which is said). */
export function useStateWish(agentId: string): { busy: boolean; wish: (state: Wish, reason?: string) => void } {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const now = useLive((live) => sign(live.floor.agent));
  const [asked, setAsked] = useState<string | null>(null);
  const wish = (state: Wish, reason?: string): void => {
    setAsked(now);
    // A click of the person: the moment a browser accepts the question about notifications.
    if (state !== "signed_out" && "Notification" in window && Notification.permission === "default") void Notification.requestPermission();
    floor.setState(agentId, state, reason).then(
      // The event usually came first; a wish for what already is brings none.
      () => setTimeout(() => setAsked(null), 1500),
      (problem: unknown) => {
        setAsked(null);
        void message.error(problemText(problem, t));
      },
    );
  };
  return { busy: asked !== null && asked === now, wish };
}

export function StateMenu({ agentId }: { agentId: string }) {
  const { t } = useTranslation();
  const lang = useLang();
  const config = useConfig().data;
  const agent = useLive((live) => live.floor.agent);
  const link = useLive((live) => live.link);
  const held = useLive((live) => currentInteraction(live.floor)?.state === "held");
  const { busy, wish } = useStateWish(agentId);

  if (agent === null) {
    return <div className="state-chip state-signed_out" data-testid="state" data-state="unknown"><Icon name="ring" /> <span>{t("state.unknown")}</span></div>;
  }
  const shown: ShownState = agent.state === "connected" && held ? "held" : agent.state;
  const working = agent.state === "offered" || agent.state === "connected" || agent.state === "wrapping_up";
  const current = working ? agent.wanted : agent.state;
  const currentReason = working ? agent.wanted_reason : agent.reason;
  const reason = agent.state === "not_ready" && agent.reason !== "" ? reasonText(agent.reason, config, lang, t) : "";
  const after = working && agent.wanted !== "available"
    ? t("state.afterWork", { state: [t(`state.${agent.wanted}`), agent.wanted_reason === "" ? "" : reasonText(agent.wanted_reason, config, lang, t)].filter(Boolean).join(" · ") })
    : "";
  const reasons = config?.not_ready_reasons ?? [];
  const choices = [
    ...(working ? [{ key: "hint", type: "group" as const, label: t("state.afterCallNote") }] : []),
    ...(agent.state === "signed_out"
      ? [{ key: "signed_in", label: t("state.signIn"), icon: <Icon name="headset" /> }]
      : [
          { key: "available", label: <StateMark state="available" /> },
          { type: "divider" as const },
          { key: "reasons", type: "group" as const, label: t("state.goNotReady"), children: reasons.map((one) => ({
            key: `not_ready:${one.code}`, icon: <Icon name="minus" />, label: word(one.label, lang),
          })) },
          { type: "divider" as const },
          { key: "signed_out", label: <StateMark state="signed_out" /> },
        ]),
  ];
  return (
    <Dropdown trigger={["click"]} disabled={link !== "live"} menu={{
      items: choices, selectedKeys: [current === "not_ready" ? `not_ready:${currentReason}` : current],
      onClick: ({ key }) => {
        const [state, why] = key.split(":");
        if (state === "not_ready") wish("not_ready", why);
        else if (state === "signed_in" || state === "available" || state === "signed_out") wish(state);
      },
    }}>
      <button type="button" className={`state-chip state-${shown}${link === "live" ? "" : " stale"}`} data-testid="state" data-state={agent.state} data-reason={agent.reason} aria-haspopup="menu">
        <StateMark state={shown} />
        {reason === "" ? null : <span className="state-reason">{reason}</span>}
        <Ticking from={agent.since} testid="state-time" />
        {after === "" ? null : <span className="state-after">{after}</span>}
        {busy ? <Spin size="small" aria-label={t("state.changing")} /> : <Icon name="down" />}
      </button>
    </Dropdown>
  );
}
