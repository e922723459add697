import type { Interaction } from "../live/types";

/** Where an open callback stands. `waits`: in line for an agent. */
export type Standing = "talking" | "answered" | "dialling" | "ringing" | "waits" | "due" | "later";

const OVER: ReadonlySet<string> = new Set(["completed", "exhausted", "cancelled"]);

export function isOpen(it: Interaction): boolean {
  return it.callback !== null && !OVER.has(it.callback.state) && it.state !== "wrapping_up";
}

export function standing(it: Interaction, now: number): Standing {
  if (it.state === "connected" || it.state === "held") return "talking";
  if (it.caller_leg.state === "dialling") return "dialling";
  if (it.state === "offered") return "ringing";
  if (it.caller_leg.state === "up") return "answered";
  if (it.callback?.resting === false) return "waits";
  return (it.callback?.not_before ?? 0) > now ? "later" : "due";
}

/** Whether it can still be moved: nobody is being rung for it. */
export const isMovable = (at: Standing): boolean => at === "waits" || at === "due" || at === "later";
/** Whether it can still be cancelled: nobody talks. */
export const isCancellable = (at: Standing): boolean => at !== "talking";

const ORDER: Readonly<Record<Standing, number>> = { talking: 0, answered: 0, dialling: 0, ringing: 0, waits: 1, due: 2, later: 3 };

/** What happens now first, then who is next, then by the time that was promised. */
export function inOrder(open: readonly Interaction[], now: number): Interaction[] {
  const key = (it: Interaction): readonly [number, number] => {
    const at = standing(it, now);
    return [ORDER[at], at === "later" ? (it.callback?.not_before ?? 0) : (it.age_from ?? it.arrived_at)];
  };
  return [...open].sort((one, other) => {
    const [a, b] = [key(one), key(other)];
    return a[0] - b[0] || a[1] - b[1] || one.id.localeCompare(other.id);
  });
}
