import { useQuery } from "@tanstack/react-query";
import { askJson } from "../api/client";
import type { Words } from "../live/types";
import { readSchema } from "./schema";
import type { Schema } from "./schema";

export interface Version {
  version: number;
  hash: string | null;
  title: Words;
  numbers: readonly string[];
  languages: readonly string[];
  shipped: boolean;
  restored_from: number | null;
  saved_at: string;
  saved_by: string;
  note: string;
  published_at: string | null;
  published_by: string | null;
  in_force: boolean;
}

export interface FlowItem { id: string; version: number; in_force: Version | null; draft: Version | null; offered: Version | null }
export interface Fault { path: string; message: string; remedy: string; severity: "error" | "warning" }
export interface Checked { usable: boolean; hash: string | null; problems: readonly Fault[] }
export interface FlowDetail extends FlowItem { yaml: string; checked: Checked; versions: readonly Version[] }
export interface VersionDetail { version: Version; yaml: string; checked: Checked }
export interface Saved { version: number; usable: boolean; in_force: boolean; problems: readonly Fault[] }
export interface Change { kind: string; step: string; field: string; words: string }
export interface Difference { from_version: number; to_version: number; yaml: string; changes: readonly Change[] | null }
export interface PromptText { id: string; texts: Words; seconds: Readonly<Record<string, number | null>> }
/** Who was faster, as a refused change (412) tells. */
export interface Latest { version: number; saved_by: string; saved_at: string; note: string }

export type Answer = string | Readonly<Record<string, string | boolean>>;
export interface Heard { kind: "say" | "keys" | "ask" | "script" | "transfer" | "callback" | "dictate" | "queue" | "message" | "hang_up" | "left"; step: string; texts: readonly string[]; did: string; detail: string }
export type Awaited =
  | { kind: "keys"; most: number; end: string; begun: string; secret: boolean; seconds: number }
  | { kind: "ask" | "script"; target: string; arguments: readonly string[] }
  | { kind: "transfer" | "dictate"; target: string; answers: readonly string[] };
export interface Walk {
  steps: readonly Heard[];
  language: string;
  awaits: Awaited | null;
  shown: Readonly<Record<string, string>>;
  variables: Readonly<Record<string, unknown>>;
}
/** What the one who tries a flow pretends to be. */
export interface Pretended { grade: string; language: string; known: boolean; phone: string; at: string | null }

const path = (flow: string): string => `/flows/${encodeURIComponent(flow)}`;
const match = (version: number): string => `"${version}"`;
// A hostile text takes the server seconds to look at.
const PATIENT = 30_000;

export const useFlows = () => useQuery({ queryKey: ["flows"], staleTime: 0, queryFn: ({ signal }) => askJson<{ items: readonly FlowItem[] }>("/flows", { signal }) });

export const useFlow = (flow: string) =>
  useQuery({ queryKey: ["flow", flow], staleTime: Infinity, gcTime: 0, queryFn: ({ signal }) => askJson<FlowDetail>(path(flow), { signal, deadline: PATIENT }) });

export const useSchema = () => useQuery({
  queryKey: ["flow-schema"], staleTime: Infinity,
  queryFn: async ({ signal }) => readSchema(await askJson<Schema>("/flows/schema", { signal })),
});

export const usePrompts = () => useQuery({
  queryKey: ["flow-prompts"], staleTime: 300_000,
  queryFn: async ({ signal }) => new Map((await askJson<{ items: readonly PromptText[] }>("/flows/prompts", { signal, deadline: PATIENT })).items.map((one) => [one.id, one])),
});

export const useVersion = (flow: string, version: number | null) => useQuery({
  queryKey: ["flow-version", flow, version], enabled: version !== null, staleTime: Infinity,
  queryFn: ({ signal }) => askJson<VersionDetail>(`${path(flow)}/versions/${version ?? 0}`, { signal, deadline: PATIENT }),
});

export const useVersions = (flow: string, latest: number) => useQuery({
  queryKey: ["flow-versions", flow, latest], staleTime: 0,
  queryFn: ({ signal }) => askJson<{ items: readonly Version[] }>(`${path(flow)}/versions?limit=50`, { signal }),
});

export const useDifference = (flow: string, from: number | null, to: number | null) => useQuery({
  queryKey: ["flow-difference", flow, from, to], enabled: from !== null && to !== null, staleTime: Infinity,
  queryFn: ({ signal }) => askJson<Difference>(`${path(flow)}/diff?from=${from ?? 0}&to=${to ?? 0}`, { signal }),
});

export const server = {
  check: (flow: string, yaml: string, signal: AbortSignal) =>
    askJson<Checked>(`/flows/check?flow=${encodeURIComponent(flow)}`, { method: "POST", yaml, signal, deadline: PATIENT }),
  simulate: (flow: string, yaml: string, answers: readonly Answer[], caller: Pretended, signal: AbortSignal) => {
    const { at, ...facts } = caller;
    return askJson<Walk>("/flows/simulate", { method: "POST", body: { yaml, flow, answers, caller: facts, at }, signal, deadline: PATIENT });
  },
  /** `base`: the version the text was made from; 0 for a flow that does not exist yet. */
  save: (flow: string, yaml: string, base: number, note: string) =>
    askJson<Saved>(`${path(flow)}/draft?note=${encodeURIComponent(note)}`, { method: "PUT", yaml, ifMatch: match(base), deadline: PATIENT }),
  publish: (flow: string, base: number, note: string) =>
    askJson<Saved>(`${path(flow)}/publish?note=${encodeURIComponent(note)}`, { method: "POST", ifMatch: match(base), deadline: PATIENT }),
  rollBack: (flow: string, base: number, version: number, note: string) =>
    askJson<Saved>(`${path(flow)}/rollback?note=${encodeURIComponent(note)}`, { method: "POST", ifMatch: match(base), body: { version }, deadline: PATIENT }),
  latest: (flow: string) => askJson<FlowDetail>(path(flow), { deadline: PATIENT }),
};

