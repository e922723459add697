import type { Slot } from "./api";
import { h } from "./dom";
import { clocksDiffer, ownZone, zoneName } from "../shared/zone";
import type { WidgetWords } from "./words";

const day = (at: Date): string => at.toDateString();

/** `today 15:30`, in the visitor's own time zone; which one that is, where the company's clocks show another time. */
export function spoken(iso: string, w: WidgetWords, tag: string, company: string | undefined): string {
  const at = new Date(iso);
  const zone = ownName(at, tag, company);
  return `${dayName(at, w, tag)} ${clock(at, tag)}${zone === "" ? "" : w.ofZone(zone)}`;
}

/** What the visitor's clocks are called; empty where they show what the company's do. */
function ownName(at: Date, tag: string, company: string | undefined): string {
  return clocksDiffer(company, at) ? zoneName(ownZone(), at, tag.startsWith("zh") ? "zh" : "en") : "";
}

/** Below times to choose from: whose they are. */
export function zoneHint(slots: Slot[], w: WidgetWords, tag: string, company: string | undefined): HTMLParagraphElement {
  const zone = slots.map((slot) => ownName(new Date(slot.at), tag, company)).find((name) => name !== "");
  return h("p", { class: "hint zone" }, zone === undefined ? null : w.yourZone(zone));
}

function clock(at: Date, tag: string): string {
  return at.toLocaleTimeString(tag, { hour: "2-digit", minute: "2-digit", hour12: false });
}

function dayName(at: Date, w: WidgetWords, tag: string): string {
  const now = new Date();
  if (day(at) === day(now)) return w.today;
  if (day(at) === day(new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1))) return w.tomorrow;
  return at.toLocaleDateString(tag, { month: "short", day: "numeric", weekday: "short" });
}

/** The free times as a list to choose from, day by day. */
export function timeList(slots: Slot[], w: WidgetWords, tag: string): HTMLSelectElement {
  const list = h("select", { name: "at", "aria-label": w.pickTime });
  list.append(h("option", { value: "" }, slots.length === 0 ? w.noSlots : w.pickTime));
  const groups = new Map<string, HTMLOptGroupElement>();
  for (const slot of slots) {
    const from = new Date(slot.at);
    let group = groups.get(day(from));
    if (group === undefined) {
      group = h("optgroup", { label: dayName(from, w, tag) });
      groups.set(day(from), group);
      list.append(group);
    }
    group.append(h("option", { value: slot.at }, `${clock(from, tag)} – ${clock(new Date(slot.until), tag)}`));
  }
  return list;
}
