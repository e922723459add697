import type { NewCase } from "./api";

const at = (interaction: string): string => `cti.case.${interaction}`;

/** What was typed for a case of this conversation and not opened yet. */
export function keptCase(interaction: string, storage: Storage): NewCase | null {
  try {
    const kept: unknown = JSON.parse(storage.getItem(at(interaction)) ?? "null");
    if (typeof kept !== "object" || kept === null) return null;
    const { kind, subject, details } = kept as Record<string, unknown>;
    const known = kind === "complaint" || kind === "report" || kind === "request" || kind === "follow_up";
    return known && typeof subject === "string" && typeof details === "string" ? { kind, subject, details } : null;
  } catch {
    return null;
  }
}

/** Only what somebody typed is kept. */
export function keepCase(interaction: string, typed: NewCase, storage: Storage): void {
  if (typed.subject === "" && typed.details === "") {
    forgetCase(interaction, storage);
    return;
  }
  try {
    storage.setItem(at(interaction), JSON.stringify(typed));
  } catch {
    // Full or forbidden: the form still has it.
  }
}

export function forgetCase(interaction: string, storage: Storage): void {
  storage.removeItem(at(interaction));
}
