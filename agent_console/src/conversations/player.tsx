import { Button, Segmented } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import WaveSurfer from "wavesurfer.js";
import type { WaveSurferOptions } from "wavesurfer.js";
import { ask, Problem } from "../api/client";
import type { RecordingItem } from "../api/types";
import { clockSpan } from "../shared/format";
import { Icon } from "../shared/icons";
import { usePreferences } from "../shared/preferences";

type Ears = "both" | "customer" | "agent";
type Trouble = "missing" | "forbidden" | "broken" | "error";

/** Sends the chosen side to both ears; "both" leaves customer left and agent right. */
function mix(media: HTMLMediaElement): { hear: (ears: Ears) => void; close: () => void } {
  const context = new AudioContext();
  const split = context.createChannelSplitter(2);
  const merge = context.createChannelMerger(2);
  context.createMediaElementSource(media).connect(split);
  const gain = (from: 0 | 1, to: 0 | 1): GainNode => {
    const node = context.createGain();
    split.connect(node, from).connect(merge, 0, to);
    return node;
  };
  const [customerLeft, customerRight, agentLeft, agentRight] = [gain(0, 0), gain(0, 1), gain(1, 0), gain(1, 1)];
  merge.connect(context.destination);
  const hear = (ears: Ears): void => {
    customerLeft.gain.value = ears === "agent" ? 0 : 1;
    customerRight.gain.value = ears === "customer" ? 1 : 0;
    agentLeft.gain.value = ears === "agent" ? 1 : 0;
    agentRight.gain.value = ears === "customer" ? 0 : 1;
    void context.resume();
  };
  hear("both");
  return { hear, close: () => void context.close() };
}

function troubleOf(cause: unknown): Trouble {
  if (!(cause instanceof Problem)) return "broken";
  return cause.status === 404 || cause.status === 410 ? "missing" : cause.status === 403 ? "forbidden" : "error";
}

function colours(dark: boolean): Pick<WaveSurferOptions, "cursorColor" | "splitChannels"> {
  const faded = dark ? "#465263" : "#b8c2d0";
  return {
    cursorColor: dark ? "#e7ebf1" : "#161b24",
    splitChannels: [{ waveColor: faded, progressColor: dark ? "#5b93f5" : "#1b55c4" }, { waveColor: faded, progressColor: dark ? "#3fb9a4" : "#0e7a69" }],
  };
}

function Loaded({ audio, failed }: { audio: Blob; failed: () => void }) {
  const { t } = useTranslation();
  const dark = usePreferences((preferences) => preferences.dark);
  const box = useRef<HTMLDivElement>(null);
  const surfer = useRef<WaveSurfer | null>(null);
  const mixer = useRef<ReturnType<typeof mix> | null>(null);
  const [playing, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const [length, setLength] = useState(0);
  const [ready, setReady] = useState(false);
  const [rate, setRate] = useState(1);
  const [ears, setEars] = useState<Ears>("both");

  useEffect(() => {
    if (box.current === null) return;
    const made = WaveSurfer.create({ container: box.current, height: 34, barWidth: 2, barGap: 1, barRadius: 1, normalize: true, ...colours(dark) });
    surfer.current = made;
    made.on("ready", (seconds) => {
      setLength(seconds);
      setReady(true);
      const media = made.getMediaElement();
      if (media !== null) mixer.current = mix(media);
      void made.play().catch(() => undefined);
    });
    made.on("play", () => setPlaying(true));
    made.on("pause", () => setPlaying(false));
    made.on("timeupdate", setAt);
    made.on("error", failed);
    made.loadBlob(audio).catch(failed);
    return () => {
      surfer.current = null;
      mixer.current?.close();
      mixer.current = null;
      made.destroy();
    };
    // The theme changes colours only; reloading for it would stop the sound.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [audio]);
  useEffect(() => surfer.current?.setOptions(colours(dark)), [dark]);

  const toggle = (): void => void surfer.current?.playPause();
  const skip = (seconds: number): void => surfer.current?.skip(seconds);
  return (
    <div className="player" role="group" aria-label={t("conv.recording")} tabIndex={0} data-testid="player" data-playing={playing} data-ready={ready}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget) return;
        if (event.key === " ") toggle();
        else if (event.key === "ArrowLeft") skip(-5);
        else if (event.key === "ArrowRight") skip(5);
        else return;
        event.preventDefault();
      }}>
      <div className="player-wave">
        <div className="player-sides" aria-hidden="true"><span className="side-customer">{t("player.customer")}</span><span className="side-agent">{t("player.agent")}</span></div>
        <div ref={box} className="player-box" />
      </div>
      <div className="player-controls">
        <Button type="primary" shape="circle" aria-label={playing ? t("player.pause") : t("player.play")} onClick={toggle} disabled={!ready} icon={<Icon name={playing ? "pause" : "play"} />} data-testid="player-toggle" />
        <Button type="text" aria-label={t("player.back5")} title={t("player.back5")} onClick={() => skip(-5)} icon={<Icon name="back5" />}>5</Button>
        <Button type="text" aria-label={t("player.fwd5")} title={t("player.fwd5")} onClick={() => skip(5)} icon={<Icon name="fwd5" />}>5</Button>
        <span className="num player-time" data-testid="player-time">{clockSpan(at * 1000)} / {clockSpan(length * 1000)}</span>
        <Segmented size="small" value={ears} options={(["both", "customer", "agent"] as const).map((one) => ({ value: one, label: t(`player.${one}`) }))}
          onChange={(one) => { setEars(one); mixer.current?.hear(one); }} aria-label={t("player.listen")} />
        <Segmented size="small" value={rate} options={[1, 1.25, 1.5, 2].map((one) => ({ value: one, label: `${one}×` }))} aria-label={t("player.speed")}
          onChange={(one) => { setRate(one); surfer.current?.setPlaybackRate(one, true); }} />
      </div>
    </div>
  );
}

/** One recording. Loads nothing before the person wants to hear it: every listening is written down. */
export default function Player({ recording }: { recording: RecordingItem }) {
  const { t } = useTranslation();
  const [audio, setAudio] = useState<Blob | null>(null);
  const [busy, setBusy] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const load = async (): Promise<void> => {
    setBusy(true);
    setTrouble(null);
    try {
      const response = await ask(`/recordings/${encodeURIComponent(recording.id)}/audio`, { deadline: 60_000 });
      setAudio(await response.blob());
    } catch (cause) {
      setTrouble(troubleOf(cause));
    }
    setBusy(false);
  };
  if (trouble !== null) {
    return (
      <p className="inline-problem" role="alert" data-testid="player-error"><Icon name="alert" /> {t(`player.${trouble}`)}
        {trouble === "error" ? <Button size="small" type="link" onClick={() => void load()}>{t("common.retry")}</Button> : null}
      </p>
    );
  }
  if (audio !== null) return <Loaded audio={audio} failed={() => { setAudio(null); setTrouble("broken"); }} />;
  return (
    <div className="player-closed">
      <Button loading={busy} onClick={() => void load()} icon={<Icon name="play" />} data-testid="player-load">
        {busy ? t("player.loading") : t("player.load")}{recording.duration_ms === null ? "" : ` ${clockSpan(recording.duration_ms)}`}
      </Button>
      <span className="faint">{t("player.audit")}</span>
    </div>
  );
}
