import { Button, Spin } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { clockSpan } from "./format";
import { useServerNow } from "./clock";
import { Icon } from "./icons";
import type { IconName } from "./icons";
import { useGradeName } from "./words";
import type { ShownState } from "./words";

const STATE_ICONS: Readonly<Record<ShownState, IconName>> = {
  signed_out: "ring", available: "check", offered: "bell", connected: "phone", held: "pause", wrapping_up: "pen", not_ready: "minus",
};

/** A state as it looks everywhere: its colour, its icon and its word. */
export function StateMark({ state, children }: { state: ShownState; children?: ReactNode }) {
  const { t } = useTranslation();
  return (
    <span className={`state state-${state}`}>
      <Icon name={STATE_ICONS[state]} size={15} />
      <span>{t(`state.${state}`)}</span>
      {children}
    </span>
  );
}

/** Time since `from` (server clock, ms), ticking. */
export function Ticking({ from, testid }: { from: number; testid?: string }) {
  const now = useServerNow();
  return <time className="num" data-testid={testid}>{clockSpan(now - from)}</time>;
}

/** Time left until `until` (server clock, ms), ticking, never below zero. */
export function useLeft(until: number | null): string {
  const now = useServerNow();
  return until === null ? "" : clockSpan(until - now + 999);
}

export function Loading({ page = false }: { page?: boolean }) {
  const { t } = useTranslation();
  return (
    <div className={page ? "page-center" : "pane-center"} role="status" aria-label={t("common.loading")}>
      <Spin delay={200} />
    </div>
  );
}

/** Designed emptiness or failure: what is so, why that is fine or not, and the next step as children. */
export function Blank({ title, text, icon = "headset", tone = "calm", children, testid }: {
  title: string; text?: string | undefined; icon?: IconName; tone?: "calm" | "bad"; children?: ReactNode; testid?: string;
}) {
  return (
    <div className={`blank blank-${tone}`} data-testid={testid} role={tone === "bad" ? "alert" : undefined}>
      <span className="blank-icon"><Icon name={tone === "bad" ? "alert" : icon} size={24} /></span>
      <strong>{title}</strong>
      {text === undefined || text === "" ? null : <p>{text}</p>}
      {children}
    </div>
  );
}

export function Failed({ text, retry }: { text: string; retry: () => void }) {
  const { t } = useTranslation();
  return (
    <Blank title={t("problem.load")} text={text} tone="bad">
      <Button size="small" onClick={retry}>{t("common.retry")}</Button>
    </Blank>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <div className="page-center">
      <Blank title={t("problem.pageMissing")} icon="search"><Link to="/desk">{t("problem.goHome")}</Link></Blank>
    </div>
  );
}

export function Grade({ grade, prospect }: { grade: string; prospect: boolean }) {
  const { t } = useTranslation();
  const name = useGradeName();
  if (prospect) return <span className="tag tag-new">{t("customer.prospect")}</span>;
  if (grade === "") return null;
  return <span className={`tag grade grade-${/^[a-z]+$/.test(grade) ? grade : "other"}`}>{grade === "standard" ? null : <Icon name="star" size={12} />}{name(grade)}</span>;
}

const APPLE = typeof navigator !== "undefined" && /mac|iphone|ipad/i.test(navigator.platform);

/** A key as it is printed on this computer's keyboard. */
export function Key({ children }: { children: string }) {
  return <kbd className="key">{APPLE ? children : children.replace("⌘", "Ctrl ").replace("⏎", "Enter")}</kbd>;
}
