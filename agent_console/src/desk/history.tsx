import type { UseQueryResult } from "@tanstack/react-query";
import { Button } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useConfig } from "../api/queries";
import type { InteractionItem, Page } from "../api/types";
import { CaseLink } from "../cases/shown";
import { useLang } from "../i18n";
import { clockSpan, dayTime, shownNumber, word } from "../shared/format";
import { Icon } from "../shared/icons";
import { Score } from "../shared/rating";
import { Blank, Failed, Loading } from "../shared/ui";
import { callbackReason, named, queueName } from "../shared/words";

const Player = lazy(() => import("../conversations/player"));

function Entry({ item, withCustomer }: { item: InteractionItem; withCustomer: boolean }) {
  const { t } = useTranslation();
  const lang = useLang();
  const config = useConfig().data;
  const [open, setOpen] = useState(false);
  const stored = item.recordings.filter((recording) => recording.state === "stored");
  const why = item.path.map((choice) => word(choice.label, lang)).filter(Boolean).join(" → ") || callbackReason(item) || queueName(item.queue, config, lang) || shownNumber(item.dialled);
  const result = item.disposition === null || item.disposition === "" ? "" : named(config?.dispositions, item.disposition, lang);
  return (
    <li className="history-item" data-testid="history-item">
      <span className={`history-dot outcome-${item.outcome ?? "live"}`} aria-hidden="true" />
      <div className="history-body">
        <div className="history-head">
          <Link to={`/conversations/${encodeURIComponent(item.id)}`} className="history-why">{withCustomer ? item.customer_name || shownNumber(item.caller) || t("customer.anonymous") : why}</Link>
          {result === "" ? null : <span className="tag">{result}</span>}
          {item.survey === null ? null : <Score score={item.survey.score} />}
          {item.outcome === null ? <span className="tag tag-live">{t("conv.live")}</span> : item.outcome === "handled" ? null : <span className="tag tag-warn">{t(`conv.outcome_${item.outcome}`)}</span>}
          <time className="num faint history-time">{dayTime(item.arrived_at, lang)}</time>
        </div>
        <div className="history-meta faint">
          {[withCustomer ? why : item.agents.map((agent) => agent.name).join("、"), item.talk_ms === null || item.talk_ms === 0 ? "" : `${t("conv.talk")} ${clockSpan(item.talk_ms + item.hold_ms)}`].filter(Boolean).join(" · ")}
          {stored.length === 0 ? null : (
            <Button size="small" type="link" aria-expanded={open} onClick={() => setOpen(!open)} icon={<Icon name={open ? "close" : "play"} size={12} />} data-testid="history-play">{open ? t("common.close") : t("player.listen")}</Button>
          )}
        </div>
        {item.cases.length === 0 ? null : <p className="history-cases">{item.cases.map((one) => <CaseLink key={one.id} brief={one} />)}</p>}
        {item.note === null || item.note === "" ? null : <p className="history-note">{item.note}</p>}
        {open ? <Suspense fallback={<Loading />}>{stored.map((recording) => <Player key={recording.id} recording={recording} />)}</Suspense> : null}
      </div>
    </li>
  );
}

/** What was said before, newest first. */
export function History({ query, without, withCustomer = false, empty }: {
  query: UseQueryResult<Page<InteractionItem>>; without?: string | undefined; withCustomer?: boolean; empty?: string;
}) {
  const { t } = useTranslation();
  if (query.isPending) return <Loading />;
  if (query.isError) return <Failed text={t("customer.timelineError")} retry={() => void query.refetch()} />;
  const items = query.data.items.filter((item) => item.id !== without);
  if (items.length === 0) return <Blank title={empty ?? t("customer.timelineEmpty")} icon="list" testid="history-empty" />;
  return <ol className="history" data-testid="history">{items.map((item) => <Entry key={item.id} item={item} withCustomer={withCustomer} />)}</ol>;
}
