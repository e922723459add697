/** What somebody is doing to a flow: the text, what he can take back, and what he would save it over. */
export interface Draft {
  text: string;
  /** The text of version `base`, which the server has. */
  saved: string;
  base: number;
  past: readonly string[];
  future: readonly string[];
  /** What was changed last; changes of the same thing in a row are taken back together. */
  mark: string;
}

export type Doing =
  | { do: "change"; text: string; mark?: string }
  | { do: "undo" }
  | { do: "redo" }
  | { do: "saved"; text: string; base: number }
  | { do: "open"; text: string; base: number };

const MOST_STEPS_BACK = 200;

export const opened = (text: string, base: number): Draft => ({ text, saved: text, base, past: [], future: [], mark: "" });

export function step(draft: Draft, doing: Doing): Draft {
  switch (doing.do) {
    case "change": {
      if (doing.text === draft.text) return draft;
      const mark = doing.mark ?? "";
      const past = mark !== "" && mark === draft.mark ? draft.past : [...draft.past, draft.text].slice(-MOST_STEPS_BACK);
      return { ...draft, text: doing.text, past, future: [], mark };
    }
    case "undo": {
      const before = draft.past.at(-1);
      return before === undefined ? draft : { ...draft, text: before, past: draft.past.slice(0, -1), future: [draft.text, ...draft.future], mark: "" };
    }
    case "redo": {
      const [after, ...future] = draft.future;
      return after === undefined ? draft : { ...draft, text: after, past: [...draft.past, draft.text], future, mark: "" };
    }
    case "saved": return { ...draft, saved: doing.text, base: doing.base, mark: "" };
    case "open": return opened(doing.text, doing.base);
  }
}

export const changed = (draft: Draft): boolean => draft.text !== draft.saved;

// -- kept in this browser, so that a reload or a crash loses nothing -----------------------------------------------------

export interface Kept { text: string; base: number; at: number }
const key = (user: string, flow: string): string => `cti.flow.${user}.${flow}`;

export function keep(user: string, flow: string, kept: Kept | null): void {
  try {
    if (kept === null) localStorage.removeItem(key(user, flow));
    else localStorage.setItem(key(user, flow), JSON.stringify(kept));
  } catch {
    // A full or forbidden store: the text is still in the page, and can be saved on the server.
  }
}

export function kept(user: string, flow: string): Kept | null {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(key(user, flow)) ?? "null");
    if (typeof found !== "object" || found === null || !("text" in found) || !("base" in found) || !("at" in found)) return null;
    const { text, base, at } = found;
    return typeof text === "string" && typeof base === "number" && typeof at === "number" ? { text, base, at } : null;
  } catch {
    return null;
  }
}
