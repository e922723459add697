"""What the server may dial by itself, from its settings; and what was typed, as a number that may be dialled."""

from cti_server.customers.numbers import Home, NumberKind, normalise
from cti_server.floor.parts import DialPolicy
from cti_server.settings import Settings

TRUNK = "trunk-out"
"""The endpoint in asterisk-config/pjsip-trunk-out.conf."""
_MAINLAND = (NumberKind.MOBILE, NumberKind.LANDLINE)


def dial_policy(settings: Settings) -> DialPolicy:
    """For the floor. Without a trunk (and outside the demo) nothing is dialled."""
    return DialPolicy(
        trunk=TRUNK if settings.trunk_out_host or settings.demo else "",
        allowed=settings.dial_allowed,
        refused=settings.dial_refused,
        hours={"zone": settings.zone, "week": {"mon-sun": [settings.dial_hours]}},
        at_once=settings.dial_at_once,
        per_hour=settings.dial_per_hour,
        per_number=settings.dial_per_number,
        transfers_per_number=settings.transfer_per_number,
        attempts=settings.callback_attempts,
        spacing=settings.callback_spacing_seconds * 1000,
        ring_seconds=settings.dial_ring_seconds,
        rest_seconds=settings.callback_rest_seconds,
        slot_capacity=settings.callback_slot_capacity,
    )


def dialable(raw: str, home: Home, policy: DialPolicy) -> str:
    """E.164 of a number as people write it; '' when it is none, or service, premium, or not allowed.

    Numbers abroad pass only when a prefix allows them.
    """
    number = normalise(raw, home)
    if number.e164 is None or number.kind not in (*_MAINLAND, NumberKind.FOREIGN):
        return ""
    allowed = number.e164.startswith(policy.allowed) and not (policy.refused and number.e164.startswith(policy.refused))
    return number.e164 if allowed else ""
