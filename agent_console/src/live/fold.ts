import type { Agent, Callback, EventFrame, FloorView, Interaction, Transfer } from "./types";

export const EMPTY_FLOOR: FloorView = { agent: null, agents: {}, interactions: {}, queues: {}, pbx_up: false };

function without<T>(all: Readonly<Record<string, T>>, key: string): Record<string, T> {
  const rest = { ...all };
  Reflect.deleteProperty(rest, key);
  return rest;
}

function editInteraction(view: FloorView, id: string, edit: (was: Interaction) => Partial<Interaction>): FloorView {
  const was = view.interactions[id];
  if (was === undefined) return view;
  return { ...view, interactions: { ...view.interactions, [id]: { ...was, ...edit(was) } } };
}

function editAgent(view: FloorView, id: string, edit: (was: Agent) => Partial<Agent>): FloorView {
  let next = view;
  if (view.agent?.id === id) next = { ...next, agent: { ...view.agent, ...edit(view.agent) } };
  const listed = view.agents[id];
  if (listed !== undefined) next = { ...next, agents: { ...view.agents, [id]: { ...listed, ...edit(listed) } } };
  return next;
}

function editWaiting(view: FloorView, queue: string | null, by: number): FloorView {
  const was = queue === null ? undefined : view.queues[queue];
  if (queue === null || was === undefined) return view;
  return { ...view, queues: { ...view.queues, [queue]: { ...was, waiting: Math.max(0, was.waiting + by) } } };
}

/** Whether it waits for an agent now; a callback that rests does not. */
const inLine = (it: Interaction | undefined): boolean => it?.state === "queued" && it.callback?.resting !== true;

/** It leaves the line it may have been in. */
function outOfLine(view: FloorView, id: string): FloorView {
  const was = view.interactions[id];
  return editWaiting(view, inLine(was) ? (was?.queue ?? null) : null, -1);
}

/** A callback rests until then, with nobody on the line for it. */
function rest(view: FloorView, id: string, until: number, change: Partial<Callback>): FloorView {
  return editInteraction(outOfLine(view, id), id, (was) => ({
    state: "queued", agent: null, agent_leg: null,
    callback: was.callback === null ? null : { ...was.callback, ...change, resting: true, not_before: until },
  }));
}

function editCallback(view: FloorView, id: string, change: Partial<Callback>): FloorView {
  return editInteraction(view, id, (was) => (was.callback === null ? {} : { callback: { ...was.callback, ...change } }));
}

function editTransfer(view: FloorView, id: string, change: Partial<Transfer>): FloorView {
  return editInteraction(view, id, (was) => (was.transfer === null ? {} : { transfer: { ...was.transfer, ...change } }));
}

/** A live offer is over: it leaves the interaction, and with it the leg that was rung, unless it was accepted. */
function endOffer(view: FloorView, interaction: string, agent: string | null, at = 0): FloorView {
  return editInteraction(view, interaction, (was) => {
    if (agent === null) return { offer: null, agent_leg: null };
    return { offer: null, agent, answered_at: at, agent_leg: was.agent_leg === null ? null : { ...was.agent_leg, state: "up" } };
  });
}

function removeAgent(view: FloorView, id: string): FloorView {
  return { ...view, agent: view.agent?.id === id ? null : view.agent, agents: without(view.agents, id) };
}

const knownAgent = (view: FloorView, id: string): Agent | undefined => (view.agent?.id === id ? view.agent : view.agents[id]);

/** Time at work since signing in. */
function atWork(was: Agent, state: Agent["state"], at: number): Partial<Agent> {
  if (was.state === "signed_out" && state !== "signed_out") return { signed_in_at: at, busy_ms: 0 };
  const working = was.state === "offered" || was.state === "connected" || was.state === "wrapping_up";
  return working ? { busy_ms: was.busy_ms + at - was.since } : {};
}

/**
 * The floor after one event: pure, the console's mirror of the server's own `apply`.
 * Events about things out of sight change nothing; folding is total over everything the server may send.
 */
