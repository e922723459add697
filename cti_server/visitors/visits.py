"""Who follows which request right now: a visitor's page its status, an agent's screen the visitor. In memory."""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cti_server.floor.events import Recorded
from cti_server.floor.words import InteractionId
from cti_server.visitors.status import Status, ended_by

_MOST_ENDED = 5_000


class Visits:
    """Give it `committed` as a listener after the hub, so that who is woken sees the floor as it then is."""

    def __init__(self, *, most: int = 2000, most_each: int = 8) -> None:
        self._most = most
        self._most_each = most_each
        self._listening: defaultdict[InteractionId, set[asyncio.Event]] = defaultdict(set)
        self._ended: OrderedDict[InteractionId, Status] = OrderedDict()
        self.count = 0
        """Listeners now."""
        self.closing = False

    def committed(self, batch: Sequence[Recorded]) -> None:
        if not self._listening:
            return
        touched = set[InteractionId]()
        for recorded in batch:
            interaction: InteractionId | None = getattr(recorded.event, "interaction", None)
            if interaction is not None and interaction in self._listening:
                touched.add(interaction)
                ended = ended_by(recorded.event)
                if ended is not None:
                    self._ended.setdefault(interaction, ended)
        while len(self._ended) > _MOST_ENDED:
            self._ended.popitem(last=False)
        for interaction in touched:
            self.changed(interaction)

    def ended(self, interaction: InteractionId) -> Status | None:
        """How it ended, if somebody followed it to its end lately."""
        return self._ended.get(interaction)

    def changed(self, interaction: InteractionId) -> None:
        """Something about this request is new: wake those who follow it."""
        for event in self._listening.get(interaction, ()):
            event.set()

    def close(self) -> None:
        """The server stops: everybody who listens is to leave."""
        self.closing = True
        for interaction in list(self._listening):
            self.changed(interaction)

    def has_room(self, interaction: InteractionId) -> bool:
        """For one more listener, of this request and at all."""
        return (
            not self.closing and self.count < self._most and len(self._listening.get(interaction, ())) < self._most_each
        )

    @contextmanager
    def follow(self, interaction: InteractionId) -> Iterator[asyncio.Event]:
        """An event that is set when something is new; the listener clears it."""
        event = asyncio.Event()
        self._listening[interaction].add(event)
        self.count += 1
        try:
            yield event
        finally:
            self.count -= 1
            mine = self._listening[interaction]
            mine.discard(event)
            if not mine:
                del self._listening[interaction]
