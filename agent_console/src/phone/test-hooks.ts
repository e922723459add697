import { useLive } from "../live/store";
import { OPTIONS } from "./options";
import { toneLevel } from "./sound";
import type { Sound } from "./sound";

interface Hooks {
  page: "desk" | "caller";
  sound: Sound;
  phone: () => unknown;
}

/** What end-to-end tests measure in the page; exists with `?test=1` only. */
export interface CtiTest {
  page: "desk" | "caller";
  phone: () => unknown;
  live: () => unknown;
  spectrum: (side?: "far" | "near") => { hertzPerBin: number; decibels: number[] };
  /** Loudest bin near `hertz`, dB. */
  tone: (hertz: number, side?: "far" | "near") => number;
}

export function exposeForTests({ page, sound, phone }: Hooks): () => void {
  if (!OPTIONS.test) return () => undefined;
  const hooks: CtiTest = {
    page, phone, live: () => useLive.getState(),
    spectrum: (side = "far") => sound.spectrum(side),
    tone: (hertz, side = "far") => toneLevel(sound.spectrum(side), hertz),
  };
  Object.assign(window, { ctiTest: hooks });
  return () => {
    Reflect.deleteProperty(window, "ctiTest");
  };
}
