"""How long somebody can be heard: frames of 20 ms above the noise of a quiet line."""

import numpy as np

from recordings.wav import Samples

FRAME_MS = 20
_LOUD = 10 ** (-45 / 20) * 32768
"""-45 dBFS of a frame (RMS): soft speech on the telephone is above -40, the noise of a line below -50."""


def heard_in(samples: Samples, rate: int) -> int:
    """Milliseconds; a last piece shorter than a frame does not count. `rate`: samples per second."""
    frame = rate * FRAME_MS // 1000
    frames = samples[: samples.size // frame * frame].reshape(-1, frame).astype(np.float64)
    return int(np.count_nonzero(np.sqrt(np.mean(frames**2, axis=1)) > _LOUD)) * FRAME_MS if frames.size else 0
