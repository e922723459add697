import { useEffect, useRef } from "react";

/** Is the person typing, or inside something that has its own keys? Then single-key shortcuts must not act. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.closest("input, textarea, select, [role=combobox], [role=textbox], [role=menu], [role=dialog]") !== null;
}

/** Enter and Space belong to a focused control of the call card or a link, not to the desk. */
export function ownsEnter(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("[data-own-enter] button, a") !== null;
}

export type KeyMap = Readonly<Record<string, (() => void) | undefined>>;

/**
 * Single-key shortcuts of a page, by `KeyboardEvent.key` in lower case; `mod+k` for ⌘K and Ctrl-K (these also while typing).
 * A key without an action is left to the browser.
 */
export function useKeys(map: KeyMap): void {
  const current = useRef(map);
  useEffect(() => {
    current.current = map;
  });
  useEffect(() => {
    const down = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing || event.altKey) return;
      const mod = event.metaKey || event.ctrlKey;
      const key = (mod ? "mod+" : "") + event.key.toLowerCase();
      if (!mod && (event.repeat || isTyping(event.target))) return;
      if (key === "enter" && ownsEnter(event.target)) return;
      const act = current.current[key];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    window.addEventListener("keydown", down);
    return () => window.removeEventListener("keydown", down);
  }, []);
}
