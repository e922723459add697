"""Which prompts may be recorded, what they are to say, and the words a recording is refused with."""

import re
from typing import NamedTuple

from typing_extensions import override

from ivr_flows.promptbook import Prompt, PromptBook, PromptText

MOST_WORDS = 600
"""Characters."""
_ID = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Said(NamedTuple):
    """The same in both languages."""

    zh: str
    en: str


class RecordingRefused(ValueError):
    """A recording callers should not hear. `reason` is for programs; `said` tells what is wrong and what to do."""

    def __init__(self, reason: str, zh: str, en: str) -> None:
        super().__init__(reason, zh, en)  # exactly the arguments, so that it comes back from a worker process
        self.reason = reason
        self.said = Said(zh, en)

    @override
    def __str__(self) -> str:
        return self.said.en


def to_record(shipped: PromptBook, prompt: Prompt, words: str) -> PromptText:
    """What a recording of `prompt` is to say: `words`, or those of the shipped prompt when they are ''.

    A prompt that is not shipped is one of the company's own and needs its words. RecordingRefused if there cannot be
    such a prompt.
    """
    if not _ID.fullmatch(prompt.id):
        raise RecordingRefused(
            "bad_name",
            "提示音名称只能用小写字母、数字和下划线，以字母开头，最多 64 个字符",
            "name a prompt with lower-case letters, digits and underscores, beginning with a letter, 64 at most",
        )
    if prompt.language not in shipped.languages:
        known = ", ".join(sorted(shipped.languages))
        raise RecordingRefused(
            "no_language",
            f"没有语言 {prompt.language[:10]}：可用的有 {known}",
            f"there is no language {prompt.language[:10]!r}: use one of {known}",
        )
    if len(words) > MOST_WORDS:
        raise RecordingRefused(
            "words_too_long", f"文字最多 {MOST_WORDS} 个字", f"the words are too long: {MOST_WORDS} characters at most"
        )
    known_text = shipped.texts.get(prompt)
    if known_text is not None and known_text.pause:
        raise RecordingRefused(
            "pause", f"{prompt.id} 是停顿，不需要录音", f"{prompt.id!r} is a pause: it needs no recording"
        )
    if known_text is None and not words:
        raise RecordingRefused(
            "no_words",
            f"没有随程序提供的提示音 {prompt.id}：自有提示音请写明所说的文字",
            f"no prompt {prompt.id!r} is shipped: say which words this one of your own says",
        )
    if not words:
        assert known_text is not None  # noqa: S101 - both cases are above
        return known_text
    return shipped.with_recordings({prompt: words}).texts[prompt]


def replaced(shipped: PromptBook, prompt: Prompt) -> str:
    """Which shipped words a recording stands in place of, as a hash; '' for a prompt of the company's own."""
    known = shipped.texts.get(prompt)
    return known.text_hash if known else ""
