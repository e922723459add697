/** The floor as the server tells it: field names of cti_server/floor/{model,events}.py, times in ms since the epoch. */

export type AgentStateName = "signed_out" | "available" | "offered" | "connected" | "wrapping_up" | "not_ready";
export type InteractionStateName =
  | "arriving" | "in_flow" | "queued" | "offered" | "connected" | "held" | "wrapping_up" | "closed";
export type OutcomeName =
  | "handled" | "abandoned" | "short_abandoned" | "overflowed" | "callback" | "voicemail" | "failed";
export type OfferStateName = "ringing" | "accepted" | "declined" | "missed" | "withdrawn";
export type Words = Record<string, string>;

export interface FloorCustomer {
  id: string;
  name: string;
  grade: string;
  prospect: boolean;
  phone: string;
  place: string;
  hints: readonly string[];
  candidates: readonly (readonly [string, string])[];
}

export interface Leg { id: string; state: "dialling" | "up" | "gone"; pbx_channel: string }

export interface Offer {
  id: string;
  agent: string;
  device: string;
  state: OfferStateName;
  made_at: number;
  expires_at: number;
  rang: boolean;
}

export interface Attribute { value: string; label: Words }
export type CallbackStateName = "requested" | "scheduled" | "dialling" | "connected" | "completed" | "exhausted" | "cancelled";
export type CallbackMode = "agent_first" | "customer_first";

export interface Callback {
  number: string;
  mode: CallbackMode;
  source: string;
  state: CallbackStateName;
  requested_at: number;
  not_before: number;
  expires_at: number;
  most_attempts: number;
  spacing: number;
  priority: number;
  reason: string;
  attempts: number;
  resting: boolean;
  dial_until: number | null;
  last_result: string;
}

export type TransferStateName = "dialling" | "connected" | "ended";

/** The latest attempt to hand the caller on to a number outside. */
export interface Transfer {
  number: string;
  key: string;
  attempt: number;
  state: TransferStateName;
  dialled_at: number;
  recording: string;
  answered_at: number | null;
  result: string;
}

export interface Choice { step: string; keys: string; label: Words }

/** That the customer is asked how satisfied he is; `score` 1-5, null: not answered (yet). */
export interface Survey { agent: string | null; queue: string | null; score: number | null; via: string }

export interface Interaction {
  id: string;
  channel: string;
  direction: string;
  caller: string;
  caller_name: string;
  dialled: string;
  customer: FloorCustomer;
  state: InteractionStateName;
  arrived_at: number;
  caller_leg: Leg;
  flow: string;
  flow_version: string;
  language: string;
  path: readonly Choice[];
  attributes: Readonly<Record<string, Attribute>>;
  queue: string | null;
  requirement: string;
  priority: number;
  preferred: string;
  stage: number;
  order: number;
  passed: readonly string[];
  diverted: string | null;
  estimate: Estimate | null;
  promise: WaitPromise | null;
  self_service: string;
  queued_at: number | null;
  age_from: number | null;
  offer: Offer | null;
  offers_made: number;
  agent: string | null;
  agent_leg: Leg | null;
  answered_at: number | null;
  segment: number;
  connected_at: number | null;
  held_at: number | null;
  talk_ended_at: number | null;
  wrap_up_expires_at: number | null;
  disposition: string;
  note: string;
  recordings: readonly string[];
  /** How many of them were dictated in the flow. */
  reports: number;
  callback: Callback | null;
  transfer: Transfer | null;
  survey: Survey | null;
  closed_at: number | null;
  outcome: OutcomeName | null;
  cause: string;
}

export interface Agent {
  id: string;
  name: string;
  skills: Record<string, number>;
  memberships: Readonly<Record<string, unknown>>;
  state: AgentStateName;
  reason: string;
  since: number;
  idle_since: number;
  idle_order: number;
  signed_in_at: number;
  busy_ms: number;
  wanted: AgentStateName;
  wanted_reason: string;
  devices: readonly string[];
  interaction: string | null;
  configured: boolean;
}

export interface QueueConfig {
  queue: string;
  name: Words;
  rules: Readonly<Record<string, unknown>>;
  calendar: Readonly<Record<string, unknown>> | null;
  ring_seconds: number;
  wrap_up_seconds: number;
  short_abandon_seconds: number;
  announce_seconds: number;
  survey: boolean;
}

export interface Queue { config: QueueConfig; waiting: number }

/** What one signed-in person sees of the floor. */
export interface FloorView {
  agent: Agent | null;
  agents: Readonly<Record<string, Agent>>;
  interactions: Readonly<Record<string, Interaction>>;
  queues: Readonly<Record<string, Queue>>;
  pbx_up: boolean;
}

/** A wait in milliseconds, give or take the error. */
export interface Estimate { expected_ms: number; error_ms: number }

/** What a waiting caller was told: about so many minutes (31: more than thirty), so until then. */
export interface WaitPromise { minutes: number; until: number; slips: number }

/** The compact facts of a pick. */
export interface OfferReason {
  side: "agent" | "contact"; order: string; stage: number; requirement: string; rivals: number; preferred: boolean;
  held_back: readonly string[];
}

