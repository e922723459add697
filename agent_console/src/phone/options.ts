import type { RTCSession } from "jssip/lib/RTCSession";

/** Switches of the page address. `?test=1` (and `&dsp=off`) stay for the tab, so that a reload keeps them. */
export interface PageOptions { test: boolean; dsp: boolean }

export function readOptions(search: string, remembered: Pick<Storage, "getItem" | "setItem">): PageOptions {
  const query = new URLSearchParams(search);
  const known = (name: string): string | null => {
    const given = query.get(name);
    if (given !== null) remembered.setItem(`cti.${name}`, given);
    return given ?? remembered.getItem(`cti.${name}`);
  };
  const test = known("test") === "1";
  return { test, dsp: !(test && known("dsp") === "off") };
}

export const OPTIONS: PageOptions =
  typeof location === "undefined" ? { test: false, dsp: true } : readOptions(location.search, sessionStorage);

/** Echo cancelling, noise suppression and gain control are right for voices and wrong for test tones. */
export function microphone(options: PageOptions = OPTIONS): MediaStreamConstraints {
  const { dsp } = options;
  return { audio: { echoCancellation: dsp, noiseSuppression: dsp, autoGainControl: dsp }, video: false };
}

/** Host candidates only: server and console share a network; nothing outside is asked. */
export const PEER: RTCConfiguration = { iceServers: [] };
/** Candidates that come later than this are not waited for, ms. */
export const GATHER_MS = 400;

/**
 * After the websocket broke: the telephone system reaches a call in this page by the connection of its last request, so
 * a BYE would go into the void. A re-INVITE tells the new way (target refresh, RFC 3261 §12.2); refused, the call was over.
 */
export function sayWhere(session: RTCSession | null): void {
  if (session !== null && session.isEstablished()) session.renegotiate();
}
