import type { Draft } from "../api/types";

export type SaveState = "clean" | "waiting" | "saving" | "saved" | "failed";

/** Where a draft is kept on this computer until the server has it. */
const key = (interaction: string): string => `cti.draft.${interaction}`;

export function keptDraft(interaction: string, store: Pick<Storage, "getItem">): Draft | null {
  const raw = store.getItem(key(interaction));
  if (raw === null) return null;
  try {
    const value = JSON.parse(raw) as Partial<Draft> | null;
    if (value === null || typeof value.note !== "string" || typeof value.disposition !== "string") return null;
    return { disposition: value.disposition, note: value.note };
  } catch {
    return null;
  }
}

export interface DraftSaver {
  /** The person typed: keep it here at once, on the server once typing rests. */
  write(draft: Draft): void;
  /** Save what waits, now (the page or the call goes away, the line is back). */
  flush(): void;
  /** The server has the final word; nothing of the draft is needed any more. */
  forget(): void;
  close(): void;
}

/** Saves one interaction's draft; never loses what was typed, never lets an older save overtake a newer one. */
export function openDraft(
  interaction: string,
  save: (draft: Draft) => Promise<unknown>,
  changed: (state: SaveState) => void,
  store: Pick<Storage, "setItem" | "removeItem">,
  restMs = 700,
): DraftSaver {
  let latest: Draft | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;
  let running = false;
  let over = false;

  const run = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (latest === null || running || over) return;
    const sending = latest;
    running = true;
    changed("saving");
    save(sending).then(
      () => {
        running = false;
        if (over) return;
        if (latest === sending) {
          latest = null;
          store.removeItem(key(interaction));
          changed("saved");
        } else run();
      },
      () => {
        running = false;
        if (!over) changed("failed");
      },
    );
  };
  return {
    write: (draft) => {
      latest = draft;
      store.setItem(key(interaction), JSON.stringify(draft));
      changed("waiting");
      if (timer !== null) clearTimeout(timer);
      timer = setTimeout(run, restMs);
    },
    flush: run,
    forget: () => {
      over = true;
      latest = null;
      if (timer !== null) clearTimeout(timer);
      store.removeItem(key(interaction));
    },
    close: () => {
      run();
      over = true;
    },
  };
}
