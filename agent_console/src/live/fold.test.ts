import { describe, expect, it } from "vitest";
import { currentInteraction, EMPTY_FLOOR, fold } from "./fold";
import type { Agent, EventData, EventFrame, EventName, FloorView, Interaction } from "./types";

const CUSTOMER = { id: "c1", name: "张伟", grade: "gold", prospect: false, phone: "+8613812345678", place: "", hints: [], candidates: [] };

let seq = 0;
function event<K extends EventName>(type: K, data: EventData[K], at = 1000): EventFrame {
  seq += 1;
  return { type, seq, at, data } as EventFrame;
}
function run(view: FloorView, ...events: EventFrame[]): FloorView {
  return events.reduce(fold, view);
}
const AGENT: Agent = {
  id: "1001", name: "王芳", skills: {}, memberships: {}, state: "available", reason: "", since: 1, idle_since: 1, idle_order: 1, signed_in_at: 1, busy_ms: 0, wanted: "available", wanted_reason: "",
  devices: ["1001-web"], interaction: null, configured: true,
};
const MINE: FloorView = { ...EMPTY_FLOOR, agent: AGENT, pbx_up: true };
const started = event("InteractionStarted", {
  interaction: "i1", channel: "voice", direction: "in", caller: "+8613812345678", caller_name: "", dialled: "95598", customer: CUSTOMER, leg: "l1", pbx_channel: "PJSIP/t-1",
});
const queued = event("ContactQueued", { interaction: "i1", queue: "q1", requirement: "power>=5", priority: 0, age_from: 900, why: "flow", preferred: "", stage: 0, estimate: null }, 1100);
const queueKnown = event("QueueConfigured", {
  queue: "q1", name: { zh: "报修" }, rules: {}, calendar: null, ring_seconds: 20, wrap_up_seconds: 60, short_abandon_seconds: 5, announce_seconds: 30, survey: false,
});
const offer = { offer: "o1", interaction: "i1", agent: "1001" };
const why = { side: "agent", order: "longest_idle", stage: 0, requirement: "power>=5", rivals: 1, preferred: false, held_back: [] } as const;
const offered = event("OfferMade", { ...offer, device: "1001-web", expires_at: 21_000, why }, 1200);
const talk = { interaction: "i1", agent: "1001" };

function get(view: FloorView): Interaction {
  const found = view.interactions["i1"];
  if (found === undefined) throw new Error("i1 is not in sight");
  return found;
}
const supervisor = run({ ...EMPTY_FLOOR, agents: { "1001": AGENT } }, queueKnown, started, queued);

