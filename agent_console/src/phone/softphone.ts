import JsSIP from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession";
import type { SoftphoneConfig } from "../api/types";
import { socketUrl } from "../api/client";
import { GATHER_MS, microphone, PEER, sayWhere } from "./options";
import { createSound } from "./sound";
import type { Sound } from "./sound";

export type LineState = "off" | "locked" | "connecting" | "registered" | "failed";
export type CallPhase = "ringing" | "answering" | "connected";

export interface PhoneCall {
  /** Offer this ringing belongs to (header X-CTI-Offer); null for a rejoin. */
  offer: string | null;
  rejoin: boolean;
  phase: CallPhase;
  held: boolean;
  /** A hold or resume is under way. */
  turning: boolean;
  muted: boolean;
  /** The network between here and the telephone system does not deliver. */
  poor: boolean;
  remoteName: string;
}

export interface PhoneState {
  line: LineState;
  call: PhoneCall | null;
  /** The browser wants a click before it plays sound. */
  soundBlocked: boolean;
  /** Why the last answer did not become a call. */
  trouble: "microphone" | "media" | null;
}

export interface Softphone {
  readonly sound: Sound;
  state: () => PhoneState;
  subscribe: (listener: () => void) => () => void;
  start: (config: SoftphoneConfig) => void;
  stop: () => void;
  /** Take the line over from another page of this browser. */
  takeOver: () => void;
  answer: () => void;
  /** SIP 486, for when the server cannot be asked to decline. */
  reject: () => void;
  /** SIP BYE, for when the server cannot be asked to hang up. */
  bye: () => void;
  setHold: (on: boolean) => void;
  setMute: (on: boolean) => void;
  dtmf: (tone: string) => void;
  enableSound: () => void;
}

/** After this an old leg that nobody hung up is dead at the server. */
const OLD_LEG_MS = 5000;

const IDLE: PhoneState = { line: "off", call: null, soundBlocked: false, trouble: null };

/**
 * The agent's phone in the page: registers over `/api/v1/sip`, takes the calls the server sends, never calls out.
 * A page that goes away sends no BYE: the caller stays in the bridge and the next page rejoins.
 * Only one page of a browser holds the line (a Web Lock), because each registration would throw the other's out.
 */
