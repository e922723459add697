import { useSyncExternalStore } from "react";
import { useLive } from "../live/store";

const listeners = new Set<() => void>();
let second = Math.floor(Date.now() / 1000);
let timer: ReturnType<typeof setInterval> | null = null;

/** One timer for all ticking times of the page. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    const now = Math.floor(Date.now() / 1000);
    if (now === second) return;
    second = now;
    for (const each of listeners) each();
  }, 250);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
}

/** Server time now, ms, renewed each second. */
export function useServerNow(): number {
  const local = useSyncExternalStore(subscribe, () => second) * 1000;
  return local + useLive((live) => live.offset);
}

/** Local time now, ms, renewed each second. */
export function useLocalNow(): number {
  return useSyncExternalStore(subscribe, () => second) * 1000;
}
