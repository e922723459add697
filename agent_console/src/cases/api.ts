import { useQuery } from "@tanstack/react-query";
import { ask, askJson } from "../api/client";
import { queries } from "../api/queries";
import type { CaseDetail, CaseItem, CaseKind, Page } from "../api/types";

const id = encodeURIComponent;

export const KINDS: readonly CaseKind[] = ["complaint", "report", "request", "follow_up"];

/** Everything that shows a case is read again. */
const changed = (): void => {
  void queries.invalidateQueries({ predicate: ({ queryKey }) => ["case", "cases", "interaction", "interactions", "customer"].includes(String(queryKey[0])) });
};

export const useOpenCases = (customer: string) =>
  useQuery({
    queryKey: ["cases", "open", customer],
    queryFn: ({ signal }) => askJson<Page<CaseItem>>(`/cases?state=open&customer=${id(customer)}&limit=20`, { signal }),
  });

export const useCase = (case_: string) =>
  useQuery({
    queryKey: ["case", case_],
    queryFn: ({ signal }) => askJson<CaseDetail>(`/cases/${id(case_)}`, { signal }),
    // What was dictated a moment ago is still being stored.
    refetchInterval: ({ state }) => (state.data?.recording?.state === "recording" ? 2_000 : false),
  });

export interface NewCase { kind: CaseKind; subject: string; details: string }

/** `key`: the same for every try to open this one. */
export const openCase = async (interaction: string, asked: NewCase, key: string): Promise<CaseItem> => {
  const made = await askJson<CaseItem>("/cases", { method: "POST", body: { ...asked, interaction_id: interaction }, key });
  changed();
  return made;
};

export const closeCase = async (case_: string, resolution: string): Promise<void> => {
  await ask(`/cases/${id(case_)}/close`, { method: "POST", body: { resolution } });
  changed();
};
