"""What is alive in Asterisk at one moment, read over a fresh AMI session.

AMI has no replay: whatever happened while nobody listened is told by lists only. `take_snapshot` asks for them; the
client holds back the events of the session meanwhile and hands them out, in order, behind the snapshot. The session
began before the first list was asked for, so whoever lets the events overwrite the snapshot ends up with the truth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from cti_server.telephony.ami_codec import AmiMessage

__all__ = ["AmiRefused", "Asks", "LiveChannel", "LiveContact", "PbxSnapshot", "take_snapshot"]

_NO_CONTACT = frozenset({"UNAVAILABLE", "INVALID", "UNKNOWN"})


class AmiRefused(Exception):
    """Asterisk answered an action with an error."""

    def __init__(self, action: str, reason: str) -> None:
        super().__init__(f"Asterisk refused {action}: {reason}")
        self.action = action
        self.reason = reason


@dataclass(frozen=True, slots=True)
class LiveChannel:
    """One channel of `CoreShowChannels`."""

    name: str
    uniqueid: str
    linkedid: str
    bridge_id: str
    """Empty when the channel is in no bridge."""
    application: str
    state: str
    """`ChannelStateDesc`: Down, Rsrvd, OffHook, Dialing, Ring, Ringing, Up, Busy, …"""
    caller_number: str
    variables: Mapping[str, str]
    """The channel variables named by `channelvars` in manager.conf."""


@dataclass(frozen=True, slots=True)
class LiveContact:
    """One place where an endpoint can be reached now."""

    endpoint: str
    uri: str
    """Empty when the AMI user may read device states only."""
    status: str
    """`Reachable`, `Unreachable`, `NonQualified` …, or the device state (`NOT_INUSE`, `INUSE`, …)."""


@dataclass(frozen=True, slots=True)
class PbxSnapshot:
    """Everything alive; `boot_id` differs when Asterisk itself was started anew."""

    channels: tuple[LiveChannel, ...]
    contacts: tuple[LiveContact, ...]
    boot_id: str


class Asks(Protocol):
    """The two questions a snapshot needs."""

    async def action(self, name: str, fields: Sequence[tuple[str, str]] = ()) -> AmiMessage: ...
    async def list(self, name: str, fields: Sequence[tuple[str, str]] = ()) -> tuple[AmiMessage, ...]: ...


async def take_snapshot(ami: Asks) -> PbxSnapshot:
    """Ask for the boot time, the channels and the contacts. Raises what the questions raise."""
    status = await ami.action("CoreStatus")
    boot_id = f"{status.require('CoreStartupDate')}T{status.require('CoreStartupTime')}"
    channels = tuple(_channel(row) for row in await ami.list("CoreShowChannels"))
    return PbxSnapshot(channels, await _contacts(ami), boot_id)


def _channel(row: AmiMessage) -> LiveChannel:
    pairs = (value.partition("=") for value in row.all("ChanVariable"))
    return LiveChannel(
        name=row.require("Channel"),
        uniqueid=row.require("Uniqueid"),
        linkedid=row.get("Linkedid"),
        bridge_id=row.get("BridgeId"),
        application=row.get("Application"),
        state=row.get("ChannelStateDesc"),
        caller_number=row.get("CallerIDNum"),
        variables=MappingProxyType({name: value for name, _, value in pairs}),
    )


async def _contacts(ami: Asks) -> tuple[LiveContact, ...]:
    try:
        rows = await ami.list("PJSIPShowContacts")
    except AmiRefused as refused:
        if refused.reason.startswith("No Contacts found"):  # how Asterisk says "none"
            return ()
        # PJSIPShowContacts needs the AMI class `system`, which also loads modules; a careful manager.conf denies it.
        return await _reachable_devices(ami)
    return tuple(
        LiveContact(endpoint=row.require("Endpoint"), uri=row.get("Uri"), status=row.get("Status")) for row in rows
    )


async def _reachable_devices(ami: Asks) -> tuple[LiveContact, ...]:
    rows = [(row.get("Device").partition("/"), row.get("State")) for row in await ami.list("DeviceStateList")]
    return tuple(
        LiveContact(endpoint=device, uri="", status=state)
        for (technology, _, device), state in rows
        if technology == "PJSIP" and state not in _NO_CONTACT
    )