interface OfferRef { offer: string; interaction: string; agent: string }
interface TalkRef { interaction: string; agent: string }

/** Event name → its data. */
export interface EventData {
  QueueConfigured: QueueConfig;
  QueueRemoved: { queue: string };
  ReserveSet: { queue: string; on: boolean };
  EmergencySet: { queue: string; on: boolean; user: string };
  AgentConfigured: { agent: string; name: string; skills: Record<string, number>; memberships: Readonly<Record<string, unknown>> };
  AgentRemoved: { agent: string };
  AgentStateChanged: { agent: string; state: AgentStateName; reason: string; interaction: string | null };
  AgentWantedChanged: { agent: string; state: AgentStateName; reason: string };
  AgentDevicesChanged: { agent: string; devices: readonly string[] };
  InteractionStarted: {
    interaction: string; channel: string; direction: string; caller: string; caller_name: string; dialled: string;
    customer: FloorCustomer; leg: string; pbx_channel: string;
  };
  FlowEntered: { interaction: string; flow: string; version: string; language: string };
  FlowStepTaken: { interaction: string; step: string; keys: string; label: Words };
  AttributesSet: { interaction: string; attributes: Readonly<Record<string, Attribute>> };
  LanguageChosen: { interaction: string; language: string };
  ContactQueued: {
    interaction: string; queue: string; requirement: string; priority: number; age_from: number; why: string;
    preferred: string; stage: number; estimate: Estimate | null;
  };
  ContactRelaxed: { interaction: string; queue: string; stage: number; why: string };
  ContactOverflowed: { interaction: string; queue: string; when: string; then: string; target: string };
  WaitTold: { interaction: string; promise: WaitPromise };
  SelfServiceEntered: { interaction: string; flow: string; version: string };
  SelfServiceLeft: { interaction: string; why: string };
  VoicemailChosen: { interaction: string; queue: string };
  OfferMade: OfferRef & { device: string; expires_at: number; why: OfferReason };
  OfferRinging: OfferRef;
  OfferAccepted: OfferRef;
  OfferDeclined: OfferRef;
  OfferMissed: OfferRef & { why: string };
  OfferWithdrawn: OfferRef & { why: string };
  InteractionConnected: TalkRef & { segment: number };
  InteractionHeld: TalkRef;
  InteractionResumed: TalkRef;
  AgentLegReplaced: TalkRef & { old: string; new: string };
  TalkEnded: TalkRef & { segment: number; by: string };
  WrapUpStarted: TalkRef & { expires_at: number | null };
  WrapUpCompleted: TalkRef & { disposition: string; note: string; timed_out: boolean };
  CustomerAssigned: { interaction: string; customer: FloorCustomer; agent: string | null };
  CallerLeft: { interaction: string; cause: string };
  InteractionClosed: { interaction: string; outcome: OutcomeName; cause: string };
  DialPolicySet: { policy: Readonly<Record<string, unknown>> };
  DoNotCallChanged: { added: readonly string[]; removed: readonly string[] };
  CallbackRequested: {
    interaction: string; number: string; mode: CallbackMode; source: string; queue: string; requirement: string; priority: number;
    age_from: number; not_before: number; expires_at: number; most_attempts: number; spacing: number; reason: string;
  };
  CallbackRescheduled: { interaction: string; not_before: number; why: string; by: string };
  CallbackDialled: { interaction: string; attempt: number; leg: string; number: string; until: number };
  CallbackAnswered: { interaction: string; attempt: number; pbx_channel: string };
  CallbackUnattended: TalkRef;
  CallbackAttemptEnded: { interaction: string; attempt: number; result: string; not_before: number };
  CallbackClosed: { interaction: string; state: CallbackStateName; why: string; by: string };
  TransferDialled: { interaction: string; attempt: number; key: string; number: string; recording: string };
  TransferAnswered: { interaction: string; attempt: number };
  TransferEnded: { interaction: string; attempt: number; result: string };
  TransferRefused: { interaction: string; number: string; why: string };
  SurveyAsked: TalkRef & { queue: string };
  SurveyAnswered: { interaction: string; score: number; via: string; agent: string | null; queue: string | null; comment: string };
  RecordingStarted: TalkRef & { recording: string; segment: number };
  ReportStarted: { interaction: string; recording: string };
  ReportDictated: { interaction: string; recording: string };
  RecordingStored: {
    recording: string; interaction: string; path: string; sha256: string; size_bytes: number; duration_ms: number;
  };
  RecordingMissing: { recording: string; interaction: string; why: string };
  PbxLost: { why: string };
  PbxBack: { boot: string };
  InteractionShown: { interaction: Interaction };
  InteractionHidden: { interaction: string };
}

export type EventName = keyof EventData;
export type EventFrame = { [K in EventName]: { type: K; seq: number; at: number; data: EventData[K] } }[EventName];
export type SnapshotFrame = { type: "snapshot"; epoch: string; seq: number; at: number; data: FloorView };
export type ControlFrame =
  | SnapshotFrame
  | { type: "resumed"; epoch: string; seq: number; at: number }
  | { type: "pong"; at: number };
