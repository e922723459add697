"""What a person recorded becomes a prompt: checked, trimmed, brought to the form and loudness of the others.

A file comes from outside and is read by a native library: do it in a worker process when a server does it.
"""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from cti_server.prompts.levels import ACTIVE_LEVEL_DB, FRAME_MS, Audio, active_level, level, telephone_band, trim
from cti_server.prompts.pace import recorded_range
from cti_server.prompts.render import COMMITTED_RATE, edges_ms, ogg_of
from cti_server.prompts.words import RecordingRefused, Said
from ivr_flows.promptbook import PromptText

MAX_BYTES = 20 * 1024 * 1024
MAX_SECONDS = 60.0
FORMATS = frozenset({"WAV", "WAVEX", "RF64", "OGG", "FLAC", "MP3", "AIFF"})
RATES = range(8_000, 96_001)
# Softer than this, raising the level would raise the room's noise to where it disturbs.
QUIETEST_DB = -45.0
# Speech has to stand out from the room it was recorded in.
LEAST_ABOVE_NOISE_DB = 15.0
SILENT = 1e-4
TIGHT_FRAMES = 50
# A wave whose top was cut off stays at its largest value for several samples.
CUT_OFF = 0.98
CUT_OFF_RUN = 3
MAX_CUT_OFF = 0.0005


@dataclass(frozen=True, slots=True)
class Prepared:
    """A recording as callers will hear it. `ogg`: Opus at 16 kHz; `doubts`: what somebody should listen to."""

    ogg: bytes
    sha256: str
    milliseconds: int
    trimmed_ms: int
    gain_db: float
    doubts: tuple[Said, ...]


