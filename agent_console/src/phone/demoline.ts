import JsSIP from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession";
import type { SoftphoneConfig } from "../api/types";
import { socketUrl } from "../api/client";
import { GATHER_MS, microphone, PEER, sayWhere } from "./options";
import { createSound } from "./sound";
import type { Sound } from "./sound";

export type DialPhase = "idle" | "calling" | "ringing" | "connected";
export type EndCause = "" | "busy" | "rejected" | "unavailable" | "mic" | "connection";

export interface DialState {
  line: "connecting" | "ready" | "offline";
  phase: DialPhase;
  /** Local clock, ms; since the far side answered. */
  since: number | null;
  muted: boolean;
  keys: string;
  /** Why the last call ended otherwise than by hanging up; null before the first call. */
  ended: EndCause | null;
  soundBlocked: boolean;
}

export interface DemoLine {
  readonly sound: Sound;
  state: () => DialState;
  subscribe: (listener: () => void) => () => void;
  call: (dialled: string, from: { number: string; name: string }) => void;
  press: (key: string) => void;
  setMute: (on: boolean) => void;
  hangUp: () => void;
  enableSound: () => void;
  close: () => void;
}

const END_CAUSES: Readonly<Record<string, EndCause>> = {
  [JsSIP.C.causes.BUSY]: "busy",
  [JsSIP.C.causes.REJECTED]: "rejected",
  [JsSIP.C.causes.USER_DENIED_MEDIA_ACCESS]: "mic",
  [JsSIP.C.causes.CONNECTION_ERROR]: "connection",
  [JsSIP.C.causes.REQUEST_TIMEOUT]: "connection",
  [JsSIP.C.causes.BYE]: "",
  [JsSIP.C.causes.CANCELED]: "",
};

/** Header value without anything that could start another header. */
export function headerText(text: string): string {
  return Array.from(text.normalize("NFC"))
    .filter((char) => char >= " " && char !== "\u007f" && char !== '"' && char !== "\\")
    .join("")
    .slice(0, 40)
    .trim();
}

/** A caller's phone in the page, for trying the center without a telephone. Never registers, only calls. */
export function openDemoLine(config: SoftphoneConfig): DemoLine {
  const sound = createSound();
  const listeners = new Set<() => void>();
  let session: RTCSession | null = null;
  let state: DialState = {
    line: "connecting", phase: "idle", since: null, muted: false, keys: "", ended: null, soundBlocked: false,
  };
  const set = (patch: Partial<DialState>): void => {
    state = { ...state, ...patch };
    for (const listener of listeners) listener();
  };

  const ua = new JsSIP.UA({
    sockets: [new JsSIP.WebSocketInterface(socketUrl(config.websocket))],
    uri: config.uri, authorization_user: config.authorization_user, ha1: config.ha1, realm: config.realm,
    register: false, session_timers: false, user_agent: "cti-demo-caller",
    connection_recovery_min_interval: 1, connection_recovery_max_interval: 10,
  });
  ua.on("connecting", () => state.line === "offline" || set({ line: "connecting" }));
  ua.on("connected", () => {
    if (state.line === "offline") sayWhere(session);
    set({ line: "ready" });
  });
  ua.on("disconnected", () => set({ line: "offline" }));
  ua.start();

  const over = (mine: RTCSession, cause: string): void => {
    if (session !== mine) return;
    session = null;
    sound.stop();
    set({ phase: "idle", since: null, muted: false, soundBlocked: false, ended: END_CAUSES[cause] ?? "unavailable" });
  };

  const watch = (mine: RTCSession): void => {
    let gatherTimer: ReturnType<typeof setTimeout> | null = null;
    mine.on("icecandidate", (event) => {
      gatherTimer ??= setTimeout(event.ready, GATHER_MS);
    });
    // The connection of an outgoing call is made before anybody hears of its session.
    mine.connection.addEventListener("track", (track) => {
      void sound.play(track.streams[0] ?? new MediaStream([track.track])).then((heard) => set({ soundBlocked: !heard }));
    });
    mine.on("progress", () => set({ phase: "ringing" }));
    mine.on("accepted", () => {
      set({ phase: "connected", since: Date.now() });
      const tracks = mine.connection.getSenders().flatMap((sender) => (sender.track === null ? [] : [sender.track]));
      sound.watchMicrophone(new MediaStream(tracks));
    });
    mine.on("muted", () => set({ muted: true }));
    mine.on("unmuted", () => set({ muted: false }));
    mine.on("ended", (event) => over(mine, event.cause));
    mine.on("failed", (event) => over(mine, event.cause));
  };

  return {
    sound,
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    call: (dialled, from) => {
      if (session !== null) return;
      set({ phase: "calling", keys: "", ended: null });
      const host = config.uri.split("@")[1] ?? "cti";
      const name = headerText(from.name);
      // Listeners must be there before the call begins: `ua.call` emits the first events itself.
      const begun = (event: { originator: string; session: RTCSession }): void => {
        if (event.originator !== "local") return;
        session = event.session;
        watch(event.session);
      };
      ua.once("newRTCSession", begun);
      ua.call(`sip:${dialled.replace(/[^\d*#]/g, "")}@${host}`, {
        mediaConstraints: microphone(), pcConfig: PEER,
        extraHeaders: [`X-CTI-Caller: ${from.number.replace(/[^\d+]/g, "")}`],
        ...(name === "" ? {} : { fromDisplayName: name }),
      });
    },
    press: (key) => {
      if (session === null || !session.isEstablished()) return;
      session.sendDTMF(key, { duration: 120, interToneGap: 60, transportType: JsSIP.C.DTMF_TRANSPORT.RFC2833 });
      set({ keys: (state.keys + key).slice(-24) });
    },
    setMute: (on) => {
      if (on) session?.mute({ audio: true });
      else session?.unmute({ audio: true });
    },
    hangUp: () => {
      if (session !== null && !session.isEnded()) session.terminate();
    },
    enableSound: () => {
      void sound.resume().then((heard) => set({ soundBlocked: !heard }));
    },
    close: () => {
      ua.stop();
    },
  };
}
