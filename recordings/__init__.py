"""Recordings: where they lie, how the two sides become one file, and the proof that nobody changed it."""

from recordings.merge import AudioError as AudioError
from recordings.merge import BadAudioError as BadAudioError
from recordings.merge import EmptyAudioError as EmptyAudioError
from recordings.merge import MissingAudioError as MissingAudioError
from recordings.merge import StorageFullError as StorageFullError
from recordings.merge import StoredAudio as StoredAudio
from recordings.merge import heard as heard
from recordings.merge import merge_stereo as merge_stereo
from recordings.naming import Leftover as Leftover
from recordings.naming import path_for as path_for
from recordings.naming import raw_paths as raw_paths
from recordings.naming import segments as segments
from recordings.verify import verify as verify
