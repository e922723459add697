/** What is heard in a call: plays the far side and measures both sides. One per page. */
export interface Sound {
  play: (stream: MediaStream) => Promise<boolean>;
  /** Try again to play after the browser had asked for a click; true when sound is on. */
  resume: () => Promise<boolean>;
  watchMicrophone: (stream: MediaStream | null) => void;
  stop: () => void;
  /** Loudness 0…1. */
  level: (side: "far" | "near") => number;
  /** Amplitudes in dB per frequency bin, for measuring tones. */
  spectrum(side: "far" | "near"): { hertzPerBin: number; decibels: number[] };
}

export function createSound(): Sound {
  const element = new Audio();
  element.autoplay = true;
  let context: AudioContext | null = null;
  const taps: { far: AnalyserNode | null; near: AnalyserNode | null } = { far: null, near: null };

  const tap = (side: "far" | "near", stream: MediaStream | null): void => {
    taps[side]?.disconnect();
    taps[side] = null;
    if (stream === null || stream.getAudioTracks().length === 0) return;
    context ??= new AudioContext();
    void context.resume().catch(() => undefined);
    const analyser = context.createAnalyser();
    analyser.fftSize = 4096;
    // One reading must tell the truth about now; the default mixes in old ones.
    analyser.smoothingTimeConstant = 0;
    context.createMediaStreamSource(stream).connect(analyser);
    taps[side] = analyser;
  };

  return {
    play: async (stream) => {
      element.srcObject = stream;
      tap("far", stream);
      return element.play().then(() => true, () => false);
    },
    resume: async () => {
      void context?.resume();
      return element.play().then(() => true, () => false);
    },
    watchMicrophone: (stream) => tap("near", stream),
    stop: () => {
      element.srcObject = null;
      tap("far", null);
      tap("near", null);
    },
    level: (side) => {
      const analyser = taps[side];
      if (analyser === null) return 0;
      const samples = new Float32Array(1024);
      analyser.getFloatTimeDomainData(samples);
      let sum = 0;
      for (const sample of samples) sum += sample * sample;
      const decibels = 10 * Math.log10(sum / samples.length + 1e-10);
      return Math.min(1, Math.max(0, (decibels + 60) / 55));
    },
    spectrum: (side) => {
      const analyser = taps[side];
      if (analyser === null || context === null) return { hertzPerBin: 0, decibels: [] };
      const bins = new Float32Array(analyser.frequencyBinCount);
      analyser.getFloatFrequencyData(bins);
      return { hertzPerBin: context.sampleRate / analyser.fftSize, decibels: Array.from(bins) };
    },
  };
}

/** Loudest bin within `width` Hz of a tone, dB; -Infinity when nothing is measured. */
export function toneLevel(spectrum: { hertzPerBin: number; decibels: readonly number[] }, hertz: number, width = 25): number {
  let best = -Infinity;
  spectrum.decibels.forEach((value, bin) => {
    if (Math.abs(bin * spectrum.hertzPerBin - hertz) <= width && value > best) best = value;
  });
  return best;
}
