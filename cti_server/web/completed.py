"""What was completed lately, so that a wrap-up sent again after a lost answer is told it worked."""

from collections import OrderedDict

_MOST = 5_000


class Completed:
    """The floor completes an interaction once whatever happens here; this only remembers whose doing it was."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], tuple[str, str]] = OrderedDict()

    def note(self, interaction: str, agent: str, disposition: str, note: str) -> None:
        self._known[interaction, agent] = (disposition, note)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)

    def was(self, interaction: str, agent: str, disposition: str, note: str) -> bool:
        """Exactly this was completed by this agent."""
        return self._known.get((interaction, agent)) == (disposition, note)
