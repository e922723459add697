"""The recent past, kept so that a client that was away for a moment can go on where it was."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cti_server.floor.words import AgentId
from cti_server.live.view import Audience


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as bytes ready for the wire."""

    seq: int
    whole: bytes
    """For those who see everything."""
    agents: Mapping[AgentId, bytes]
    """For the agents who see it: the event and what comes into or leaves their sight with it."""
    moved: frozenset[AgentId]
    """The agents for whom something came into or left sight."""
    for_all: bool
    """Every agent gets `whole`."""

    def wire(self, audience: Audience) -> bytes:
        """What `audience` gets of this event; empty when nothing."""
        if audience.agent is None or self.for_all:
            return self.whole
        return self.agents.get(audience.agent, b"")

    @property
    def size(self) -> int:
        return len(self.whole) + sum(len(wire) for wire in self.agents.values())


class Ring:
    """Entries without a gap, the oldest dropped when there are more than `max_entries` or `max_bytes`."""

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        self._entries: deque[Entry] = deque()
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, entry: Entry) -> None:
        self._entries.append(entry)
        self.size_bytes += entry.size
        while self._entries and (len(self._entries) > self._max_entries or self.size_bytes > self._max_bytes):
            self.size_bytes -= self._entries.popleft().size

    def since(self, seq: int, audience: Audience) -> Iterator[Entry] | None:
        """The entries after `seq`, or None when that moment cannot be continued from here.

        Besides a moment too long ago that is one where something came into or left an agent's sight: the several frames
        of that event carry one number, so the number alone does not tell which of them arrived.
        """
        if not self._entries:
            return None
        first = self._entries[0].seq
        skip = seq - first + 1
        if skip < 0 or skip > len(self._entries):
            return None
        if audience.agent is not None and (skip == 0 or audience.agent in self._entries[skip - 1].moved):
            return None
        return (self._entries[index] for index in range(skip, len(self._entries)))
