import type { Words } from "../live/types";
import { companyClock } from "./zone";

export type Lang = "zh" | "en";

/** A server-given text in the wanted language, else in any. */
export function word(words: Words | undefined, lang: Lang): string {
  if (words === undefined) return "";
  return words[lang] ?? words["zh"] ?? words["en"] ?? Object.values(words)[0] ?? "";
}

/** `2:14`, `1:02:09`; never negative. */
export function clockSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const h = Math.floor(seconds / 3600);
  const m = Math.floor((seconds % 3600) / 60);
  const s = String(seconds % 60).padStart(2, "0");
  return h > 0 ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}

/**
 * A number as people in its country read it: Chinese mobiles 3-4-4, landlines with the area code apart,
 * service numbers as they are; others keep their `+`. Empty in, empty out (withheld).
 */
export function shownNumber(e164: string): string {
  const digits = e164.replace(/[^\d+]/g, "");
  const local = digits.startsWith("+86") ? digits.slice(3) : digits.startsWith("+") ? null : digits;
  if (local === null) return digits.replace(/^(\+\d{1,3})(\d{3})(\d{3,4})(\d{4})$/, "$1 $2 $3 $4");
  if (/^1[3-9]\d{9}$/.test(local)) return `${local.slice(0, 3)} ${local.slice(3, 7)} ${local.slice(7)}`;
  if (/^(400|800)\d{7}$/.test(local)) return `${local.slice(0, 3)} ${local.slice(3, 6)} ${local.slice(6)}`;
  const area = /^0?(10|2\d)(\d{4})(\d{4})$/.exec(local) ?? /^0?([3-9]\d{2})(\d{3,4})(\d{4})$/.exec(local);
  if (area !== null) return `0${area[1] ?? ""} ${area[2] ?? ""} ${area[3] ?? ""}`;
  return local;
}

const locale = (lang: Lang): string => (lang === "zh" ? "zh-CN" : "en-GB");

/** `11月22日` · `22 Nov`; the year only when it is not this one. Empty for what is no date. In the browser's zone, or the one given. */
export function day(iso: string | number, lang: Lang, now: Date = new Date(), zone?: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return "";
  const year = (of: Date): string => of.toLocaleDateString("en", { year: "numeric", timeZone: zone });
  return new Intl.DateTimeFormat(locale(lang), {
    day: "numeric", month: lang === "zh" ? "long" : "short", timeZone: zone,
    ...(year(date) === year(now) ? {} : { year: "numeric" as const }),
  }).format(date);
}

/** `11月22日 08:05` · `22 Nov 08:05` */
export function dayTime(iso: string | number, lang: Lang, now: Date = new Date(), zone?: string): string {
  const date = day(iso, lang, now, zone);
  return date === "" ? "" : `${date} ${timeOfDay(iso, lang, zone)}`;
}

/** The same by the company's clocks, which are named where this browser's show another time. */
export function companyTime(iso: string | number, company: string | undefined, lang: Lang): string {
  const { zone, name } = companyClock(company, new Date(iso), lang);
  return `${dayTime(iso, lang, undefined, zone)} ${name}`.trim();
}

/** `08:05` */
export function timeOfDay(iso: string | number, lang: Lang, zone?: string): string {
  return new Intl.DateTimeFormat(locale(lang), { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone }).format(new Date(iso));
}

/** How long ago something was: `刚刚`, `5分钟前` · `just now`, `5 minutes ago`. */
export function ago(ms: number, lang: Lang): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return lang === "zh" ? "刚刚" : "just now";
  const [count, unit] = minutes < 60 ? [minutes, "minute" as const] : minutes < 1440 ? [Math.floor(minutes / 60), "hour" as const] : [Math.floor(minutes / 1440), "day" as const];
  return new Intl.RelativeTimeFormat(locale(lang)).format(-count, unit);
}

/** `08:05:31` */
export function timeWithSeconds(iso: string | number, lang: Lang): string {
  return new Intl.DateTimeFormat(locale(lang), {
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  }).format(new Date(iso));
}