def prepare(text: PromptText, file: Path) -> Prepared:
    """Make a prompt that says `text` of a sound file (wav, ogg, flac, mp3, aiff).

    RecordingRefused if the sound is not fit for callers. CPU-bound, about a tenth of a second.
    """
    raw, rate = read_sound(recording_of(file))
    _refuse_clipping(raw)
    audio = soxr.resample(raw, rate, COMMITTED_RATE)
    loudness = _refuse_poor_speech(audio)
    trimmed = trim(audio, COMMITTED_RATE, *edges_ms(text))
    doubts = _doubts(text, len(trimmed) / COMMITTED_RATE)
    ogg = ogg_of(level(trimmed, COMMITTED_RATE))
    return Prepared(
        ogg,
        hashlib.sha256(ogg).hexdigest(),
        len(trimmed) * 1000 // COMMITTED_RATE,
        max(0, (len(audio) - len(trimmed)) * 1000 // COMMITTED_RATE),
        ACTIVE_LEVEL_DB - loudness,
        doubts,
    )


def read_sound(data: bytes) -> tuple[Audio, int]:
    """Return one channel of a sound file and its rate; RecordingRefused if it is none, too large or too long."""
    if len(data) > MAX_BYTES:
        size = MAX_BYTES >> 20
        raise RecordingRefused(
            "too_large",
            f"文件超过 {size} MiB：请剪成单条提示音再上传",
            f"the file is larger than {size} MiB: cut the recording to one prompt",
        )
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            _refuse_form(file.format, file.samplerate, file.channels)
            limit = int(MAX_SECONDS * file.samplerate)
            # The header may promise anything, so no more than the limit is decoded.
            samples = file.read(limit + 1, dtype="float32", always_2d=True)
            rate = int(file.samplerate)
    except (soundfile.LibsndfileError, RuntimeError, OSError):
        raise RecordingRefused(
            "not_sound",
            "这不是可以读取的声音文件：请另存为 wav、ogg、flac 或 mp3",
            "this is no sound file that can be read: save the recording as wav, ogg, flac or mp3",
        ) from None
    if len(samples) > limit:
        raise RecordingRefused(
            "too_long",
            f"录音超过 {MAX_SECONDS:.0f} 秒：请剪成单条提示音",
            f"the recording is longer than {MAX_SECONDS:.0f} seconds: cut it to one prompt",
        )
    if not len(samples):
        raise RecordingRefused("empty", "录音是空的：请重新录制", "the recording is empty: record it again")
    if not np.isfinite(samples).all():
        raise RecordingRefused(
            "not_sound",
            "录音中有不是声音的数值：请另存为 16 位 wav",
            "the recording holds values that are no sound: save it as 16-bit wav",
        )
    # One side of a stereo recording may be dead, or the two may cancel each other.
    loudest = int(np.argmax((samples**2).sum(axis=0)))
    return np.ascontiguousarray(samples[:, loudest]), rate


def _refuse_form(kind: str, rate: int, channels: int) -> None:
    if kind not in FORMATS:
        raise RecordingRefused(
            "not_supported",
            f"不支持 {kind} 格式：请另存为 wav、ogg、flac 或 mp3",
            f"{kind} is not supported: save the recording as wav, ogg, flac or mp3",
        )
    if rate not in RATES:
        raise RecordingRefused(
            "wrong_rate",
            f"采样率为 {rate}：请用 8000 到 96000 录制，最好 48000",
            f"{rate} samples a second: record at 8000 to 96000, best 48000",
        )
    if channels > 2:
        raise RecordingRefused(
            "too_many_channels",
            f"文件有 {channels} 个声道：请存为单声道",
            f"the file has {channels} channels: save it as mono",
        )


def _refuse_clipping(audio: Audio) -> None:
    if (share := cut_off_share(audio)) > MAX_CUT_OFF:
        raise RecordingRefused(
            "clipped",
            f"录音削波失真（{share:.1%} 被削掉）：请把增益调低约 6 dB 后重录",
            f"the recording is clipped ({share:.1%} of it is cut off): record it again with less gain, about 6 dB",
        )


def _refuse_poor_speech(audio: Audio) -> float:
    """Refuse silence, a crumb, and too soft or too noisy speech, as a telephone carries it; return the level, dBFS."""
    if len(audio) < COMMITTED_RATE // 10:
        short = len(audio) * 1000 // COMMITTED_RATE
        raise RecordingRefused(
            "too_short",
            f"录音只有 {short} 毫秒：请重新录制",
            f"the recording is only {short} ms long: record it again",
        )
    if not np.abs(audio).max() > SILENT:
        raise RecordingRefused(
            "silent",
            "录音没有声音：请检查话筒后重录",
            "the recording is silent: check the microphone and record it again",
        )
    loudness = active_level(audio, COMMITTED_RATE)
    if loudness < QUIETEST_DB:
        raise RecordingRefused(
            "too_soft",
            f"录音太轻（{loudness:.0f} dBFS，至少 {QUIETEST_DB:.0f}）：请离话筒近一些重录",
            f"the recording is too soft ({loudness:.0f} dBFS, the least is {QUIETEST_DB:.0f}): "
            "record it again, nearer to the microphone",
        )
    frames = _frame_levels(audio)
    above_noise = loudness - float(np.percentile(frames, 5))
    # A word cut tight has no pause in which the noise of its room could be told from it.
    if len(frames) > TIGHT_FRAMES and above_noise < LEAST_ABOVE_NOISE_DB:
        raise RecordingRefused(
            "too_noisy",
            f"人声只比环境噪声高 {above_noise:.0f} dB：请在安静的房间重录",
            f"speech is only {above_noise:.0f} dB above the noise of the room: record it again in a quiet room",
        )
    return loudness


def cut_off_share(audio: Audio) -> float:
    """Return which part of the samples lies in flat tops at the largest value."""
    top = float(np.abs(audio).max())
    if top < 0.5:  # so soft a sound was not cut off here, and its few levels make flat tops of their own
        return 0.0
    high = np.concatenate([[False], np.abs(audio) >= CUT_OFF * top, [False]])
    edges = np.flatnonzero(high[1:] != high[:-1]).reshape(-1, 2)
    runs = edges[:, 1] - edges[:, 0]
    return float(runs[runs >= CUT_OFF_RUN].sum() / len(audio))


def _doubts(text: PromptText, seconds: float) -> tuple[Said, ...]:
    shortest, longest = recorded_range(text.text, text.speaks, piece=text.piece)
    if shortest <= seconds <= longest:
        return ()
    zh, en = ("短", "shorter") if seconds < shortest else ("长", "longer")
    return (
        Said(
            f"{seconds:.1f} 秒比说“{text.text}”所需的时间{zh}很多：请听一遍，可能选错了文件",
            f"{seconds:.1f} s is much {en} than “{text.text}” takes: listen to it, it may be the wrong file",
        ),
    )


def _frame_levels(audio: Audio) -> Audio:
    """Return the level of each 20 ms in the telephone band, dBFS."""
    frame = COMMITTED_RATE * FRAME_MS // 1000
    heard = telephone_band(audio, COMMITTED_RATE)[: len(audio) // frame * frame].reshape(-1, frame)
    return np.asarray(10 * np.log10((heard.astype(np.float64) ** 2).mean(axis=1) + 1e-12), dtype=np.float32)


def recording_of(file: Path) -> bytes:
    """Return a file's bytes, never more than one above MAX_BYTES; RecordingRefused if it cannot be read."""
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise RecordingRefused(
            "unreadable",
            f"{file} 无法读取（{error.strerror}）：请检查路径",
            f"{file} cannot be read ({error.strerror}): check the path",
        ) from None
