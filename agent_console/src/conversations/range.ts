export const RANGES = ["all", "today", "days7", "days30"] as const;
export type Range = (typeof RANGES)[number];

/** Start of a period, ISO UTC; days are those of this computer. Null: no bound. */
export function rangeStart(range: Range, now: Date): string | null {
  if (range === "all") return null;
  const start = new Date(now);
  start.setHours(0, 0, 0, 0);
  if (range !== "today") start.setDate(start.getDate() - (range === "days7" ? 6 : 29));
  return start.toISOString().replace(/\.\d{3}Z$/, "Z");
}
