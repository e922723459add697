"""Kinds of text that come in from outside, cleaned or refused before anything else sees them."""

import re
import uuid
from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, StringConstraints

# Control characters but tab and newline, bidirectional overrides, halves of surrogate pairs: none belongs in a note;
# U+0000 cannot be stored in PostgreSQL, and surrogates cannot be encoded at all.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """`text` with unix line ends and without characters that only do harm."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("only printable characters")
    return text


def _uuid(text: str) -> str:
    return str(uuid.UUID(text[:64]))


Prose = Annotated[str, AfterValidator(clean)]
Printable = Annotated[str, AfterValidator(_printable)]
_CODE = r"^[\x21-\x7e]+$"
Code = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=_CODE)]
CustomerId = Annotated[str, AfterValidator(_uuid)]
CustomerKey = Annotated[CustomerId, Path()]
Id = Annotated[str, Path(min_length=1, max_length=128, pattern=_CODE)]
"""An identifier in a path: printable ASCII."""
