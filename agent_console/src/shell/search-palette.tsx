import { useQuery } from "@tanstack/react-query";
import { App, Drawer, Input, Modal, Spin } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { askJson } from "../api/client";
import { floor } from "../api/queries";
import type { CustomerRecord, Page } from "../api/types";
import { CustomerProfile } from "../desk/customer-profile";
import { currentInteraction } from "../live/fold";
import { useLive } from "../live/store";
import { shownNumber } from "../shared/format";
import { Icon } from "../shared/icons";
import { Blank, Grade, Key } from "../shared/ui";
import { problemText } from "../shared/words";

/** Value that follows `value` once it has rested. */
function useRested<T>(value: T, ms: number): T {
  const [rested, setRested] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setRested(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return rested;
}

export function SearchPalette({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const [opened, setOpened] = useState<string | null>(null);
  const talking = useLive((live) => currentInteraction(live.floor));
  const q = useRested(text.trim(), 120);
  const found = useQuery({
    queryKey: ["customers", q], enabled: q !== "",
    queryFn: ({ signal }) => askJson<Page<CustomerRecord>>(`/customers?q=${encodeURIComponent(q)}&limit=8`, { signal }),
    placeholderData: (before) => before,
  });
  const items = q === "" ? [] : (found.data?.items ?? []);
  const chosen = Math.min(at, Math.max(0, items.length - 1));

  const link = async (customer: CustomerRecord | { id: string; name: string }): Promise<void> => {
    if (talking === null) return;
    try {
      await floor.pickCustomer(talking.id, customer.id);
      void message.success(t("customer.linked", { name: customer.name }));
      close();
    } catch (problem) {
      void message.error(problemText(problem, t));
    }
  };

  if (opened !== null) {
    return (
      <Drawer open onClose={close} size={460} title={t("customer.open")} data-testid="customer-drawer">
        <CustomerProfile id={opened} {...(talking === null || talking.customer.id === opened ? {} : { link })} />
      </Drawer>
    );
  }
  return (
    <Modal open onCancel={close} footer={null} closable={false} className="palette" width={560} style={{ top: 72 }} title={null} aria-label={t("search.title")}>
      <Input size="large" autoFocus variant="borderless" prefix={<Icon name="search" size={18} />} placeholder={t("search.placeholder")} value={text} maxLength={64}
        suffix={found.isFetching ? <Spin size="small" /> : null} data-testid="search" role="combobox" aria-expanded={items.length > 0} aria-controls="search-results"
        aria-activedescendant={items.length > 0 ? `found-${chosen}` : undefined}
        onChange={(event) => { setText(event.target.value); setAt(0); }}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === "ArrowDown") setAt(Math.min(items.length - 1, chosen + 1));
          else if (event.key === "ArrowUp") setAt(Math.max(0, chosen - 1));
          else if (event.key === "Enter") setOpened(items[chosen]?.id ?? null);
          else return;
          event.preventDefault();
        }} />
      <div className="palette-body">
        {q === "" ? <p className="palette-hint">{t("search.hint")}</p> : null}
        {q !== "" && found.isError ? <Blank title={t("search.error")} text={problemText(found.error, t)} tone="bad" /> : null}
        {q !== "" && found.isSuccess && items.length === 0 ? <Blank title={t("search.empty", { q })} icon="search" testid="search-empty" /> : null}
        <ul id="search-results" role="listbox" aria-label={t("search.title")}>
          {items.map((customer, index) => (
            <li key={customer.id} id={`found-${index}`} role="option" aria-selected={index === chosen} className={index === chosen ? "chosen" : ""}
              onPointerMove={() => setAt(index)} onClick={() => setOpened(customer.id)} data-testid="search-result">
              <span className="avatar" aria-hidden="true">{Array.from(customer.name)[0] ?? "?"}</span>
              <b>{customer.name || t("customer.anonymous")}</b>
              <Grade grade={customer.grade} prospect={customer.prospect} />
              <span className="num faint palette-phone">{customer.phones.map((phone) => phone.shown || shownNumber(phone.e164)).slice(0, 2).join(" · ")}</span>
            </li>
          ))}
        </ul>
      </div>
      <footer className="palette-foot faint"><Key>↑</Key><Key>↓</Key> {t("search.move")} <Key>⏎</Key> {t("search.open")} <Key>Esc</Key> {t("common.close")}</footer>
    </Modal>
  );
}
