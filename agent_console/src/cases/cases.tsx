import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, Drawer, Segmented, Select } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { askJson } from "../api/client";
import type { CaseItem, Page } from "../api/types";
import { useLang } from "../i18n";
import { dayTime } from "../shared/format";
import { Icon } from "../shared/icons";
import { Blank, Failed, Loading } from "../shared/ui";
import { useWorkplace } from "../shell/context";
import { KINDS } from "./api";
import { Case } from "./case";
import { Age, KindTag } from "./shown";

const STATES = ["open", "closed", "any"] as const;

function Row({ item, active }: { item: CaseItem; active: boolean }) {
  const { t } = useTranslation();
  const lang = useLang();
  const [params] = useSearchParams();
  return (
    <li className={active ? "row case-row active" : "row case-row"} data-testid="case-row">
      <Link to={{ pathname: `/cases/${encodeURIComponent(item.id)}`, search: params.toString() }}>
        <KindTag kind={item.kind} />
        <span className="row-why"><b className="row-reason">{item.subject}</b><span className="row-note faint">{item.details}</span></span>
        <span className="row-agent">{item.customer_name || t("customer.anonymous")}</span>
        <span className="num faint case-number">{item.number}{item.recording_id === null ? null : <Icon name="sound" size={14} />}</span>
        {item.state === "open" ? <Age since={item.opened_at} /> : <span className="faint"><span className="tag">{t("case.state_closed")}</span> {item.closed_at === null ? "" : dayTime(item.closed_at, lang)}</span>}
      </Link>
    </li>
  );
}

export default function Cases() {
  const { t } = useTranslation();
  const { me } = useWorkplace();
  const { id } = useParams();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const state = STATES.find((one) => one === params.get("state")) ?? "open";
  const kind = KINDS.find((one) => one === params.get("kind")) ?? null;
  const whole = me.permissions.includes("cases.all");
  const query = new URLSearchParams({ limit: "30", ...(state === "any" ? {} : { state }), ...(kind === null ? {} : { kind }) }).toString();
  const list = useInfiniteQuery({
    queryKey: ["cases", "list", query],
    queryFn: ({ signal, pageParam }) => askJson<Page<CaseItem>>(`/cases?${query}${pageParam === null ? "" : `&cursor=${encodeURIComponent(pageParam)}`}`, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor,
  });
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const filter = (name: string, value: string | undefined): void => {
    const next = new URLSearchParams(params);
    if (value === undefined) next.delete(name);
    else next.set(name, value);
    setParams(next, { replace: true });
  };
  return (
    <main className="conversations cases" data-testid="cases">
      <header className="conv-head">
        <h1>{t(whole ? "case.everyone" : "case.mine")}</h1>
        <div className="filters">
          <Segmented value={state} options={STATES.map((one) => ({ value: one, label: one === "any" ? t("common.all") : t(`case.state_${one}`) }))} onChange={(one) => filter("state", one)} aria-label={t("case.state")} data-testid="filter-state" />
          <Select allowClear placeholder={t("case.kind")} value={kind} onChange={(one: string | undefined) => filter("kind", one)} popupMatchSelectWidth={false} aria-label={t("case.kind")} data-testid="filter-kind"
            options={KINDS.map((one) => ({ value: one, label: t(`case.kind_${one}`) }))} />
        </div>
      </header>
      {list.isPending ? <Loading /> : list.isError ? <Failed text={t("case.error")} retry={() => void list.refetch()} /> : items.length === 0 ? (
        <Blank title={t(state === "open" && kind === null ? "case.noneOpen" : "case.none")} text={whole ? undefined : t("case.mineText")} icon="case" testid="cases-empty" />
      ) : (
        <>
          <ol className="rows">{items.map((item) => <Row key={item.id} item={item} active={item.id === id} />)}</ol>
          {list.hasNextPage ? <Button className="more" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t("common.more")}</Button> : null}
        </>
      )}
      <Drawer open={id !== undefined} size={560} title={t("case.title")} destroyOnHidden onClose={() => void navigate({ pathname: "/cases", search: params.toString() })} data-testid="case-drawer">
        {id === undefined ? null : <Case key={id} id={id} />}
      </Drawer>
    </main>
  );
}
