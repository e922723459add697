import type { Lang } from "./format";

const TAG: Readonly<Record<Lang, string>> = { zh: "zh-CN", en: "en-001" };

export const ownZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/**
 * What people call the clocks of an IANA time zone: `中国时间`, `China Time`. Where a browser knows a city by its English
 * name only, Chinese has the name of the zone (`北美东部时间`) or, without one, the offset (`GMT+6`).
 */
export function zoneName(zone: string, at: Date | number, lang: Lang): string {
  const name = (timeZoneName: "shortGeneric" | "longGeneric" | "shortOffset"): string =>
    new Intl.DateTimeFormat(TAG[lang], { timeZone: zone, timeZoneName }).formatToParts(at).find((part) => part.type === "timeZoneName")?.value ?? "";
  return [name("shortGeneric"), name("longGeneric")].find((said) => lang === "en" || !/[a-z]/.test(said)) ?? name("shortOffset");
}

/** Whether clocks in the zone show another time than here at that moment; of a zone this browser does not know, no. */
export function clocksDiffer(zone: string | undefined, at: Date | number, here: string = ownZone()): boolean {
  const clock = (timeZone: string): string => new Intl.DateTimeFormat("en", { timeZone, dateStyle: "short", timeStyle: "short" }).format(at);
  try {
    return zone !== undefined && clock(zone) !== clock(here);
  } catch {
    return false;
  }
}

/** By whose clocks the company's times are shown: its own, and their name where this browser's show another time. */
export function companyClock(zone: string | undefined, at: Date | number, lang: Lang, here: string = ownZone()): { zone: string; name: string } {
  return zone !== undefined && clocksDiffer(zone, at, here) ? { zone, name: zoneName(zone, at, lang) } : { zone: here, name: "" };
}
