import { createContext, useContext } from "react";
import type { FloorConfig } from "../api/types";
import type { Fault, FlowDetail, PromptText } from "./api";
import type { Draft } from "./draft";
import type { Outline } from "./outline";
import type { FlowSchema } from "./schema";

export type Tab = "step" | "try" | "problems" | "yaml" | "versions";

/** What the parts of the designer share. */
export interface Editing {
  id: string;
  detail: FlowDetail;
  schema: FlowSchema;
  prompts: ReadonlyMap<string, PromptText> | undefined;
  config: FloorConfig | undefined;
  /** Ids of the flows there are. */
  flows: readonly string[];
  draft: Draft;
  /** What the text says now, or said when it could last be read. */
  flow: Outline;
  problems: readonly Fault[];
  checking: boolean;
  editable: boolean;
  selected: string;
  /** A problem's place in the selected step, to be looked at. */
  place: string;
  /** Steps the one who tries the flow has walked, the last one now. */
  walked: readonly string[];
  select: (step: string, place?: string) => void;
  change: (text: string, mark?: string) => void;
  show: (tab: Tab) => void;
  setWalked: (steps: readonly string[]) => void;
}

export const EditingContext = createContext<Editing | null>(null);

export function useEditing(): Editing {
  const editing = useContext(EditingContext);
  if (editing === null) throw new Error("used outside of the flow editor");
  return editing;
}
