/** A gentle two-note ring made in the browser. Returns how to stop it; silent where the browser forbids sound. */
export function startRing(): () => void {
  let context: AudioContext;
  try {
    context = new AudioContext();
  } catch {
    return () => undefined;
  }
  void context.resume().catch(() => undefined);
  const note = (at: number, hertz: number): void => {
    const tone = context.createOscillator();
    const loudness = context.createGain();
    tone.type = "sine";
    tone.frequency.value = hertz;
    loudness.gain.setValueAtTime(0, at);
    loudness.gain.linearRampToValueAtTime(0.12, at + 0.03);
    loudness.gain.exponentialRampToValueAtTime(0.001, at + 0.55);
    tone.connect(loudness).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.6);
  };
  const ring = (): void => {
    const at = context.currentTime + 0.02;
    note(at, 659.3);
    note(at + 0.22, 880);
  };
  ring();
  const timer = setInterval(ring, 2400);
  return () => {
    clearInterval(timer);
    void context.close().catch(() => undefined);
  };
}

/** Title flash while it rings (steady where the system asks for less motion) and a system notification. */
export function announce(title: string, body: string): () => void {
  const before = document.title;
  document.title = `☎ ${title}`;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let on = true;
  const timer = still ? null : setInterval(() => {
    on = !on;
    document.title = on ? `☎ ${title}` : before;
  }, 1000);
  let shown: Notification | null = null;
  if ("Notification" in window && Notification.permission === "granted" && document.hidden) {
    try {
      shown = new Notification(title, { body, tag: "cti-offer", requireInteraction: true, silent: true });
      shown.onclick = () => {
        window.focus();
        shown?.close();
      };
    } catch {
      shown = null;
    }
  }
  return () => {
    if (timer !== null) clearInterval(timer);
    document.title = before;
    shown?.close();
  };
}
