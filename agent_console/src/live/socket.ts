import { EMPTY_FLOOR, fold } from "./fold";
import type { ControlFrame, EventFrame, FloorView } from "./types";

export const SUBPROTOCOL = "cti.live.v1";
export const PING_MS = 15_000;
/** Nothing heard for this long after a ping: the line is dead even if the browser has not noticed. */
export const SILENCE_MS = 10_000;
const FIRST_DELAY_MS = 400;
const LONGEST_DELAY_MS = 15_000;

export type LinkState = "connecting" | "live" | "offline" | "signed_out" | "denied" | "stopped";

export interface LiveState {
  link: LinkState;
  /** When the next try is due (local clock, ms); only while offline. */
  retryAt: number | null;
  floor: FloorView;
  /** False until the first snapshot of this page. */
  known: boolean;
  epoch: string;
  seq: number;
  /** Server clock minus local clock, ms. */
  offset: number;
}

export const NOT_LIVE: LiveState = {
  link: "connecting", retryAt: null, floor: EMPTY_FLOOR, known: false, epoch: "", seq: 0, offset: 0,
};

/** The part of WebSocket that is used, so that tests can drive it. */
export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

export interface LiveEdges {
  open(url: string, protocol: string): SocketLike;
  /** Local clock, ms since the epoch. */
  now(): number;
  random(): number;
  after(ms: number, what: () => void): () => void;
}

export const BROWSER_EDGES: LiveEdges = {
  open: (url, protocol) => new WebSocket(url, protocol) as SocketLike,
  now: () => Date.now(),
  random: () => Math.random(),
  after: (ms, what) => {
    const timer = setTimeout(what, ms);
    return () => clearTimeout(timer);
  },
};

/** Delay before try number `attempt` (from 0): half fixed, half jitter, doubling up to 15 s. */
export function backOff(attempt: number, random: number): number {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
  return Math.round(ceiling / 2 + (ceiling / 2) * random);
}

export interface Live {
  /** Try now (the network came back, the person pressed "retry"). */
  retry(): void;
  stop(): void;
}

/**
 * Keeps one live connection: snapshot, events, resume by `since`, pings, back-off with jitter.
 * `changed` gets the new state and the events that led to it. Ends by itself when the server says 4401 or 4403.
 */
export function openLive(
  url: string,
  changed: (state: LiveState, events: readonly EventFrame[]) => void,
  edges: LiveEdges = BROWSER_EDGES,
): Live {
  let state = NOT_LIVE;
  let socket: SocketLike | null = null;
  let attempt = 0;
  let stopped = false;
  let cancelRetry = (): void => undefined;
  let cancelPing = (): void => undefined;
  let cancelSilence = (): void => undefined;

  const set = (patch: Partial<LiveState>, events: readonly EventFrame[] = []): void => {
    state = { ...state, ...patch };
    changed(state, events);
  };

  const schedulePing = (): void => {
    cancelPing = edges.after(PING_MS, () => {
      socket?.send('{"type":"ping"}');
      cancelSilence = edges.after(SILENCE_MS, () => lost(1006));
      schedulePing();
    });
  };

  const drop = (): void => {
    cancelPing();
    cancelSilence();
    if (socket !== null) {
      const old = socket;
      socket = null;
      old.onopen = old.onmessage = old.onclose = null;
      old.close();
    }
  };

  const lost = (code: number): void => {
    drop();
    if (stopped) return;
    if (code === 4401 || code === 4403) {
      stopped = true;
      set({ link: code === 4401 ? "signed_out" : "denied", retryAt: null });
      return;
    }
    const delay = backOff(attempt, edges.random());
    attempt += 1;
    set({ link: "offline", retryAt: edges.now() + delay });
    cancelRetry = edges.after(delay, connect);
  };

  const receive = (raw: unknown): void => {
    cancelSilence();
    if (typeof raw !== "string") return lost(4400);
    let frame: ControlFrame | EventFrame;
    try {
      frame = JSON.parse(raw) as ControlFrame | EventFrame;
    } catch {
      return lost(4400);
    }
    const offset = frame.at - edges.now();
    switch (frame.type) {
      case "pong":
        return set({ offset });
      case "snapshot":
        attempt = 0;
        return set({
          link: "live", retryAt: null, known: true, floor: frame.data, epoch: frame.epoch, seq: frame.seq, offset,
        });
      case "resumed":
        attempt = 0;
        // Another history than the one folded here: nothing held can be trusted, ask for a snapshot.
        if (frame.epoch !== state.epoch) {
          state = { ...state, epoch: "", seq: 0 };
          return lost(1006);
        }
        return set({ link: "live", retryAt: null, offset });
      default:
        // Frames of one event share its number (InteractionShown comes just before the event that caused it).
        if (frame.seq < state.seq) return;
        set({ floor: fold(state.floor, frame), seq: frame.seq }, [frame]);
    }
  };

  const connect = (): void => {
    cancelRetry();
    drop();
    if (stopped) return;
    if (state.link !== "live" && state.known) set({ retryAt: null });
    const since = state.epoch === "" ? "" : `?since=${encodeURIComponent(`${state.epoch}:${state.seq}`)}`;
    const opening = edges.open(url + since, SUBPROTOCOL);
    socket = opening;
    opening.onopen = schedulePing;
    opening.onmessage = (event) => receive(event.data);
    opening.onclose = (event) => lost(event.code);
  };

  connect();
  return {
    retry: () => {
      if (state.link !== "offline") return;
      attempt = 0;
      connect();
    },
    stop: () => {
      stopped = true;
      cancelRetry();
      drop();
      set({ link: "stopped", retryAt: null });
    },
  };
}