export function fold(view: FloorView, frame: EventFrame): FloorView {
  const at = frame.at;
  switch (frame.type) {
    case "QueueConfigured": {
      const waiting = view.queues[frame.data.queue]?.waiting ?? 0;
      return { ...view, queues: { ...view.queues, [frame.data.queue]: { config: frame.data, waiting } } };
    }
    case "QueueRemoved":
      return { ...view, queues: without(view.queues, frame.data.queue) };
    case "ReserveSet":
    case "EmergencySet":
      return view; // nothing on a screen depends on them
    case "AgentConfigured": {
      const { agent, name, skills, memberships } = frame.data;
      if (knownAgent(view, agent) !== undefined)
        return editAgent(view, agent, () => ({ name, skills, memberships, configured: true }));
      const fresh: Agent = {
        id: agent, name, skills, memberships, state: "signed_out", reason: "", since: at, idle_since: 0, idle_order: 0,
        signed_in_at: 0, busy_ms: 0, wanted: "available", wanted_reason: "", devices: [], interaction: null, configured: true,
      };
      return { ...view, agents: { ...view.agents, [agent]: fresh } };
    }
    case "AgentRemoved": {
      const { agent } = frame.data;
      if (knownAgent(view, agent)?.interaction == null) return removeAgent(view, agent);
      return editAgent(view, agent, () => ({ configured: false }));
    }
    case "AgentStateChanged": {
      const { agent, state, reason, interaction } = frame.data;
      const free = state === "available" || state === "not_ready" || state === "signed_out";
      if (free && knownAgent(view, agent)?.configured === false) return removeAgent(view, agent);
      return editAgent(view, agent, (was) => ({
        state, reason, interaction, since: at,
        ...(state === "available" && was.state !== "offered" ? { idle_since: at, idle_order: frame.seq } : {}),
        ...atWork(was, state, at),
        ...(free ? { wanted: "available" as const, wanted_reason: "" } : {}),
      }));
    }
    case "AgentWantedChanged": {
      const { agent, state, reason } = frame.data;
      return editAgent(view, agent, () => ({ wanted: state, wanted_reason: reason }));
    }
    case "AgentDevicesChanged":
      return editAgent(view, frame.data.agent, () => ({ devices: frame.data.devices }));
    case "InteractionShown":
      return { ...view, interactions: { ...view.interactions, [frame.data.interaction.id]: frame.data.interaction } };
    case "InteractionHidden":
      return { ...view, interactions: without(view.interactions, frame.data.interaction) };
    case "InteractionStarted": {
      const { interaction: id, channel, direction, caller, caller_name, dialled, customer, leg, pbx_channel } = frame.data;
      const fresh: Interaction = {
        id, channel, direction, caller, caller_name, dialled, customer, state: "arriving", arrived_at: at,
        caller_leg: { id: leg, state: leg === "" ? "gone" : "up", pbx_channel }, flow: "", flow_version: "", language: "zh", path: [], attributes: {},
        queue: null, requirement: "", priority: 0, preferred: "", stage: 0, order: 0, passed: [],
        diverted: null, estimate: null, promise: null, self_service: "", queued_at: null, age_from: null, offer: null, offers_made: 0,
        agent: null, agent_leg: null, answered_at: null, segment: 0, connected_at: null, held_at: null, talk_ended_at: null,
        wrap_up_expires_at: null, disposition: "", note: "", recordings: [], reports: 0, callback: null, transfer: null, survey: null, closed_at: null, outcome: null, cause: "",
      };
      return { ...view, interactions: { ...view.interactions, [id]: fresh } };
    }
    case "FlowEntered": {
      const { interaction, flow, version, language } = frame.data;
      return editInteraction(view, interaction, () => ({ flow, flow_version: version, language, state: "in_flow" }));
    }
    case "FlowStepTaken": {
      const { interaction, step, keys, label } = frame.data;
      return editInteraction(view, interaction, (was) => ({ path: [...was.path, { step, keys, label }] }));
    }
    case "AttributesSet": {
      const { interaction, attributes } = frame.data;
      return editInteraction(view, interaction, (was) => ({ attributes: { ...was.attributes, ...attributes } }));
    }
    case "LanguageChosen":
      return editInteraction(view, frame.data.interaction, () => ({ language: frame.data.language }));
    case "ContactQueued": {
      const { interaction, queue, requirement, priority, preferred, stage, estimate, age_from } = frame.data;
      if (view.interactions[interaction] === undefined) return view;
      return editInteraction(editWaiting(view, queue, 1), interaction, (was) => ({
        order: was.order === 0 ? frame.seq : was.order, preferred,
        state: "queued", queue, requirement, priority, stage, estimate, age_from, queued_at: at, agent: null, agent_leg: null,
        callback: was.callback === null ? null : { ...was.callback, resting: false, state: was.callback.state === "scheduled" ? "requested" : was.callback.state },
      }));
    }
    case "ContactRelaxed":
      return editInteraction(view, frame.data.interaction, () => ({ stage: frame.data.stage }));
    case "ContactOverflowed": {
      const { interaction, queue, then } = frame.data;
      return editInteraction(outOfLine(view, interaction), interaction, (it) => ({
        state: "in_flow", queue, passed: [...it.passed, queue], diverted: then === "queue" ? null : then,
      }));
    }
    case "WaitTold":
      return editInteraction(view, frame.data.interaction, () => ({ promise: frame.data.promise }));
    case "SelfServiceEntered":
      return editInteraction(view, frame.data.interaction, () => ({ self_service: frame.data.flow }));
    case "SelfServiceLeft":
      return editInteraction(view, frame.data.interaction, () => ({ self_service: "" }));
    case "VoicemailChosen":
      return editInteraction(outOfLine(view, frame.data.interaction), frame.data.interaction, () => ({
        state: "in_flow", diverted: "voicemail",
      }));
    case "OfferMade": {
      const { offer, interaction, agent, device, expires_at } = frame.data;
      return editInteraction(outOfLine(view, interaction), interaction, (it) => ({
        state: "offered",
        offers_made: it.offers_made + 1,
        offer: { id: offer, agent, device, state: "ringing", made_at: at, expires_at, rang: false },
        agent_leg: { id: offer, state: "dialling", pbx_channel: "" },
      }));
    }
    case "OfferRinging":
      return editInteraction(view, frame.data.interaction, (was) =>
        was.offer === null ? {} : { offer: { ...was.offer, rang: true } },
      );
    case "OfferAccepted":
      return endOffer(view, frame.data.interaction, frame.data.agent, at);
    case "OfferDeclined":
    case "OfferMissed":
    case "OfferWithdrawn":
      return endOffer(view, frame.data.interaction, null);
    case "InteractionConnected": {
      const { interaction, segment } = frame.data;
      return editInteraction(view, interaction, (was) => ({
        state: "connected", segment, connected_at: was.connected_at ?? at,
      }));
    }
    case "InteractionHeld":
      return editInteraction(view, frame.data.interaction, () => ({ state: "held", held_at: at }));
    case "InteractionResumed":
      return editInteraction(view, frame.data.interaction, () => ({ state: "connected", held_at: null }));
    case "AgentLegReplaced":
      return editInteraction(view, frame.data.interaction, () => ({
        agent_leg: { id: frame.data.new, state: "up", pbx_channel: "" },
      }));
    case "TalkEnded":
      return editInteraction(view, frame.data.interaction, () => ({ talk_ended_at: at, held_at: null, agent_leg: null }));
    case "WrapUpStarted":
      return editInteraction(view, frame.data.interaction, () => ({
        state: "wrapping_up", wrap_up_expires_at: frame.data.expires_at,
      }));
    case "WrapUpCompleted":
      return editInteraction(view, frame.data.interaction, () => ({
        disposition: frame.data.disposition, note: frame.data.note, wrap_up_expires_at: null,
      }));
    case "CustomerAssigned":
      return editInteraction(view, frame.data.interaction, () => ({ customer: frame.data.customer }));
    case "CallerLeft":
      return editInteraction(view, frame.data.interaction, (was) => ({
        self_service: "", caller_leg: { ...was.caller_leg, state: "gone" },
      }));
    case "InteractionClosed": {
      const counted = outOfLine(view, frame.data.interaction);
      return { ...counted, interactions: without(counted.interactions, frame.data.interaction) };
    }
    case "DialPolicySet":
    case "DoNotCallChanged":
      return view;
    case "CallbackRequested": {
      const { interaction, queue, requirement, age_from, ...asked } = frame.data;
      return editInteraction(outOfLine(view, interaction), interaction, (was) => ({
        state: "queued", queue, requirement, priority: asked.priority, age_from, diverted: null,
        queued_at: was.queued_at ?? at, order: was.order === 0 ? frame.seq : was.order,
        callback: {
          ...asked, state: asked.not_before > at ? "scheduled" : "requested", requested_at: at, attempts: 0, resting: true,
          dial_until: null, last_result: "",
        },
      }));
    }
    case "CallbackRescheduled":
      return rest(view, frame.data.interaction, frame.data.not_before, { state: "scheduled" });
    case "CallbackDialled": {
      const { interaction, attempt, leg, until } = frame.data;
      return editInteraction(editCallback(view, interaction, { state: "dialling", attempts: attempt, dial_until: until }), interaction, () => ({
        caller_leg: { id: leg, state: "dialling", pbx_channel: "" },
      }));
    }
    case "CallbackAnswered": {
      const { interaction, pbx_channel } = frame.data;
      return editInteraction(editCallback(view, interaction, { state: "connected", dial_until: null }), interaction, (was) => ({
        caller_leg: { ...was.caller_leg, state: "up", pbx_channel },
      }));
    }
    case "CallbackUnattended":
      return rest(view, frame.data.interaction, at, {});
    case "CallbackAttemptEnded": {
      const { interaction, result, not_before } = frame.data;
      const resting = rest(view, interaction, not_before, { state: "scheduled", last_result: result, dial_until: null });
      return editInteraction(resting, interaction, (was) => ({
        caller_leg: { ...was.caller_leg, state: "gone" }, priority: was.callback?.priority ?? was.priority,
      }));
    }
    case "CallbackClosed":
      return editCallback(view, frame.data.interaction, { state: frame.data.state });
    case "TransferDialled": {
      const { interaction, ...dialled } = frame.data;
      return editInteraction(view, interaction, () => ({
        transfer: { ...dialled, state: "dialling", dialled_at: at, answered_at: null, result: "" },
      }));
    }
    case "TransferAnswered":
      return editTransfer(view, frame.data.interaction, { state: "connected", answered_at: at });
    case "TransferEnded":
      return editTransfer(view, frame.data.interaction, { state: "ended", result: frame.data.result });
    case "TransferRefused":
      return view; // the flow goes on
    case "SurveyAsked": {
      const { interaction, agent, queue } = frame.data;
      return editInteraction(view, interaction, () => ({ survey: { agent, queue, score: null, via: "" } }));
    }
    case "SurveyAnswered": {
      const { interaction, agent, queue, score, via } = frame.data;
      return editInteraction(view, interaction, () => ({ survey: { agent, queue, score, via } }));
    }
    case "RecordingStarted":
      return editInteraction(view, frame.data.interaction, (was) => ({
        recordings: [...was.recordings, frame.data.recording],
      }));
    case "ReportStarted":
      return editInteraction(view, frame.data.interaction, (was) => ({ reports: was.reports + 1 }));
    case "ReportDictated":
    case "RecordingStored":
    case "RecordingMissing":
      return view;
    case "PbxLost":
      return { ...view, pbx_up: false };
    case "PbxBack":
      return { ...view, pbx_up: true };
  }
}

/** His part is over, also while the caller is still being asked how satisfied he is. */
const leftBehind = (it: Interaction): boolean => it.state === "wrapping_up" && it.wrap_up_expires_at === null;

/** The interaction the agent works on now: the one his agent object names, else one offered to or held by him. */
export function currentInteraction(view: FloorView): Interaction | null {
  const me = view.agent;
  if (me === null) return null;
  const named = me.interaction === null ? undefined : view.interactions[me.interaction];
  if (named !== undefined) return named;
  return Object.values(view.interactions).find((it) => it.offer?.agent === me.id || (it.agent === me.id && !leftBehind(it))) ?? null;
}
