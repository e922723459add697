import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Navigate } from "react-router";
import { askJson } from "../api/client";
import type { InteractionItem, Page } from "../api/types";
import { useLive } from "../live/store";
import { useWorkplace } from "../shell/context";
import { useKeys } from "../shared/keys";
import { Blank, Loading } from "../shared/ui";
import { CallCard } from "./call-card";
import { CustomerPane } from "./customer-pane";
import { History } from "./history";
import { Intent } from "./intent";
import { NextSteps, NoNextSteps } from "./next-steps";
import { useCall } from "./use-call";
import { useVisit } from "./visitor";

function Waiting({ agent }: { agent: string }) {
  const { t } = useTranslation();
  const recent = useQuery({
    queryKey: ["interactions", "recent", agent],
    queryFn: ({ signal }) => askJson<Page<InteractionItem>>(`/interactions?agent=${encodeURIComponent(agent)}&limit=12`, { signal }),
  });
  return (
    <div className="customer waiting" data-testid="waiting">
      <h2 className="pane-title">{t("customer.recent")}</h2>
      <History query={recent} withCustomer empty={t("customer.recentEmpty")} />
    </div>
  );
}

function IdleCard() {
  const { t } = useTranslation();
  const state = useLive((live) => live.floor.agent?.state);
  const text = state === "available" ? t("call.idleAvailable") : state === "not_ready" ? t("call.idleNotReady") : t("call.idleSignedOut");
  return <Blank title={t("call.idleTitle")} text={text} icon="phone" />;
}

/** Left: what happens to me now. Middle: who it is. Right: what I do next. */
export default function Desk() {
  const { me } = useWorkplace();
  return me.agent === null ? <Navigate to="/conversations" replace /> : <AgentDesk agent={me.agent} />;
}

function AgentDesk({ agent }: { agent: string }) {
  const desk = useCall();
  const known = useLive((live) => live.known);
  const { interaction, stage } = desk;
  const visit = useVisit(interaction);
  const talking = stage === "talking" || stage === "held";
  useKeys({
    ...(stage === "ringing" ? { enter: desk.answer, escape: desk.decline } : {}),
    ...(talking ? { h: desk.toggleHold, m: desk.toggleMute } : {}),
  });
  return (
    <main className={`desk desk-${stage}`} data-testid="desk">
      <aside className="desk-left">
        <CallCard desk={desk} visit={visit} idle={<IdleCard />} />
        <Intent />
      </aside>
      <section className="desk-middle">
        {!known ? <Loading /> : interaction === null || stage === "idle" ? <Waiting agent={agent} /> : <CustomerPane key={interaction.id} interaction={interaction} visit={visit} />}
      </section>
      <aside className="desk-right">
        {interaction === null || stage === "idle" ? <NoNextSteps /> : <NextSteps key={interaction.id} interaction={interaction} />}
      </aside>
    </main>
  );
}
