import { create } from "zustand";
import { socketUrl } from "../api/client";
import { NOT_LIVE, openLive } from "./socket";
import type { Live, LiveState } from "./socket";
import type { EventFrame } from "./types";

interface LiveStore extends LiveState {
  /** Latest events, for those who react to a change rather than to a state. */
  recent: readonly EventFrame[];
}

export const useLive = create<LiveStore>(() => ({ ...NOT_LIVE, recent: [] }));

let live: Live | null = null;

export function startLive(): () => void {
  const opened = openLive(socketUrl("/api/v1/live"), (state, events) => {
    // A stop belongs to a page that is left; the next one starts from nothing.
    useLive.setState({ ...state, recent: events });
  });
  live = opened;
  const retry = (): void => opened.retry();
  window.addEventListener("online", retry);
  return () => {
    window.removeEventListener("online", retry);
    opened.stop();
    if (live === opened) live = null;
    useLive.setState({ ...NOT_LIVE, recent: [] });
  };
}

export function retryLive(): void {
  live?.retry();
}

/** Called with every event as it is folded. */
export function onEvents(listener: (event: EventFrame) => void): () => void {
  return useLive.subscribe((now, before) => {
    if (now.recent !== before.recent) for (const event of now.recent) listener(event);
  });
}