describe("fold", () => {
  it("follows a whole call", () => {
    let view = run(supervisor, offered);
    expect(get(view)).toMatchObject({ state: "offered", offers_made: 1, offer: { id: "o1", rang: false }, agent_leg: { id: "o1", state: "dialling" } });
    expect(view.queues["q1"]?.waiting).toBe(0);
    view = run(view, event("OfferRinging", offer), event("OfferAccepted", offer));
    expect(get(view)).toMatchObject({ state: "offered", offer: null, agent: "1001", agent_leg: { state: "up" } });
    view = run(view, event("InteractionConnected", { ...talk, segment: 1 }, 2000), event("RecordingStarted", { ...talk, recording: "r1", segment: 1 }));
    expect(get(view)).toMatchObject({ state: "connected", segment: 1, connected_at: 2000, recordings: ["r1"] });
    view = run(view, event("InteractionHeld", talk, 3000));
    expect(get(view)).toMatchObject({ state: "held", held_at: 3000 });
    view = run(view, event("InteractionResumed", talk), event("TalkEnded", { ...talk, segment: 1, by: "caller" }, 5000), event("WrapUpStarted", { ...talk, expires_at: 65_000 }));
    expect(get(view)).toMatchObject({ state: "wrapping_up", held_at: null, talk_ended_at: 5000, wrap_up_expires_at: 65_000, agent_leg: null });
    view = run(view, event("WrapUpCompleted", { ...talk, disposition: "solved", note: "好", timed_out: false }));
    expect(get(view)).toMatchObject({ disposition: "solved", note: "好", wrap_up_expires_at: null });
    expect(run(view, event("InteractionClosed", { interaction: "i1", outcome: "handled", cause: "" })).interactions).toEqual({});
  });

  it("follows a survey, which the agent does not wait for", () => {
    const over = [event("TalkEnded", { ...talk, segment: 1, by: "agent" }), event("SurveyAsked", { ...talk, queue: "q1" }), event("WrapUpStarted", { ...talk, expires_at: 65_000 })];
    let view = run({ ...supervisor, agent: { ...AGENT, interaction: "i1" } }, offered, event("OfferAccepted", offer), event("InteractionConnected", { ...talk, segment: 1 }), ...over);
    expect(get(view).survey).toEqual({ agent: "1001", queue: "q1", score: null, via: "" });
    expect(currentInteraction(view)?.id).toBe("i1");
    view = run(view, event("WrapUpCompleted", { ...talk, disposition: "", note: "", timed_out: true }), event("AgentStateChanged", { agent: "1001", state: "available", reason: "", interaction: null }));
    expect(currentInteraction(view)).toBeNull();
    const answer = { interaction: "i1", score: 2, via: "keys", agent: "1001", queue: "q1", comment: "" };
    expect(get(run(view, event("SurveyAnswered", answer))).survey).toMatchObject({ score: 2, via: "keys" });
    expect(run(EMPTY_FLOOR, event("SurveyAnswered", answer))).toEqual(EMPTY_FLOOR);
  });

  it("follows a callback: out of line, rung, not reached, rung again, talking", () => {
    const asked = {
      interaction: "i1", number: "+8613812345678", mode: "agent_first", source: "queue", queue: "q1", requirement: "power>=5", priority: 0,
      age_from: 900, not_before: 1000, expires_at: 90_000, most_attempts: 3, spacing: 1000, reason: "",
    } as const;
    let view = run(supervisor, event("CallbackRequested", asked, 2000), event("CallerLeft", { interaction: "i1", cause: "released" }));
    expect(get(view)).toMatchObject({ state: "queued", age_from: 900, callback: { state: "requested", resting: true, attempts: 0 } });
    expect(view.queues["q1"]?.waiting).toBe(0);
    view = run(view, queued, offered, event("OfferAccepted", offer), event("CallbackDialled", { interaction: "i1", attempt: 1, leg: "i1.out1", number: "+8613812345678", until: 9000 }));
    expect(get(view)).toMatchObject({ caller_leg: { id: "i1.out1", state: "dialling" }, callback: { state: "dialling", attempts: 1, dial_until: 9000 } });
    view = run(view, event("CallbackAttemptEnded", { interaction: "i1", attempt: 1, result: "busy", not_before: 5000 }));
    expect(get(view)).toMatchObject({ state: "queued", agent: null, agent_leg: null, caller_leg: { state: "gone" }, callback: { state: "scheduled", last_result: "busy", resting: true } });
    expect(view.queues["q1"]?.waiting).toBe(0);
    view = run(view, queued);
    expect(get(view).callback).toMatchObject({ state: "requested", resting: false });
    expect(view.queues["q1"]?.waiting).toBe(1);
    expect(run(view, event("CallbackClosed", { interaction: "i1", state: "cancelled", why: "asked", by: "2001" }), event("InteractionClosed", { interaction: "i1", outcome: "callback", cause: "" })).queues["q1"]?.waiting).toBe(0);
  });

  it("follows a caller who is handed on", () => {
    const attempt = { interaction: "i1", attempt: 1 };
    let view = run(supervisor, event("TransferDialled", { ...attempt, key: "plumber-1", number: "+862583190000", recording: "" }, 2000));
    expect(get(view).transfer).toMatchObject({ number: "+862583190000", state: "dialling", dialled_at: 2000, result: "" });
    view = run(view, event("TransferAnswered", attempt, 3000), event("TransferEnded", { ...attempt, result: "talked" }));
    expect(get(view).transfer).toMatchObject({ state: "ended", answered_at: 3000, result: "talked" });
    expect(run(view, event("TransferRefused", { interaction: "i1", number: "x", why: "caps" }))).toEqual(view);
  });

  it.each(["OfferDeclined", "OfferWithdrawn", "OfferMissed"] as const)("takes the offer back after %s", (type) => {
    const data = { ...offer, why: "no_answer" };
    const view = run(supervisor, offered, event(type, data));
    expect(get(view)).toMatchObject({ offer: null, agent_leg: null });
  });

  it("counts who waits, also when a waiting caller leaves", () => {
    expect(supervisor.queues["q1"]?.waiting).toBe(1);
    expect(run(supervisor, event("InteractionClosed", { interaction: "i1", outcome: "abandoned", cause: "" })).queues["q1"]?.waiting).toBe(0);
    const again = run(supervisor, offered, event("OfferMissed", { ...offer, why: "no_answer" }), { ...queued, at: 9000 });
    expect(again.queues["q1"]?.waiting).toBe(1);
    expect(get(again)).toMatchObject({ queued_at: 9000, age_from: 900, agent: null });
  });

  it("follows a contact that is relaxed, or sent on", () => {
    const relaxed = run(supervisor, event("ContactRelaxed", { interaction: "i1", queue: "q1", stage: 2, why: "waited" }));
    expect(get(relaxed)).toMatchObject({ state: "queued", stage: 2 });
    const sentOn = run(relaxed, event("ContactOverflowed", { interaction: "i1", queue: "q1", when: "waited_over", then: "queue", target: "q2" }));
    expect(get(sentOn).state).toBe("in_flow");
    expect(sentOn.queues["q1"]?.waiting).toBe(0);
  });

  it("follows a caller who helps himself while he waits, and one who leaves a message instead", () => {
    const promise = { minutes: 5, until: 301_000, slips: 0 };
    let view = run(supervisor, event("WaitTold", { interaction: "i1", promise }), event("SelfServiceEntered", { interaction: "i1", flow: "95598", version: "v1" }));
    expect(get(view)).toMatchObject({ state: "queued", self_service: "95598", promise });
    view = run(view, event("SelfServiceLeft", { interaction: "i1", why: "done" }));
    expect(get(view)).toMatchObject({ state: "queued", self_service: "" });
    view = run(view, event("VoicemailChosen", { interaction: "i1", queue: "q1" }));
    expect(get(view)).toMatchObject({ state: "in_flow", diverted: "voicemail" });
    expect(view.queues["q1"]?.waiting).toBe(0);
  });

  it("shows and hides what comes into an agent's sight", () => {
    const shown = event("InteractionShown", { interaction: get(supervisor) });
    let view = run(MINE, shown, offered, event("AgentStateChanged", { agent: "1001", state: "offered", reason: "", interaction: "i1" }, 1300));
    expect(currentInteraction(view)?.id).toBe("i1");
    expect(view.agent).toMatchObject({ state: "offered", since: 1300, interaction: "i1" });
    view = run(view, event("InteractionHidden", { interaction: "i1" }));
    expect(currentInteraction(view)).toBeNull();
  });

  it("keeps what follows the present work until it begins", () => {
    const wanted = run(MINE, event("AgentWantedChanged", { agent: "1001", state: "not_ready", reason: "break" }));
    expect(wanted.agent).toMatchObject({ state: "available", wanted: "not_ready", wanted_reason: "break" });
    const after = run(wanted, event("AgentStateChanged", { agent: "1001", state: "not_ready", reason: "break", interaction: null }));
    expect(after.agent).toMatchObject({ wanted: "available", wanted_reason: "", reason: "break" });
  });

  it("starts the idle clock when becoming ready, but not after a missed offer", () => {
    const ready = (from: Agent["state"]): number | undefined =>
      run({ ...MINE, agent: { ...AGENT, state: from } }, event("AgentStateChanged", { agent: "1001", state: "available", reason: "", interaction: null }, 7000)).agent?.idle_since;
    expect(ready("not_ready")).toBe(7000);
    expect(ready("offered")).toBe(1);
  });

  it("removes an agent at once, or when his work is done", () => {
    expect(run(supervisor, event("AgentRemoved", { agent: "1001" })).agents).toEqual({});
    const busy = { ...supervisor, agents: { "1001": { ...AGENT, state: "connected" as const, interaction: "i1" } } };
    const leaving = run(busy, event("AgentRemoved", { agent: "1001" }));
    expect(leaving.agents["1001"]?.configured).toBe(false);
    expect(run(leaving, event("AgentStateChanged", { agent: "1001", state: "available", reason: "", interaction: null })).agents).toEqual({});
  });

  it("changes nothing for things out of sight, and never the view it was given", () => {
    expect(run(MINE, event("InteractionHeld", talk))).toEqual(MINE);
    const frozen = JSON.stringify(supervisor);
    run(supervisor, offered, event("PbxLost", { why: "x" }));
    expect(JSON.stringify(supervisor)).toBe(frozen);
  });

  it("follows the telephone system", () => {
    expect(run(MINE, event("PbxLost", { why: "gone" })).pbx_up).toBe(false);
    expect(run(MINE, event("PbxLost", { why: "gone" }), event("PbxBack", { boot: "b" })).pbx_up).toBe(true);
  });
});
