"""All systems that flows may ask, under their names."""

import time
from collections.abc import Callable, Mapping

from cti_server.connectors.breaker import Breaker
from cti_server.connectors.document import BreakerSettings
from cti_server.connectors.http import HttpSource
from cti_server.connectors.line import Line, Source
from cti_server.connectors.loading import BUILT_IN, Opened
from cti_server.connectors.values import ConnectorError, Signature, Values, Why

_OURS_AT_ONCE, _OURS_WAITING = 8, 200
_LONGEST = 60.0

Limits = Mapping[str, tuple[int, bool]]
"""Argument → most characters, digits only."""


class Connectors:
    """What a flow's look-ups and business actions call. Without a document only our own are there."""

    def __init__(self, lines: Mapping[str, Line], arguments: Mapping[tuple[str, str], Limits]) -> None:
        self._lines = dict(lines)
        self._limits = dict(arguments)

    @classmethod
    def of(
        cls,
        opened: Mapping[str, Opened],
        customers: Source | None = None,
        cases: Source | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> "Connectors":
        """Connects nothing yet."""
        lines: dict[str, Line] = {}
        limits: dict[tuple[str, str], Limits] = {}
        for name, one in opened.items():
            settings = one.settings
            breaker = Breaker(settings.breaker.failures, settings.breaker.rest)
            lines[name] = Line(name, HttpSource(one), breaker, settings.concurrency, settings.waiting, now)
            for action, asked in settings.actions.items():
                limits[name, action] = {key: (a.most, a.only == "digits") for key, a in asked.arguments.items()}
        usual = BreakerSettings()
        for name, source in zip(BUILT_IN, (customers, cases), strict=True):
            if source is not None:
                breaker = Breaker(usual.failures, usual.rest)
                lines[name] = Line(name, source, breaker, _OURS_AT_ONCE, _OURS_WAITING, now)
        return cls(lines, limits)

    @property
    def lines(self) -> Mapping[str, Line]:
        """For metrics."""
        return self._lines

    def signature(self, connector: str, action: str) -> Signature | None:
        """None when there is no such action."""
        line = self._lines.get(connector)
        return line.source.signatures.get(action) if line else None

    def signatures(self) -> dict[str, dict[str, Signature]]:
        """Connector → action → what it takes and gives."""
        return {name: dict(line.source.signatures) for name, line in self._lines.items()}

    async def call(
        self, connector: str, action: str, arguments: Mapping[str, str], timeout: float, *, key: str | None = None
    ) -> Values:
        """The action's results by name. `timeout`: seconds, with everything (turn, attempts, pauses).

        `key` names a business action: the same for each attempt to do one thing, also by another call of this
        function; without one only the attempts of this call count as one. ConnectorError says why there is no answer.
        """
        line = self._lines.get(connector)
        signature = self.signature(connector, action)
        if line is None or signature is None:
            raise ConnectorError(Why.REFUSED, "there is no such connector or action")
        given = {name: value for name, value in arguments.items() if value or signature.arguments.get(name, True)}
        self._check(connector, action, signature, given)
        return await line.call(action, given, min(max(timeout, 0.0), _LONGEST), key)

    async def close(self) -> None:
        for line in self._lines.values():
            await line.close()

    def _check(self, connector: str, action: str, signature: Signature, arguments: Mapping[str, str]) -> None:
        if missing := [name for name, needed in signature.arguments.items() if needed and name not in arguments]:
            raise ConnectorError(Why.REFUSED, f"{', '.join(missing)} missing")
        if arguments.keys() - signature.arguments.keys():
            raise ConnectorError(Why.REFUSED, "an argument it does not take")
        for name, (most, digits) in self._limits.get((connector, action), {}).items():
            value = arguments.get(name, "")
            if len(value) > most or (digits and value and not (value.isascii() and value.isdigit())):
                raise ConnectorError(Why.REFUSED, f"{name} is too long or not digits")
        try:
            "".join(arguments.values()).encode("utf-8")
        except UnicodeEncodeError:
            raise ConnectorError(Why.REFUSED, "an argument is no text") from None
