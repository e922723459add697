import { beforeEach, describe, expect, it } from "vitest";
import { EMPTY_FLOOR } from "./fold";
import { backOff, openLive, PING_MS, SILENCE_MS } from "./socket";
import type { LiveEdges, LiveState, SocketLike } from "./socket";

/** A socket and a clock in memory, driven by hand. */
class Wire implements SocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  sent: string[] = [];
  closed = false;
  constructor(readonly url: string) {}
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.closed = true;
  }
  say(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
}

let wires: Wire[] = [];
let timers: { at: number; what: () => void }[] = [];
let now = 0;
const edges: LiveEdges = {
  open: (url) => {
    const wire = new Wire(url);
    wires.push(wire);
    return wire;
  },
  now: () => now,
  random: () => 0.5,
  after: (ms, what) => {
    const timer = { at: now + ms, what };
    timers.push(timer);
    return () => {
      timers = timers.filter((one) => one !== timer);
    };
  },
};
function pass(ms: number): void {
  const end = now + ms;
  for (;;) {
    const next = timers.filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0];
    if (next === undefined) break;
    timers = timers.filter((one) => one !== next);
    now = next.at;
    next.what();
  }
  now = end;
}
const wire = (): Wire => {
  const last = wires.at(-1);
  if (last === undefined) throw new Error("nothing was opened");
  return last;
};
const SNAPSHOT = { type: "snapshot", epoch: "e1", seq: 7, at: 5000, data: EMPTY_FLOOR };

describe("openLive", () => {
  let state: LiveState;
  let events: string[] = [];
  const open = () =>
    openLive("ws://x/live", (next, came) => {
      state = next;
      events.push(...came.map((one) => one.type));
    }, edges);

  beforeEach(() => {
    wires = [];
    timers = [];
    now = 0;
    events = [];
  });

  it("takes the snapshot, folds events, knows the server's clock", () => {
    open();
    wire().say(SNAPSHOT);
    wire().say({ type: "PbxBack", seq: 8, at: 5100, data: { boot: "b" } });
    expect(state).toMatchObject({ link: "live", known: true, seq: 8, offset: 5000, floor: { pbx_up: true } });
    expect(events).toEqual(["PbxBack"]);
  });

  it("resumes where it was, and takes a repeated frame once", () => {
    open();
    wire().say(SNAPSHOT);
    wire().onclose?.({ code: 1012 });
    expect(state.link).toBe("offline");
    pass(400);
    expect(wire().url).toBe("ws://x/live?since=e1%3A7");
    wire().say({ type: "resumed", epoch: "e1", seq: 7, at: 6000 });
    wire().say({ type: "PbxBack", seq: 6, at: 6000, data: { boot: "old" } });
    expect(state).toMatchObject({ link: "live", seq: 7, floor: { pbx_up: false } });
  });

  it("does not go on in another history", () => {
    open();
    wire().say(SNAPSHOT);
    wire().onclose?.({ code: 1006 });
    pass(400);
    wire().say({ type: "resumed", epoch: "e2", seq: 7, at: 6000 });
    pass(1000);
    expect(wire().url).toBe("ws://x/live");
  });

  it("takes all frames of one event, which share its number", () => {
    open();
    wire().say(SNAPSHOT);
    const interaction = { id: "i1", offers_made: 0, state: "queued" };
    wire().say({ type: "InteractionShown", seq: 8, at: 1, data: { interaction } });
    wire().say({ type: "OfferMade", seq: 8, at: 1, data: { offer: "o", interaction: "i1", agent: "a", device: "d", expires_at: 2 } });
    expect(state.floor.interactions["i1"]?.state).toBe("offered");
  });

  it("pings, and gives up a line that does not answer", () => {
    open();
    wire().onopen?.();
    wire().say(SNAPSHOT);
    const first = wire();
    pass(PING_MS);
    expect(first.sent).toEqual(['{"type":"ping"}']);
    first.say({ type: "pong", at: now });
    pass(PING_MS);
    expect(first.closed).toBe(false);
    pass(SILENCE_MS);
    expect(first.closed).toBe(true);
    expect(state.link).toBe("offline");
  });

  it("waits longer each time, and not at all when asked to retry", () => {
    const live = open();
    for (const delay of [300, 600, 1200]) {
      wire().onclose?.({ code: 1006 });
      expect(state.retryAt).toBe(now + delay);
      pass(delay);
    }
    wire().onclose?.({ code: 1006 });
    const before = wires.length;
    live.retry();
    expect(wires.length).toBe(before + 1);
  });

  it.each([[4401, "signed_out"], [4403, "denied"]] as const)("stops at %i", (code, link) => {
    open();
    wire().onclose?.({ code });
    pass(60_000);
    expect(state.link).toBe(link);
    expect(wires.length).toBe(1);
  });

  it("treats rubbish as a lost line", () => {
    open();
    wire().onmessage?.({ data: "{" });
    expect(state.link).toBe("offline");
  });

  it("is silent after stop", () => {
    open().stop();
    pass(60_000);
    expect(wires.length).toBe(1);
    expect(timers).toEqual([]);
  });
});

describe("backOff", () => {
  it("stays between half and all of a doubling ceiling of 15 s", () => {
    expect([0, 1, 2].map((attempt) => backOff(attempt, 0))).toEqual([200, 400, 800]);
    expect(backOff(30, 1)).toBe(15_000);
    expect(backOff(30, 0)).toBe(7_500);
  });
});
