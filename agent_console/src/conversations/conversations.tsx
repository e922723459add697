import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Button, Drawer, Segmented, Select } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { askJson } from "../api/client";
import { useConfig } from "../api/queries";
import type { InteractionItem, Page } from "../api/types";
import { useLang } from "../i18n";
import type { Agent, OutcomeName } from "../live/types";
import { useWorkplace } from "../shell/context";
import { clockSpan, dayTime, shownNumber, word } from "../shared/format";
import { Icon } from "../shared/icons";
import { Score } from "../shared/rating";
import { Blank, Failed, Loading } from "../shared/ui";
import { callbackReason, named, queueName } from "../shared/words";
import { Detail } from "./detail";
import { RANGES, rangeStart } from "./range";

const OUTCOMES: readonly OutcomeName[] = ["handled", "abandoned", "short_abandoned", "overflowed", "callback", "voicemail", "failed"];
const RATED = ["any", "low", "1", "2", "3", "4", "5"] as const;
function Row({ item, active, whole }: { item: InteractionItem; active: boolean; whole: boolean }) {
  const { t } = useTranslation();
  const lang = useLang();
  const config = useConfig().data;
  const [params] = useSearchParams();
  const queue = queueName(item.queue, config, lang) || shownNumber(item.dialled);
  const why = item.path.map((choice) => word(choice.label, lang)).filter(Boolean).join(" → ") || callbackReason(item);
  const has = item.recordings.some((recording) => recording.state === "stored");
  return (
    <li className={active ? "row active" : "row"} data-testid="conversation" data-agents={item.agents.map((agent) => agent.agent).join(" ")}>
      <Link to={{ pathname: `/conversations/${encodeURIComponent(item.id)}`, search: params.toString() }}>
        <time className="num row-time">{dayTime(item.arrived_at, lang)}</time>
        <span className="row-who"><b>{item.customer_name || shownNumber(item.caller) || t("customer.anonymous")}</b>{item.customer_name === "" ? null : <span className="num faint">{shownNumber(item.caller) || t("common.unknownNumber")}</span>}</span>
        <span className="row-why"><span className="row-reason">{why || queue}</span>{item.note === null || item.note === "" ? null : <span className="row-note faint">{item.note}</span>}</span>
        {whole ? <span className="row-agent">{[...new Set(item.agents.map((agent) => agent.name))].join("、")}</span> : null}
        <span className="row-result">
          {item.outcome === null ? <span className="tag tag-live">{t("conv.live")}</span> : item.outcome === "handled"
            ? (item.disposition === null || item.disposition === "" ? <span className="tag">{t("conv.outcome_handled")}</span> : <span className="tag">{named(config?.dispositions, item.disposition, lang)}</span>)
            : <span className="tag tag-warn">{t(`conv.outcome_${item.outcome}`)}</span>}
          {item.survey === null ? null : <Score score={item.survey.score} testid="row-score" />}
        </span>
        <span className="num row-wait faint">{item.wait_ms === null ? "–" : clockSpan(item.wait_ms)}</span>
        <span className={item.talk_ms === null || item.talk_ms === 0 ? "num row-talk row-silent" : "num row-talk"}>{item.talk_ms === null || item.talk_ms === 0 ? "–" : clockSpan(item.talk_ms + item.hold_ms)}<span className="row-rec" title={has ? t("conv.recording") : ""}>{has ? <Icon name="play" size={14} /> : null}</span></span>
      </Link>
    </li>
  );
}

