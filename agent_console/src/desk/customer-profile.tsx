import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { useCustomer, useCustomerInteractions } from "../api/queries";
import type { CustomerRecord } from "../api/types";
import { useLang } from "../i18n";
import { currentInteraction } from "../live/fold";
import { useLive } from "../live/store";
import { useWorkplace } from "../shell/context";
import { day, shownNumber } from "../shared/format";
import { Icon } from "../shared/icons";
import { Failed, Grade, Loading } from "../shared/ui";
import { History } from "./history";

const shownValue = (value: unknown): string => {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return value.map(shownValue).filter(Boolean).join("、");
  if (typeof value === "object" && value !== null) return Object.entries(value).map(([key, one]) => `${key} ${shownValue(one)}`).join(" · ");
  return "";
};

const KNOWN = [
  "address", "language", "power_account", "power_tariff", "appliance", "appliance_model", "appliance_serial", "warranty_until", "policy_kind", "policy", "policy_until", "plate", "area", "repair_order",
  "mobile", "home", "office", "zh", "en",
] as const;

/** Labels that people type for phones, in the code they mean. */
const TYPED: Readonly<Record<string, (typeof KNOWN)[number]>> = { 手机: "mobile", 家里: "home", 单位: "office" };

/** Name of a fact in the reader's language; what an organisation added itself is shown as it is called there. */
function useFactName(): (code: string) => string {
  const { t } = useTranslation();
  return (code) => {
    const known = TYPED[code] ?? KNOWN.find((one) => one === code);
    return known === undefined ? code : t(`fact.${known}`);
  };
}

const place = (code: string): number => {
  const at = KNOWN.findIndex((one) => one === code);
  return at === -1 ? KNOWN.length : at;
};

/** Phones and whatever the organisation keeps about a customer; `without` is a number that is told already. */
export function CustomerDetails({ record, without = "" }: { record: CustomerRecord; without?: string }) {
  const { t } = useTranslation();
  const lang = useLang();
  const fact = useFactName();
  // `routing` is for the engine; people read it in the hints.
  const attributes = Object.entries(record.attributes).filter(([key]) => key !== "routing").map(([key, value]) => [key, shownValue(value)] as const).filter(([, value]) => value !== "").sort(([a], [b]) => place(a) - place(b));
  return (
    <dl className="facts" data-testid="customer-details">
      {record.phones.filter((phone) => phone.e164 !== without).map((phone) => (
        <div key={phone.e164}><dt>{phone.label === "" ? t("customer.phones") : fact(phone.label)}</dt><dd className="num">{phone.shown || shownNumber(phone.e164)} <span className="faint">{phone.place}</span></dd></div>
      ))}
      {attributes.map(([key, value]) => <div key={key}><dt>{fact(key)}</dt><dd>{key === "language" ? fact(value) : value}</dd></div>)}
      <div><dt>{t("customer.since")}</dt><dd className="num">{day(record.created_at, lang)}</dd></div>
    </dl>
  );
}

/** A customer looked up besides a call. */
export function CustomerProfile({ id, link }: { id: string; link?: (customer: CustomerRecord) => Promise<void> }) {
  const { t } = useTranslation();
  const customer = useCustomer(id);
  const history = useCustomerInteractions(id);
  const { me } = useWorkplace();
  const talking = useLive((live) => currentInteraction(live.floor)?.customer.id === id);
  const all = talking || me.permissions.includes("interactions.all");
  if (customer.isPending) return <Loading />;
  if (customer.isError) return <Failed text={t("customer.recordError")} retry={() => void customer.refetch()} />;
  const record = customer.data;
  return (
    <div className="profile">
      <h2 className="customer-name">{record.name || t("customer.anonymous")} <Grade grade={record.grade} prospect={record.prospect} /></h2>
      {record.hints.length === 0 ? null : <ul className="hints">{record.hints.map((hint) => <li key={hint}>{hint}</li>)}</ul>}
      {link === undefined ? null : <Button onClick={() => void link(record)} icon={<Icon name="user" />} data-testid="link-customer">{t("customer.link")}</Button>}
      <CustomerDetails record={record} />
      <h3 className="pane-title">{t(all ? "customer.timeline" : "customer.mine")}</h3>
      <History query={history} empty={t(all ? "customer.timelineEmpty" : "customer.mineEmpty")} />
    </div>
  );
}
