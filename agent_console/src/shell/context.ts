import { createContext, useContext, useSyncExternalStore } from "react";
import type { Me } from "../api/types";
import type { MicState } from "../phone/microphone";
import type { PhoneState, Softphone } from "../phone/softphone";

/** What every screen behind the sign-in shares. */
export interface Workplace {
  me: Me;
  phone: Softphone;
  /** Device name of this page's phone (`1001-web`), empty until known. */
  device: string;
  mic: MicState;
  askMic: () => Promise<void>;
  openSearch: () => void;
  openHelp: () => void;
}

export const WorkplaceContext = createContext<Workplace | null>(null);

export function useWorkplace(): Workplace {
  const workplace = useContext(WorkplaceContext);
  if (workplace === null) throw new Error("used outside of the workplace");
  return workplace;
}

export function usePhone(): PhoneState {
  const { phone } = useWorkplace();
  return useSyncExternalStore(phone.subscribe, phone.state);
}
