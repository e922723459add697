"""Rules for handing a caller on to a number outside, from his flow.

One attempt is written down before it is dialled, and the caller's own script dials it in Asterisk, which rings, plays
music and connects both by itself: a server that dies in the middle drops nobody. What became of it the caller's channel
knows when he is back; the `key` of the place in his flow keeps the next server from dialling it a second time.
"""

from cti_server.floor import effects as f
from cti_server.floor import events as e
from cti_server.floor import transfer_inputs as i
from cti_server.floor.deciding import Deciding
from cti_server.floor.dial_policy import transfer_obstacle
from cti_server.floor.inputs import RefusedError
from cti_server.floor.model import Interaction, Transfer
from cti_server.floor.words import AgentId, InteractionState, LegState, RecordingId, TransferState

_LONGEST_NUMBER = 20
"""What is shown of a number that may not be dialled."""
_NOBODY = AgentId("")


def requested(d: Deciding, request: i.TransferRequested) -> None:
    interaction = d.floor.interactions.get(request.interaction)
    if interaction is None or interaction.state is not InteractionState.IN_FLOW:
        raise RefusedError("unknown_interaction", f"Interaction {request.interaction} is in no flow.")
    if interaction.caller_leg.state is not LegState.UP:
        raise RefusedError("unknown_interaction", f"Nobody is on the phone in {request.interaction}.")
    known = interaction.transfer
    if known is not None and known.key == request.key:
        _dial(d, interaction, known, request.ring_seconds, again=True)
        return
    settle(d, interaction, "lost")
    why = transfer_obstacle(d, request.number)
    if why:
        d.emit(e.TransferRefused(interaction.id, request.number[:_LONGEST_NUMBER], why))
        d.order(f.RefuseTransfer(interaction.id, why))
        return
    attempt = known.attempt + 1 if known is not None else 1
    recording = RecordingId(f"{interaction.id}-transfer{attempt}" if request.record else "")
    d.emit(e.TransferDialled(interaction.id, attempt, request.key, request.number, recording))
    if interaction.transfer is not None:
        _dial(d, interaction, interaction.transfer, request.ring_seconds, again=False)


def _dial(d: Deciding, interaction: Interaction, known: Transfer, ring_seconds: int, *, again: bool) -> None:
    trunk = d.floor.dial_policy.trunk
    d.order(f.DialParty(interaction.id, known.attempt, known.number, trunk, ring_seconds, known.recording, again=again))


def party_answered(d: Deciding, fact: i.PartyAnswered) -> None:
    interaction = d.by_leg(fact.leg)
    if interaction is not None and interaction.caller_leg.id == fact.leg:
        answered(d, interaction)


def answered(d: Deciding, interaction: Interaction) -> None:
    """Caller and the other side talk, if he was being handed on."""
    transfer = interaction.transfer
    if transfer is None or transfer.state is not TransferState.DIALLING:
        return
    d.emit(e.TransferAnswered(interaction.id, transfer.attempt))
    if transfer.recording:
        d.emit(e.RecordingStarted(transfer.recording, interaction.id, _NOBODY, interaction.segment))


def party_gone(d: Deciding, fact: i.PartyGone) -> None:
    interaction = d.floor.interactions.get(fact.interaction)
    transfer = interaction.transfer if interaction else None
    if interaction is None or transfer is None or transfer.attempt != fact.attempt:
        return
    if fact.result == "talked":
        answered(d, interaction)  # should AMI have been away then
    settle(d, interaction, fact.result)


def settle(d: Deciding, interaction: Interaction, otherwise: str) -> None:
    """A transfer that goes on is over: they talked, or it came to `otherwise`."""
    transfer = interaction.transfer
    if transfer is not None and transfer.state is not TransferState.ENDED:
        result = "talked" if transfer.state is TransferState.CONNECTED else otherwise
        d.emit(e.TransferEnded(interaction.id, transfer.attempt, result))


def talked(interaction: Interaction) -> bool:
    """Whether the last thing that happened to him was a talk outside."""
    transfer = interaction.transfer
    return interaction.state is InteractionState.IN_FLOW and transfer is not None and transfer.result == "talked"
