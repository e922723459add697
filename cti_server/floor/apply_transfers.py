"""What each event of a transfer changes: a part of `apply`, by the same rules."""

from cti_server.floor import transfer_events as e
from cti_server.floor.model import Floor, Transfer
from cti_server.floor.rulebook import count_dial, rule, transfer_becomes
from cti_server.floor.words import InteractionId, Millis, TransferState


def _transfer(floor: Floor, interaction: InteractionId) -> Transfer:
    transfer = floor.interactions[interaction].transfer
    if transfer is None:
        raise ValueError(f"{interaction} is handed on to nobody")
    return transfer


@rule(e.TransferDialled)
def _(floor: Floor, event: e.TransferDialled, at: Millis) -> None:
    floor.interactions[event.interaction].transfer = Transfer(
        number=event.number,
        key=event.key,
        attempt=event.attempt,
        state=TransferState.DIALLING,
        dialled_at=at,
        recording=event.recording,
    )
    count_dial(floor, event.number, at)


@rule(e.TransferAnswered)
def _(floor: Floor, event: e.TransferAnswered, at: Millis) -> None:
    transfer = _transfer(floor, event.interaction)
    transfer_becomes(transfer, TransferState.CONNECTED)
    transfer.answered_at = at


@rule(e.TransferEnded)
def _(floor: Floor, event: e.TransferEnded, at: Millis) -> None:
    transfer = _transfer(floor, event.interaction)
    transfer_becomes(transfer, TransferState.ENDED)
    transfer.result = event.result


@rule(e.TransferRefused)
def _(floor: Floor, event: e.TransferRefused, at: Millis) -> None:
    """Nothing was dialled; the flow goes on. The journal's readers show it."""
