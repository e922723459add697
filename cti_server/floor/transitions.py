"""Which state may follow which. One table per thing; nothing else decides it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from cti_server.floor.words import AgentState as A
from cti_server.floor.words import CallbackState as C
from cti_server.floor.words import InteractionState as I
from cti_server.floor.words import LegState as L
from cti_server.floor.words import OfferState as O
from cti_server.floor.words import TransferState as T

S = TypeVar("S", bound=StrEnum)


class IllegalTransitionError(Exception):
    """A state was asked to follow one it may not follow: a bug of ours, never of a caller."""


INTERACTION: Mapping[I, frozenset[I]] = {
    # Straight to QUEUED: a callback that somebody asked for without calling.
    I.ARRIVING: frozenset({I.IN_FLOW, I.QUEUED, I.CLOSED}),
    I.IN_FLOW: frozenset({I.QUEUED, I.CLOSED}),
    I.QUEUED: frozenset({I.OFFERED, I.IN_FLOW, I.CLOSED}),
    I.OFFERED: frozenset({I.QUEUED, I.CONNECTED, I.CLOSED}),
    # Back to QUEUED when the agent's side is lost and the caller is still there.
    I.CONNECTED: frozenset({I.HELD, I.QUEUED, I.WRAPPING_UP, I.CLOSED}),
    I.HELD: frozenset({I.CONNECTED, I.QUEUED, I.WRAPPING_UP, I.CLOSED}),
    I.WRAPPING_UP: frozenset({I.CLOSED}),
    I.CLOSED: frozenset(),
}

OFFER: Mapping[O, frozenset[O]] = {
    O.RINGING: frozenset({O.ACCEPTED, O.DECLINED, O.MISSED, O.WITHDRAWN}),
    O.ACCEPTED: frozenset(),
    O.DECLINED: frozenset(),
    O.MISSED: frozenset(),
    O.WITHDRAWN: frozenset(),
}

_OVER = (C.COMPLETED, C.EXHAUSTED, C.CANCELLED)
CALLBACK: Mapping[C, frozenset[C]] = {
    C.REQUESTED: frozenset({C.SCHEDULED, C.DIALLING, *_OVER}),
    C.SCHEDULED: frozenset({C.REQUESTED, C.DIALLING, *_OVER}),
    C.DIALLING: frozenset({C.SCHEDULED, C.CONNECTED, *_OVER}),
    C.CONNECTED: frozenset({C.SCHEDULED, *_OVER}),
    C.COMPLETED: frozenset(),
    C.EXHAUSTED: frozenset(),
    C.CANCELLED: frozenset(),
}

TRANSFER: Mapping[T, frozenset[T]] = {
    T.DIALLING: frozenset({T.CONNECTED, T.ENDED}),
    T.CONNECTED: frozenset({T.ENDED}),
    T.ENDED: frozenset(),
}

LEG: Mapping[L, frozenset[L]] = {
    L.DIALLING: frozenset({L.UP, L.GONE}),
    L.UP: frozenset({L.GONE}),
    L.GONE: frozenset(),
}

AGENT: Mapping[A, frozenset[A]] = {
    A.SIGNED_OUT: frozenset({A.AVAILABLE, A.NOT_READY}),
    A.AVAILABLE: frozenset({A.OFFERED, A.NOT_READY, A.SIGNED_OUT}),
    A.OFFERED: frozenset({A.AVAILABLE, A.CONNECTED, A.NOT_READY, A.SIGNED_OUT}),
    A.CONNECTED: frozenset({A.WRAPPING_UP, A.AVAILABLE, A.NOT_READY, A.SIGNED_OUT}),
    A.WRAPPING_UP: frozenset({A.AVAILABLE, A.NOT_READY, A.SIGNED_OUT}),
    A.NOT_READY: frozenset({A.AVAILABLE, A.SIGNED_OUT}),
}


def ensure(table: Mapping[S, frozenset[S]], before: S, after: S) -> S:
    """`after`, if it may follow `before` (a state may always be confirmed); else IllegalTransitionError."""
    if after is not before and after not in table[before]:
        raise IllegalTransitionError(f"{type(before).__name__}: {before} may not become {after}")
    return after
