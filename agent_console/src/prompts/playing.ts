import { create } from "zustand";

interface Playing {
  /** Address of what sounds now, empty when nothing does. */
  url: string;
  /** Address of what could not be played. */
  broken: string;
}

export const usePlaying = create<Playing>(() => ({ url: "", broken: "" }));

let audio: HTMLAudioElement | null = null;

/** One sound at a time: the same again stops it. */
export function toggle(url: string): void {
  const was = usePlaying.getState().url;
  stop();
  if (was === url) return;
  const made = new Audio(url);
  audio = made;
  const over = (broken: string) => () => {
    if (audio === made) usePlaying.setState({ url: "", broken });
  };
  made.addEventListener("ended", over(""));
  made.addEventListener("error", over(url));
  usePlaying.setState({ url, broken: "" });
  made.play().catch(over(url));
}

export function stop(): void {
  const was = audio;
  audio = null;
  was?.pause();
  usePlaying.setState({ url: "" });
}
