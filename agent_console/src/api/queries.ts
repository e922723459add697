import { QueryClient, useQuery } from "@tanstack/react-query";
import { ask, askJson, Problem } from "./client";
import type { CustomerRecord, CustomerSurveys, DemoCaller, FloorConfig, InteractionDetail, InteractionItem, Me, OfferExplanation, Page, Slot, Visit } from "./types";

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      refetchOnWindowFocus: false,
      // Only what may get better by itself is tried again.
      retry: (failures, error) => failures < 2 && !(error instanceof Problem && error.status >= 400 && error.status < 500),
    },
  },
});

export const ME = ["me"] as const;
export const useMe = () =>
  useQuery({ queryKey: ME, queryFn: ({ signal }) => askJson<Me>("/me", { signal }), staleTime: Infinity });

export const useConfig = () =>
  useQuery({ queryKey: ["config"], queryFn: ({ signal }) => askJson<FloorConfig>("/config", { signal }), staleTime: 300_000 });

const id = encodeURIComponent;

export const useCustomer = (customer: string | null) =>
  useQuery({
    queryKey: ["customer", customer], enabled: customer !== null,
    queryFn: ({ signal }) => askJson<CustomerRecord>(`/customers/${id(customer ?? "")}`, { signal }),
  });

export const useCustomerInteractions = (customer: string | null) =>
  useQuery({
    queryKey: ["customer", customer, "interactions"], enabled: customer !== null,
    queryFn: ({ signal }) => askJson<Page<InteractionItem>>(`/customers/${id(customer ?? "")}/interactions?limit=20`, { signal }),
  });

export const useCustomerSurveys = (customer: string | null) =>
  useQuery({
    queryKey: ["customer", customer, "surveys"], enabled: customer !== null,
    queryFn: ({ signal }) => askJson<CustomerSurveys>(`/customers/${id(customer ?? "")}/surveys`, { signal }),
  });

export const useInteraction = (interaction: string | null) =>
  useQuery({
    queryKey: ["interaction", interaction], enabled: interaction !== null,
    queryFn: ({ signal }) => askJson<InteractionDetail>(`/interactions/${id(interaction ?? "")}`, { signal }),
  });

export const useExplanation = (offer: string) =>
  useQuery({
    queryKey: ["explanation", offer], staleTime: Infinity,
    queryFn: ({ signal }) => askJson<OfferExplanation>(`/offers/${id(offer)}/explanation`, { signal }),
  });

export const useDemoCaller = () =>
  useQuery({
    queryKey: ["demo-caller"], retry: false, staleTime: Infinity,
    queryFn: ({ signal }) => askJson<DemoCaller>("/demo/caller", { signal }),
  });

/** Everything the desk asks the floor to do. Each resolves when the server has committed it. */
export const floor = {
  setState: (agent: string, state: "signed_in" | "available" | "not_ready" | "signed_out", reason?: string) =>
    ask(`/agents/${id(agent)}/state`, { method: "PUT", body: reason === undefined ? { state } : { state, reason } }),
  decline: (offer: string) => ask(`/offers/${id(offer)}/decline`, { method: "POST", deadline: 5_000 }),
  hangUp: (interaction: string) => ask(`/interactions/${id(interaction)}/hang-up`, { method: "POST", deadline: 5_000 }),
  rejoin: (interaction: string) => ask(`/interactions/${id(interaction)}/rejoin`, { method: "POST" }),
  wrapUp: (interaction: string, disposition: string, note: string) =>
    ask(`/interactions/${id(interaction)}/wrap-up`, { method: "POST", body: { disposition, note } }),
  draft: (interaction: string, disposition: string, note: string) =>
    ask(`/interactions/${id(interaction)}/draft`, { method: "PUT", body: { disposition, note }, keepalive: true }),
  pickCustomer: (interaction: string, customer: string) =>
    ask(`/interactions/${id(interaction)}/customer`, { method: "PUT", body: { customer_id: customer } }),
};

/** Show the web visitor of this conversation a page of his site. */
export const showPage = (interaction: string, url: string) =>
  ask(`/interactions/${id(interaction)}/visit/page`, { method: "POST", body: { url }, deadline: 5_000 });

/** What is kept of a web visitor; null when the conversation did not come from a web site. */
export const useVisitRecord = (interaction: string, fromWeb: boolean) =>
  useQuery({
    queryKey: ["visit", interaction], enabled: fromWeb,
    queryFn: ({ signal }) => askJson<Visit>(`/interactions/${id(interaction)}/visit`, { signal }),
  });

export const useSlots = (queue: string) =>
  useQuery({
    queryKey: ["slots", queue], staleTime: 0,
    queryFn: ({ signal }) => askJson<{ items: readonly Slot[] }>(`/callbacks/slots?queue=${id(queue)}&days=7`, { signal }),
  });

/** What supervisors do about callbacks. `at`: ISO 8601. */
export const callbacks = {
  move: (interaction: string, at: string) => ask(`/callbacks/${id(interaction)}`, { method: "PATCH", body: { not_before: at } }),
  cancel: (interaction: string) => ask(`/callbacks/${id(interaction)}`, { method: "DELETE" }),
  bar: (number: string, reason: string) => ask(`/do-not-call/${id(number)}`, { method: "PUT", body: { reason } }),
  unbar: (number: string) => ask(`/do-not-call/${id(number)}`, { method: "DELETE" }),
};