export default function Conversations() {
  const { t } = useTranslation();
  const lang = useLang();
  const { me } = useWorkplace();
  const { id } = useParams();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const config = useConfig().data;
  const whole = me.permissions.includes("interactions.all");
  const range = RANGES.find((one) => one === params.get("range")) ?? "all";
  const filters = { queue: params.get("queue"), outcome: params.get("outcome"), survey: params.get("survey"), agent: params.get("agent") };
  const filtered = range !== "all" || Object.values(filters).some((value) => value !== null);

  const agents = useQuery({ queryKey: ["agents"], enabled: whole, queryFn: ({ signal }) => askJson<readonly Agent[] | { items: readonly Agent[] }>("/agents", { signal }) });
  const agentList: readonly Agent[] = agents.data === undefined ? [] : "items" in agents.data ? agents.data.items : agents.data;

  const question = useMemo(() => {
    const query = new URLSearchParams({ limit: "30" });
    for (const [key, value] of Object.entries(filters)) if (value !== null) query.set(key, value);
    if (!whole && me.agent !== null) query.set("agent", me.agent);
    const from = rangeStart(range, new Date());
    if (from !== null) query.set("from", from);
    return query.toString();
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [filters.queue, filters.outcome, filters.survey, filters.agent, range, whole, me.agent]);

  const list = useInfiniteQuery({
    queryKey: ["interactions", "list", question],
    queryFn: ({ signal, pageParam }) => askJson<Page<InteractionItem>>(`/interactions?${question}${pageParam === null ? "" : `&cursor=${encodeURIComponent(pageParam)}`}`, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
  });
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];

  const filter = (key: string) => (value: string | undefined) => {
    const next = new URLSearchParams(params);
    if (value === undefined || value === "all") next.delete(key);
    else next.set(key, value);
    setParams(next, { replace: true });
  };
  const clear = (): void => setParams({}, { replace: true });

  return (
    <main className={whole ? "conversations conv-whole" : "conversations"} data-testid="conversations">
      <header className="conv-head">
        <h1>{whole ? t("conv.everyone") : t("conv.mine")}</h1>
        <div className="filters">
          <Segmented value={range} options={RANGES.map((one) => ({ value: one, label: one === "all" ? t("common.all") : t(`conv.${one}`) }))} onChange={filter("range")} aria-label={t("conv.range")} />
          <Select allowClear placeholder={t("conv.queue")} value={filters.queue} onChange={(value: string | undefined) => filter("queue")(value)} popupMatchSelectWidth={false} data-testid="filter-queue" aria-label={t("conv.queue")}
            options={(config?.queues ?? []).map((queue) => ({ value: queue.id, label: word(queue.name, lang) || queue.id }))} />
          <Select allowClear placeholder={t("conv.outcome")} value={filters.outcome} onChange={(value: string | undefined) => filter("outcome")(value)} popupMatchSelectWidth={false} data-testid="filter-outcome" aria-label={t("conv.outcome")}
            options={OUTCOMES.map((outcome) => ({ value: outcome, label: t(`conv.outcome_${outcome}`) }))} />
          <Select allowClear placeholder={t("survey.title")} value={filters.survey} onChange={(value: string | undefined) => filter("survey")(value)} popupMatchSelectWidth={false} data-testid="filter-survey" aria-label={t("survey.title")}
            options={RATED.map((rated) => ({ value: rated, label: t(`survey.rated_${rated}`) }))} />
          {whole ? (
            <Select allowClear showSearch={{ optionFilterProp: "label" }} placeholder={t("conv.agent")} value={filters.agent} onChange={(value: string | undefined) => filter("agent")(value)} popupMatchSelectWidth={false} data-testid="filter-agent" aria-label={t("conv.agent")}
              options={agentList.map((agent) => ({ value: agent.id, label: `${agent.name} ${agent.id}` }))} />
          ) : null}
        </div>
      </header>
      {list.isPending ? <Loading /> : list.isError ? <Failed text={t("conv.error")} retry={() => void list.refetch()} /> : items.length === 0 ? (
        <Blank title={t(filtered ? "conv.emptyFiltered" : "conv.empty")} icon="list" testid="conversations-empty">{filtered ? <Button onClick={clear}>{t("conv.clear")}</Button> : null}</Blank>
      ) : (
        <>
          <div className="row row-titles faint" aria-hidden="true">
            <span>{t("conv.arrived")}</span><span>{t("conv.customer")}</span><span>{t("conv.reasonNote")}</span>{whole ? <span>{t("conv.agent")}</span> : null}<span className="row-result"><span>{t("conv.outcome")}</span><span>{t("survey.short")}</span></span><span className="row-wait">{t("conv.wait")}</span><span className="row-talk">{t("conv.talk")}<span className="row-rec" /></span>
          </div>
          <ol className="rows">{items.map((item) => <Row key={item.id} item={item} active={item.id === id} whole={whole} />)}</ol>
          {list.hasNextPage ? <Button className="more" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t("common.more")}</Button> : null}
        </>
      )}
      <Drawer open={id !== undefined} size={680} title={t("conv.detail")} destroyOnHidden onClose={() => void navigate({ pathname: "/conversations", search: params.toString() })} data-testid="conversation-drawer">
        {id === undefined ? null : <Detail key={id} id={id} />}
      </Drawer>
    </main>
  );
}
