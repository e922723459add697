import { keepPreviousData, useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, Popconfirm } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { askJson } from "../api/client";
import { callbacks } from "../api/queries";
import type { Barred, Page } from "../api/types";
import { shownNumber } from "../shared/format";
import { Blank, Failed, Loading } from "../shared/ui";
import { When } from "../shared/when";
import { useDoing } from "./actions";

const LIST = ["do-not-call"] as const;

function Add() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const doing = useDoing();
  const [number, setNumber] = useState("");
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const add = async (): Promise<void> => {
    setBusy(true);
    if (await doing(() => callbacks.bar(number.trim(), reason.trim()), t("callbacks.wasBarred"))) {
      setNumber("");
      setReason("");
      await client.invalidateQueries({ queryKey: LIST });
    }
    setBusy(false);
  };
  return (
    <form className="barred-add" onSubmit={(event) => { event.preventDefault(); void add(); }}>
      <Input value={number} maxLength={64} inputMode="tel" placeholder={t("callbacks.number")} aria-label={t("callbacks.number")} onChange={(event) => setNumber(event.target.value)} data-testid="barred-number" />
      <Input value={reason} maxLength={500} placeholder={t("callbacks.barReason")} aria-label={t("callbacks.reason")} onChange={(event) => setReason(event.target.value)} data-testid="barred-reason" />
      <Button type="primary" htmlType="submit" loading={busy} disabled={number.trim() === ""} data-testid="barred-add">{t("callbacks.add")}</Button>
    </form>
  );
}

function Row({ one }: { one: Barred }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const doing = useDoing();
  const remove = async (): Promise<void> => {
    if (await doing(() => callbacks.unbar(one.number), t("callbacks.removed"))) await client.invalidateQueries({ queryKey: LIST });
  };
  return (
    <li className="barred" data-testid="barred">
      <b className="num">{shownNumber(one.number)}</b>
      <span className="barred-reason">{one.reason}</span>
      <span className="faint">{one.added_by} · <When at={one.added_at} /></span>
      <Popconfirm title={t("callbacks.removeTitle")} okText={t("callbacks.removeYes")} cancelText={t("common.cancel")} placement="bottomRight" onConfirm={remove}>
        <Button size="small" data-testid="unbar">{t("callbacks.remove")}</Button>
      </Popconfirm>
    </li>
  );
}

/** Numbers that are never dialled: who put them there, when and why. */
export function DoNotCall() {
  const { t } = useTranslation();
  const [digits, setDigits] = useState("");
  const list = useInfiniteQuery({
    queryKey: [...LIST, digits], staleTime: 5_000, placeholderData: keepPreviousData,
    queryFn: ({ signal, pageParam }) => askJson<Page<Barred>>(`/do-not-call?${new URLSearchParams({ digits, cursor: pageParam })}`, { signal }),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor,
  });
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section aria-label={t("callbacks.barred")}>
      <p className="faint barred-text">{t("callbacks.listText")}</p>
      <Add />
      {digits === "" && items.length < 6 ? null : <Input className="barred-find" allowClear inputMode="tel" placeholder={t("callbacks.search")} aria-label={t("callbacks.search")} onChange={(event) => setDigits(event.target.value.replace(/\D/g, "").slice(0, 15))} />}
      {list.isPending ? <Loading /> : list.isError ? <Failed text={t("callbacks.error")} retry={() => void list.refetch()} /> : items.length === 0 ? <Blank title={digits === "" ? t("callbacks.listEmpty") : t("callbacks.listNone", { digits })} icon="check" testid="barred-empty" /> : (
        <>
          <ol className="rows">{items.map((one) => <Row key={one.number} one={one} />)}</ol>
          {list.hasNextPage ? <Button className="more" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t("common.more")}</Button> : null}
        </>
      )}
    </section>
  );
}
