import { useQuery } from "@tanstack/react-query";
import { ask, askJson } from "../api/client";

export interface Shipped { words: string; seconds: number; kind: "sentence" | "piece" | "pause" }
export interface Own { words: string; seconds: number; saved_at: string; saved_by: string; outdated: boolean }
export interface PromptItem { id: string; language: string; shipped: Shipped | null; own: Own | null; flows: readonly string[] }
export interface PromptList { items: readonly PromptItem[]; languages: readonly string[] }

/** What became of an uploaded recording. */
export interface Report { words: string; seconds: number; trimmed_seconds: number; gain_db: number; doubts: readonly string[] }

export type Voice = "heard" | "shipped" | "own";
export type Show = "sentences" | "words" | "own" | "attention";

export const MOST_BYTES = 20 * 1024 * 1024;
export const NAME = /^[a-z][a-z0-9_]{0,63}$/;
const UPLOAD_MS = 150_000;

const path = (item: { id: string; language: string }): string => `/prompts/${encodeURIComponent(item.language)}/${encodeURIComponent(item.id)}`;

/** What callers hear of it: the company's words where it recorded its own. */
export const heardWords = (item: PromptItem): string => item.own?.words ?? item.shipped?.words ?? "";
export const heardSeconds = (item: PromptItem): number => item.own?.seconds ?? item.shipped?.seconds ?? 0;

export const usePrompts = () =>
  useQuery({ queryKey: ["prompts"], queryFn: ({ signal }) => askJson<PromptList>("/prompts", { signal }) });

/** Where a player finds the sound; `version` changes when the sound did. */
export const audioUrl = (item: PromptItem, voice: Voice): string =>
  `/api/v1${path(item)}/audio?voice=${voice}&version=${encodeURIComponent(item.own?.saved_at ?? "")}`;

export const checkRecording = (item: { id: string; language: string }, file: File, words: string) =>
  askJson<Report>(`${path(item)}/check?${new URLSearchParams({ words }).toString()}`, { method: "POST", file, deadline: UPLOAD_MS });

export const putRecording = (item: { id: string; language: string }, file: File, words: string) =>
  askJson<Report>(`${path(item)}?${new URLSearchParams({ words }).toString()}`, { method: "PUT", file, deadline: UPLOAD_MS });

export const giveUp = (item: PromptItem) => ask(path(item), { method: "DELETE" });

/** Those of one language that hold every word typed, in their words, name or flows. */
export function found(items: readonly PromptItem[], language: string, show: Show, typed: string): PromptItem[] {
  const wanted = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return items.filter((item) => {
    if (item.language !== language || item.shipped?.kind === "pause") return false;
    if (show === "own" && item.own === null) return false;
    if (show === "attention" && item.own?.outdated !== true) return false;
    if (show === "sentences" && item.shipped?.kind === "piece") return false;
    if (show === "words" && item.shipped?.kind !== "piece") return false;
    const text = [item.id, item.own?.words, item.shipped?.words, ...item.flows].join(" ").toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}
