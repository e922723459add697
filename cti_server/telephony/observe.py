"""AMI events as inputs of the floor. Which leg an event is about is told by its Uniqueid."""

from collections.abc import Callable, Mapping

import structlog

from cti_server.engine import Engine
from cti_server.floor import inputs as i
from cti_server.floor.transfer_inputs import PartyAnswered
from cti_server.floor.words import LegId, LegState
from cti_server.telephony.agent_legs import Registrations
from cti_server.telephony.ami_client import PbxSnapshot
from cti_server.telephony.ami_codec import AmiMessage

# ITU-T Q.850 causes, as Asterisk gives them in Hangup.
_BUSY, _NO_ANSWER_USER, _NO_ANSWER, _REJECTED, _MEDIA_TIMEOUT = "17", "18", "19", "21", "44"
_TRUNK_REFUSED = {
    "401": "check CTI_TRUNK_OUT_USER and CTI_TRUNK_OUT_SECRET",
    "403": "check CTI_TRUNK_OUT_USER, CTI_TRUNK_OUT_SECRET and CTI_TRUNK_OUT_CALLER_ID with the carrier",
    "407": "check CTI_TRUNK_OUT_USER and CTI_TRUNK_OUT_SECRET",
}
"""SIP answers (RFC 3261) by which the carrier refuses us, not the customer the call, and what to do then."""
_RINGING = "5"

log = structlog.get_logger()


class Observer:
    """Translates; decides nothing."""

    def __init__(self, engine: Engine, registrations: Registrations) -> None:
        self._engine = engine
        self._registrations = registrations
        self._left: set[LegId] = set()
        """Legs that left their bridge and still live, for who left first."""

    @property
    def events(self) -> Mapping[str, Callable[[AmiMessage], None]]:
        """What to subscribe to."""
        return {
            "Hangup": self._hangup,
            "Newstate": self._new_state,
            "Hold": lambda event: self._engine.submit(i.LegHeld(_leg(event))),
            "Unhold": lambda event: self._engine.submit(i.LegResumed(_leg(event))),
            "BridgeLeave": self._bridge_leave,
            "DialEnd": self._dial_end,
            "ContactStatus": self._contact_status,
        }

    def connected(self, snapshot: PbxSnapshot) -> None:
        """A fresh view of everything alive in Asterisk."""
        self._engine.submit(
            i.PbxSeen(
                snapshot.boot_id,
                frozenset(LegId(channel.uniqueid) for channel in snapshot.channels),
                frozenset(LegId(channel.uniqueid) for channel in snapshot.channels if channel.bridge_id),
            )
        )
        self._left.clear()
        self._registrations.snapshot(contact.endpoint for contact in snapshot.contacts)

    def lost(self, reason: str) -> None:
        self._engine.submit(i.PbxGone(reason))

    def _hangup(self, event: AmiMessage) -> None:
        leg = _leg(event)
        self._left.discard(leg)
        interaction_id = self._engine.floor.index.legs.get(leg)
        if interaction_id is None:
            return
        interaction = self._engine.floor.interactions[interaction_id]
        if interaction.caller_leg.id == leg and interaction.caller_leg.state is LegState.DIALLING:
            self._engine.submit(i.DialFailed(leg, _unreached(event)))
        elif interaction.caller_leg.id == leg:
            self._engine.submit(i.CallerHungUp(interaction_id))
        elif interaction.offer is not None:
            self._engine.submit(i.OfferFailed(interaction.offer.id, _why(event.get("Cause"))))
        elif interaction.caller_leg.id in self._left:
            # The caller left first and Asterisk took the agent's leg down behind him: it was the caller who ended it.
            self._engine.submit(i.CallerHungUp(interaction_id))
        else:
            self._engine.submit(i.AgentLegGone(leg, lost=event.get("Cause") == _MEDIA_TIMEOUT))

    def _new_state(self, event: AmiMessage) -> None:
        if event.get("ChannelState") == _RINGING and _leg(event) in self._engine.floor.index.legs:
            self._engine.submit(i.AgentRang(_leg(event)))

    def _bridge_leave(self, event: AmiMessage) -> None:
        leg = _leg(event)
        interaction_id = self._engine.floor.index.legs.get(leg)
        if interaction_id is None:
            return
        agent_leg = self._engine.floor.interactions[interaction_id].agent_leg
        # Behind the agent the caller leaves too, as the bridge dissolves; only the first to leave is remembered.
        if agent_leg is not None and not {leg, agent_leg.id} & self._left and event.get("BridgeNumChannels") == "1":
            self._left.add(leg)

    def _dial_end(self, event: AmiMessage) -> None:
        """A caller's own script has dialled for him; what we dial ourselves has no caller in it."""
        if event.get("DialStatus") == "ANSWER" and _leg(event) in self._engine.floor.index.legs:
            self._engine.submit(PartyAnswered(_leg(event)))

    def _contact_status(self, event: AmiMessage) -> None:
        self._registrations.changed(event.get("AOR"), event.get("URI"), event.get("ContactStatus"))


def _leg(event: AmiMessage) -> LegId:
    return LegId(event.get("Uniqueid"))


def _why(cause: str) -> str:
    if cause in (_BUSY, _REJECTED):
        return "declined"
    return "no_answer" if cause in (_NO_ANSWER, _NO_ANSWER_USER) else "failed"


def _unreached(event: AmiMessage) -> str:
    """Why, by the SIP status (TechCause). An Asterisk that does not tell it takes a refusing trunk for the customer."""
    remedy = _TRUNK_REFUSED.get(event.get("TechCause"))
    if remedy is not None:
        log.error("trunk_refused_our_call", sip=event.get("TechCause"), remedy=remedy)
        return "trunk_refused"
    known = {_BUSY: "busy", _REJECTED: "refused", _NO_ANSWER: "no_answer", _NO_ANSWER_USER: "no_answer"}
    return known.get(event.get("Cause"), "failed")
