import { useCallback, useEffect, useState } from "react";

export type MicState = "granted" | "prompt" | "denied" | "none" | "unknown";

/** Whether this page may use a microphone, kept current; `ask` makes the browser put the question. */
export function useMicrophone(): { mic: MicState; ask: () => Promise<void> } {
  const [mic, setMic] = useState<MicState>("unknown");

  useEffect(() => {
    let status: PermissionStatus | null = null;
    const read = (): void => {
      if (status !== null) setMic(status.state);
    };
    // Only secure contexts have mediaDevices at all.
    const devices = (navigator as { mediaDevices?: MediaDevices }).mediaDevices;
    if (devices === undefined) {
      queueMicrotask(() => setMic("denied"));
      return;
    }
    navigator.permissions.query({ name: "microphone" }).then(
      (found) => {
        status = found;
        read();
        found.addEventListener("change", read);
      },
      () => setMic("unknown"),
    );
    return () => status?.removeEventListener("change", read);
  }, []);

  const ask = useCallback(async () => {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      for (const track of stream.getTracks()) track.stop();
      setMic("granted");
    } catch (cause) {
      setMic(cause instanceof DOMException && cause.name === "NotFoundError" ? "none" : "denied");
    }
  }, []);
  return { mic, ask };
}
