import type { InteractionStateName, OutcomeName, Words } from "../live/types";

export type Role = "agent" | "supervisor" | "admin";

export interface Me {
  id: string;
  username: string;
  name: string;
  role: Role;
  locale: string;
  agent: string | null;
  permissions: readonly string[];
  demo: boolean;
}

export interface SoftphoneConfig {
  uri: string;
  authorization_user: string;
  ha1: string;
  realm: string;
  websocket: string;
}

export interface Named { code: string; label: Words }

export interface FloorConfig {
  queues: readonly { id: string; name: Words }[];
  skills: readonly { id: string; name: Words }[];
  dispositions: readonly Named[];
  not_ready_reasons: readonly Named[];
  /** The company's time zone (IANA). */
  zone: string;
}

export interface Page<T> { items: readonly T[]; next_cursor: string | null }

export interface RecordingItem {
  id: string;
  segment: number;
  state: string;
  duration_ms: number | null;
  sha256: string | null;
}

/** What the customer said: 1 (not at all satisfied) to 5. `case`: the number of the follow-up. */
export interface Rating { score: number; via: string; comment: string; case: string | null; answered_at: string }

export interface CustomerSurveys { answers: number; average: number | null; latest: readonly (Rating & { interaction_id: string })[] }

export interface InteractionItem {
  id: string;
  channel: string;
  direction: string;
  caller: string;
  caller_name: string;
  dialled: string;
  customer_id: string;
  customer_name: string;
  queue: string | null;
  agents: readonly {
    agent: string; name: string; segment: number; connected_at: string | null; ended_at: string | null;
  }[];
  state: InteractionStateName;
  outcome: OutcomeName | null;
  disposition: string | null;
  note: string | null;
  language: string;
  path: readonly { step: string; keys: string; label: Words }[];
  arrived_at: string;
  queued_at: string | null;
  connected_at: string | null;
  ended_at: string | null;
  wait_ms: number | null;
  talk_ms: number | null;
  hold_ms: number;
  callback: Readonly<Record<string, unknown>> | null;
  /** Numbers outside he was handed on to; times in ms, result "" while it goes on. */
  transfers: readonly { attempt: number; number: string; result: string; dialled_at: number; answered_at: number | null; ended_at: number | null }[];
  survey: Rating | null;
  recordings: readonly RecordingItem[];
  cases: readonly CaseBrief[];
}

export type CaseKind = "complaint" | "report" | "request" | "follow_up";

export interface CaseBrief { id: string; number: string; kind: CaseKind; state: "open" | "closed"; subject: string }

export interface CaseItem extends CaseBrief {
  customer_id: string;
  customer_name: string;
  interaction_id: string | null;
  recording_id: string | null;
  details: string;
  /** What the caller keyed in, by name. */
  codes: Readonly<Record<string, { value: string; label: Words }>>;
  opened_at: string;
  /** A user's name, `flow` or `survey`. */
  opened_by: string;
  opened_by_name: string;
  closed_at: string | null;
  closed_by: string;
  closed_by_name: string;
  resolution: string;
}

export interface CaseDetail extends CaseItem { recording: RecordingItem | null }

export interface Draft { disposition: string; note: string }

export interface TimelineItem { seq: number; at: string; type: string; data: Readonly<Record<string, unknown>> }

export interface AgentSaid { agent: string; name: string; standing: string; text: Words; state: string }

export interface ContactSaid { interaction: string; customer: string; queue: string; why: string; text: Words }

export interface OfferExplanation {
  offer: string;
  name: string;
  asked: Words;
  why: Words;
  reproduced: boolean;
  agents: readonly AgentSaid[];
  passed_over: readonly ContactSaid[];
}

export interface InteractionDetail extends InteractionItem {
  draft: Draft | null;
  timeline: readonly TimelineItem[];
}

export interface CustomerPhone { e164: string; shown: string; label: string; place: string }

export interface CustomerRecord {
  id: string;
  name: string;
  grade: string;
  prospect: boolean;
  phones: readonly CustomerPhone[];
  attributes: Readonly<Record<string, unknown>>;
  hints: readonly string[];
  created_at: string;
}

export interface DemoCaller {
  numbers: readonly { dialled: string; label: Words }[];
  callers: readonly { number: string; name: string; about: Words }[];
  softphone: SoftphoneConfig;
}

export interface VisitPage { url: string; title: string; at: string }

/** A web visitor; texts and addresses come from outside. */
export interface Visit {
  site: string; name: string; language: string; note: string; asked_from: VisitPage; passed: Readonly<Record<string, string>>;
  consent_version: number; consented_at: string; following: boolean; seen: readonly VisitPage[];
  pushed: readonly { id: number; agent: string; url: string; at: string }[];
}

/** A callback that is over, or one as the record has it. */
export interface CallbackItem {
  id: string; customer_id: string; customer_name: string; queue: string | null; number: string; source: string; state: string;
  requested_at: string | null; attempts: number; most_attempts: number; reason: string; last_result: string; why: string;
}

export interface Slot { at: string; until: string; free: number }

export interface Barred { number: string; reason: string; added_by: string; added_at: string }
