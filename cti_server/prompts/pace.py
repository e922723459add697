"""How long words take to be said, so that a sound that lost a part, or carries something else, is noticed."""

import re

HANZI = re.compile(r"[\u4e00-\u9fff]")
LETTERS = re.compile(r"[A-Za-z]")
COMMAS = re.compile(r"[，、,]")
STOPS = re.compile(r"[。！？.!?]")

# Seconds for each sign, each comma and each full stop, and what is left over; fitted to all rendered prompts, of which
# most lie within a fifth of it. A piece, a word cut out of a sentence, is said more slowly.
SENTENCE = {"zh": (0.18, 0.155, 0.35, 0.03), "en": (0.062, 0.25, 0.197, -0.035)}
PIECE = {"zh": (0.232, 0.0, 0.0, 0.053), "en": (0.0355, 0.0, 0.0, 0.274)}
SILENT_E = re.compile(r"[^aeiouy ]e\b", re.IGNORECASE)
VOWELS = re.compile(r"[aeiouy]+", re.IGNORECASE)


def usual_seconds(words: str, language: str, *, piece: bool) -> float:
    """Return how long the rendered voice of `language` (zh or en) takes for `words`, silence at the ends included."""
    sign, comma, stop, rest = (PIECE if piece else SENTENCE)[language]
    signs = len((HANZI if language == "zh" else LETTERS).findall(words))
    # What ends without a full stop is drawn out a little as well.
    stops = len(STOPS.findall(words)) or 0.7
    return max(0.2, sign * signs + comma * len(COMMAS.findall(words)) + stop * stops + rest)


def rendered_range(words: str, language: str, *, piece: bool) -> tuple[float, float]:
    """Return the shortest and longest plausible length of a rendered sound in seconds: outside, something broke."""
    usual = usual_seconds(words, language, piece=piece)
    # A lone syllable may be very short (八, eighth), a longer word may not.
    syllables = HANZI.findall(words) if language == "zh" else VOWELS.findall(SILENT_E.sub("", words))
    shortest = 0.45 if len(syllables) <= 1 else 0.6 if len(words) <= 6 else 0.7
    return shortest * usual, 1.45 * usual + 0.1


def recorded_range(words: str, language: str, *, piece: bool) -> tuple[float, float]:
    """Return the same for a sound somebody recorded: people speak faster and slower than a voice."""
    usual = usual_seconds(words, language, piece=piece)
    return 0.45 * usual, 2.2 * usual