export function createSoftphone(): Softphone {
  const sound = createSound();
  const listeners = new Set<() => void>();
  let state = IDLE;
  let ua: JsSIP.UA | null = null;
  let socket: JsSIP.WebSocketInterface | null = null;
  let session: RTCSession | null = null;
  let config: SoftphoneConfig | null = null;
  let releaseLock: (() => void) | null = null;

  const set = (patch: Partial<PhoneState>): void => {
    state = { ...state, ...patch };
    for (const listener of listeners) listener();
  };
  const setCall = (patch: Partial<PhoneCall>): void => {
    if (state.call !== null) set({ call: { ...state.call, ...patch } });
  };

  const forget = (ended: RTCSession): void => {
    if (session !== ended) return;
    session = null;
    sound.stop();
    set({ call: null, soundBlocked: false });
  };

  const watchMedia = (mine: RTCSession, peer: RTCPeerConnection): void => {
    peer.addEventListener("track", (event) => {
      if (session !== mine) return;
      void sound.play(event.streams[0] ?? new MediaStream([event.track])).then((heard) => {
        if (session === mine) set({ soundBlocked: !heard });
      });
    });
    peer.addEventListener("iceconnectionstatechange", () => {
      if (session !== mine) return;
      setCall({ poor: peer.iceConnectionState === "disconnected" || peer.iceConnectionState === "failed" });
    });
  };

  const accept = (): void => {
    if (session === null || state.call?.phase !== "ringing") return;
    setCall({ phase: "answering" });
    set({ trouble: null });
    session.answer({ mediaConstraints: microphone(), pcConfig: PEER });
  };

  const incoming = (mine: RTCSession, offer: string | null, rejoin: boolean): void => {
    const old = session;
    if (old !== null && !rejoin) {
      mine.terminate({ status_code: 486 });
      return;
    }
    session = mine;
    set({
      trouble: null,
      call: {
        offer, rejoin, phase: "ringing", held: false, turning: false, muted: false, poor: false,
        remoteName: mine.remote_identity.display_name,
      },
    });
    // The server hangs the old leg up once this one is in the talk. A BYE from here could be there before and end it.
    if (old !== null) setTimeout(() => old.isEnded() || old.terminate(), OLD_LEG_MS);
    let gatherTimer: ReturnType<typeof setTimeout> | null = null;
    mine.on("icecandidate", (event) => {
      gatherTimer ??= setTimeout(event.ready, GATHER_MS);
    });
    mine.on("peerconnection", (event) => watchMedia(mine, event.peerconnection));
    mine.on("confirmed", () => {
      if (session !== mine) return;
      setCall({ phase: "connected" });
      const tracks = mine.connection.getSenders().flatMap((sender) => (sender.track === null ? [] : [sender.track]));
      sound.watchMicrophone(new MediaStream(tracks));
    });
    const turned = (held: boolean) => (event: { originator: string }) => {
      if (session === mine && event.originator === "local") setCall({ held });
    };
    mine.on("hold", turned(true));
    mine.on("unhold", turned(false));
    mine.on("muted", () => setCall({ muted: true }));
    mine.on("unmuted", () => setCall({ muted: false }));
    mine.on("getusermediafailed", () => set({ trouble: "microphone" }));
    mine.on("peerconnection:setremotedescriptionfailed", () => set({ trouble: "media" }));
    mine.on("ended", () => forget(mine));
    mine.on("failed", () => forget(mine));
    if (rejoin) accept();
  };

  const connect = (to: SoftphoneConfig): void => {
    ua?.stop();
    socket = new JsSIP.WebSocketInterface(socketUrl(to.websocket));
    const fresh = new JsSIP.UA({
      sockets: [socket],
      uri: to.uri, authorization_user: to.authorization_user, ha1: to.ha1, realm: to.realm,
      session_timers: false, register: true, register_expires: 60, user_agent: "cti-console",
      connection_recovery_min_interval: 1, connection_recovery_max_interval: 10,
    });
    ua = fresh;
    const line = (to_: LineState) => () => {
      if (ua === fresh) set({ line: to_ });
    };
    set({ line: "connecting" });
    fresh.on("connecting", () => state.line === "registered" || line("connecting")());
    let cut = false;
    fresh.on("disconnected", () => {
      cut = true;
      line("connecting")();
    });
    fresh.on("registered", () => {
      line("registered")();
      if (cut && ua === fresh) sayWhere(session);
      cut = false;
    });
    fresh.on("unregistered", line("connecting"));
    fresh.on("registrationFailed", line("failed"));
    fresh.on("newRTCSession", (event: { originator: string; session: RTCSession; request: unknown }) => {
      if (event.originator !== "remote") return;
      const request = event.request as { getHeader(name: string): string | undefined };
      incoming(event.session, request.getHeader("X-CTI-Offer") ?? null, request.getHeader("X-CTI-Rejoin") === "1");
    });
    fresh.start();
  };

  const hold = (to: SoftphoneConfig, steal: boolean): void => {
    const locks = (navigator as { locks?: LockManager }).locks;
    if (locks === undefined) return connect(to);
    set({ line: "locked" });
    const lock = (): Promise<void> => {
      if (config !== to) return Promise.resolve();
      connect(to);
      return new Promise((resolve) => {
        releaseLock = resolve;
      });
    };
    locks.request(`cti-phone-${to.authorization_user}`, { steal }, lock).catch(() => {
      // Another page took the line over, and a talk with it: without a connection no BYE can end that.
      socket?.disconnect();
      ua?.stop();
      ua = null;
      set({ line: "locked" });
    });
  };

  return {
    sound,
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start: (to) => {
      if (config?.uri === to.uri && config.ha1 === to.ha1) return;
      config = to;
      releaseLock?.();
      hold(to, false);
    },
    stop: () => {
      config = null;
      ua?.stop();
      ua = null;
      releaseLock?.();
      releaseLock = null;
      set({ line: "off" });
    },
    takeOver: () => {
      if (config !== null && state.line === "locked") hold(config, true);
    },
    answer: accept,
    reject: () => {
      if (session !== null && state.call?.phase === "ringing") session.terminate({ status_code: 486 });
    },
    bye: () => {
      if (session !== null && !session.isEnded()) session.terminate();
    },
    setHold: (on) => {
      if (session === null || state.call === null || state.call.turning || state.call.held === on) return;
      const mine = session;
      const turned = (): void => {
        if (session === mine) setCall({ turning: false });
      };
      setCall({ turning: true });
      if (!(on ? mine.hold({}, turned) : mine.unhold({}, turned))) turned();
    },
    setMute: (on) => {
      if (on) session?.mute({ audio: true });
      else session?.unmute({ audio: true });
    },
    dtmf: (tone) => session?.sendDTMF(tone, { transportType: JsSIP.C.DTMF_TRANSPORT.RFC2833 }),
    enableSound: () => {
      void sound.resume().then((heard) => set({ soundBlocked: !heard }));
    },
  };
}
