import { useTranslation } from "react-i18next";
import type { TFunction } from "i18next";
import { Problem } from "../api/client";
import type { FloorConfig, InteractionItem, Named } from "../api/types";
import { word } from "./format";
import type { Lang } from "./format";

export const STATES = ["signed_out", "available", "offered", "connected", "held", "wrapping_up", "not_ready"] as const;
export type ShownState = (typeof STATES)[number];

const PROBLEMS = ["not_ready", "forbidden", "unreachable"] as const;
const OFFER_OVER = new Set(["unknown_offer", "not_offered", "offer_over", "stale_offer"]);

/** One sentence for a refused or failed request: ours where we know better, else the server's, which speaks the same language. */
export function problemText(problem: unknown, t: TFunction): string {
  if (!(problem instanceof Problem)) return t("problem.default", { code: "unknown" });
  if (OFFER_OVER.has(problem.code)) return t("problem.offer_over");
  const own = PROBLEMS.find((code) => code === problem.code);
  if (problem.detail !== "") return problem.detail;
  return own === undefined ? problem.title || t("problem.default", { code: problem.code }) : t(`problem.${own}`);
}

const OWN_REASONS = ["missed_offer", "declined", "connection_lost", "callback_over", "signed_in"] as const;

export function reasonText(code: string, config: FloorConfig | undefined, lang: Lang, t: TFunction): string {
  const own = OWN_REASONS.find((one) => one === code);
  if (own !== undefined) return t(`reason.${own}`);
  return named(config?.not_ready_reasons, code, lang);
}

/** Label of a code in a list of the server's, the code itself when it is not there any more. */
export function named(list: readonly Named[] | undefined, code: string, lang: Lang): string {
  return word(list?.find((one) => one.code === code)?.label, lang) || code;
}

export function queueName(id: string | null, config: FloorConfig | undefined, lang: Lang): string {
  if (id === null) return "";
  return word(config?.queues.find((queue) => queue.id === id)?.name, lang) || id;
}

const GRADES = ["gold", "silver", "standard", "platinum", "vip"] as const;

/** Name of a grade; the demo's codes are known, others are shown as they are. */
export function useGradeName(): (grade: string) => string {
  const { t } = useTranslation();
  return (grade) => {
    const known = GRADES.find((one) => one === grade);
    return known === undefined ? grade : t(`customer.grade_${known}`);
  };
}

const SOURCES = ["queue", "flow", "overflow", "abandoned", "outage", "web", "api", "agent"] as const;

/** Why a customer is called back. */
export function sourceText(source: unknown, t: TFunction): string {
  const known = SOURCES.find((one) => one === source);
  return known === undefined ? "" : t(`callback.source_${known}`);
}

const RESULTS = ["no_answer", "busy", "refused", "trunk_refused", "failed", "lost", "left", "agent_left"] as const;

/** How an attempt to ring a customer ended. */
export function resultText(result: unknown, t: TFunction): string {
  const known = RESULTS.find((one) => one === result);
  return known === undefined ? (typeof result === "string" ? result : "") : t(`callback.result_${known}`);
}

/** What a callback is about, in the words of who asked for it; empty when it is none. */
export function callbackReason(item: InteractionItem): string {
  const reason = item.callback?.["reason"];
  return typeof reason === "string" ? reason : "";
}
