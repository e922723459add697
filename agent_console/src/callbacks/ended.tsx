import { useInfiniteQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { askJson } from "../api/client";
import { useConfig } from "../api/queries";
import type { CallbackItem, Page } from "../api/types";
import { useLang } from "../i18n";
import { shownNumber } from "../shared/format";
import { Blank, Failed, Loading } from "../shared/ui";
import { When } from "../shared/when";
import { queueName, resultText, sourceText } from "../shared/words";

const WHYS = ["talked", "handled", "rang_again", "attempts", "expired", "asked", "not_allowed", "do_not_call"] as const;
const STATES = ["completed", "exhausted", "cancelled"] as const;

function Row({ item }: { item: CallbackItem }) {
  const { t } = useTranslation();
  const lang = useLang();
  const config = useConfig().data;
  const state = STATES.find((one) => one === item.state);
  const why = WHYS.find((one) => one === item.why);
  const asked = sourceText(item.source, t);
  const number = shownNumber(item.number);
  return (
    <li className="callback callback-over" data-testid="callback-ended">
      <span className="callback-due">{item.requested_at === null ? null : <When at={item.requested_at} />}</span>
      <span className="row-who"><b><Link to={`/conversations/${encodeURIComponent(item.id)}`}>{item.customer_name || number}</Link></b><span className="num faint">{item.customer_name === "" ? "" : number}</span></span>
      <span className="row-why"><bdi className="row-reason">{item.reason || asked}</bdi>{item.reason === "" ? null : <span className="row-note faint">{asked}</span>}</span>
      <span className="callback-queue">{queueName(item.queue, config, lang)}</span>
      <span className="callback-tries"><span className="num">{t("callbacks.tries", { n: item.attempts, of: item.most_attempts })}</span>{item.last_result === "" || item.state === "completed" ? null : <span className="faint">{t("callbacks.last", { result: resultText(item.last_result, t) })}</span>}</span>
      <span className="row-result"><span className={item.state === "exhausted" ? "tag tag-warn" : "tag"} title={state === undefined ? "" : t(`callback.state_${state}`)}>{why === undefined ? (state === undefined ? "" : t(`callback.state_${state}`)) : t(`callbacks.why_${why}`)}</span></span>
    </li>
  );
}

/** Callbacks that are over, newest first, and what became of them. */
export function Ended({ queue }: { queue: string | null }) {
  const { t } = useTranslation();
  const list = useInfiniteQuery({
    queryKey: ["callbacks", "closed", queue], staleTime: 5_000,
    queryFn: ({ signal, pageParam }) => {
      const query = new URLSearchParams({ state: "closed", limit: "30", ...(queue === null ? {} : { queue }), ...(pageParam === null ? {} : { cursor: pageParam }) });
      return askJson<Page<CallbackItem>>(`/callbacks?${query}`, { signal });
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
  });
  if (list.isPending) return <Loading />;
  if (list.isError) return <Failed text={t("callbacks.error")} retry={() => void list.refetch()} />;
  const items = list.data.pages.flatMap((page) => page.items);
  if (items.length === 0) return <Blank title={t("callbacks.endedEmpty")} icon="list" />;
  return (
    <>
      <div className="callback callback-titles faint" aria-hidden="true"><span>{t("callbacks.requested")}</span><span>{t("conv.customer")}</span><span>{t("conv.path")}</span><span>{t("conv.queue")}</span><span>{t("callbacks.attempts")}</span><span className="row-result">{t("conv.outcome")}</span></div>
      <ol className="rows">{items.map((item) => <Row key={item.id} item={item} />)}</ol>
      {list.hasNextPage ? <Button className="more" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t("common.more")}</Button> : null}
    </>
  );
}
