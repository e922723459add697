"""What flows reach beyond the call: connectors, customers' own scripts; and the steps that do so."""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Protocol

import structlog

from cti_server.floor.events import ReportDictated
from cti_server.floor.words import InteractionId
from cti_server.telephony.agi import AsyncAgi
from cti_server.telephony.agi_server import AgiSession, CallerGone
from ivr_flows.commands import Answered, Ask, FlowMisuse, RunScript, Unanswered
from ivr_flows.variables import Value

SCRIPTS = "cti_server.scripts"
"""The group of entry points under which packages register their scripts."""
_SILENCE = 1.5
"""Seconds until a caller who waits for an answer hears music."""
_GRACE = 1.0
"""What a connector that should have given up gets on top."""

log = structlog.get_logger()

Script = Callable[[AsyncAgi], Mapping[str, Value] | None]
"""A pyst2 script: gets the call's AGI object, returns the fields of its answer if it has one."""


OpenReport = Callable[[ReportDictated], Awaitable[str]]
"""Opens the case of a report and returns its number; for the same recording always the same one."""


class Connectors(Protocol):
    """How flows ask other systems."""

    async def call(
        self, connector: str, action: str, arguments: Mapping[str, str], timeout: float, *, key: str | None = None
    ) -> Mapping[str, Value]:
        """Return the answer's fields within `timeout` seconds; raises when there is none, with `why` if it knows.

        `key` is the same when one question of one caller is asked again after a restart.
        """


@dataclass(frozen=True, slots=True)
class Reach:
    """`connectors` None: every `ask` goes unanswered. `reported` None: cases of reports are opened later."""

    connectors: Connectors | None = None
    scripts: Mapping[str, Script] = field(default_factory=dict)
    reported: OpenReport | None = None


def registered_scripts() -> dict[str, Script]:
    """Every script that an installed package registers. One that cannot be imported is logged and left out."""
    found: dict[str, Script] = {}
    for point in entry_points(group=SCRIPTS):
        try:
            script = point.load()
        except Exception as error:  # a customer's code may fail in any way
            log.error("script_not_loaded", script=point.name, error=type(error).__name__)
            continue
        if callable(script):
            found[point.name] = script
    return found


async def ask(
    session: AgiSession, connectors: Connectors | None, interaction: InteractionId, command: Ask
) -> Answered | Unanswered:
    """The answer, or why there is none. After a while the caller hears music; `CallerGone` when he leaves."""
    if connectors is None:
        return Unanswered("unknown")
    timeout = command.timeout_ms / 1000
    key = f"{interaction}:{command.key}"
    call = asyncio.ensure_future(_call(connectors, command, timeout, key))
    try:
        await session.meanwhile(asyncio.wait({call}, timeout=_SILENCE))
        if not call.done():
            await session.set_music(True)
            await session.meanwhile(asyncio.wait({call}))
            await session.set_music(False)
        return await call
    finally:
        if not call.done():
            call.cancel()
            await asyncio.wait({call})


async def _call(connectors: Connectors, command: Ask, timeout: float, key: str) -> Answered | Unanswered:
    try:
        async with asyncio.timeout(timeout + _GRACE):
            fields = await connectors.call(command.connector, command.action, command.arguments, timeout, key=key)
    except TimeoutError:
        why = "timeout"
    except Exception as error:  # whatever a connector fails of, the caller goes on
        why = str(getattr(error, "why", "failed"))
    else:
        return Answered(fields)
    log.warning("ask_unanswered", connector=command.connector, action=command.action, why=why)
    return Unanswered(why)


async def run_script(session: AgiSession, scripts: Mapping[str, Script], command: RunScript) -> Answered | Unanswered:
    """What the script returns. One that fails or takes too long leaves the caller to the flow."""
    script = scripts.get(command.script)
    if script is None:
        log.warning("script_unanswered", script=command.script, why="unknown")
        return Unanswered("unknown")
    try:
        fields = await session.run(script, command.timeout_ms / 1000)
    except CallerGone:
        raise
    except TimeoutError:
        why = "timeout"
    except Exception as error:  # a customer's code may fail in any way
        why = type(error).__name__
    else:
        return Answered(fields if isinstance(fields, Mapping) else {})
    log.warning("script_unanswered", script=command.script, why=why)
    return Unanswered(why)


def packed(position: str) -> str:
    """A position as it stands on the channel: base64, because it passes through the dialplan."""
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def unpacked(state: str) -> str:
    """FlowMisuse for what was not packed by us."""
    try:
        return base64.urlsafe_b64decode(state + "=" * (-len(state) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise FlowMisuse("not a flow position: start the caller anew") from None
