"""The insurer, 95500."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from cti_server.demo_data.back_office.books import Policy, policies
from cti_server.demo_data.back_office.deps import Complaint, Filing, Key, NoError, TheOffice
from cti_server.demo_data.back_office.keypad import plate_keys, policy_keys, same_plate

router = APIRouter(prefix="/insurance")
_PLATE_KEYS = (6, 7)
_LOYAL = Decimal("0.9")


class Claim(Filing):
    """`policy`: number or plate, written out or as keys."""

    policy: Annotated[str, Field(max_length=40)]
    injured: bool = False


@router.get("/policies/{number}")
def policy(office: TheOffice, number: str) -> dict[str, object]:
    """By policy number or plate, written out or as typed on a keypad."""
    found = _policy(number)
    today = office.now().date()
    return {
        "policy": found.number,
        "kind": found.kind,
        "plate": found.plate or None,
        "until": found.ends(today).isoformat(),
        "premium": float(found.premium),
    }


@router.get("/policies/{number}/renewal")
def renewal(office: TheOffice, number: str) -> dict[str, object]:
    """When it ends and what the next year costs."""
    found = _policy(number)
    today = office.now().date()
    until: date = found.ends(today)
    premium = (found.premium * _LOYAL).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return {
        "policy": found.number,
        "until": until.isoformat(),
        "days_left": (until - today).days,
        "premium": float(premium),
    }


@router.post("/claims", status_code=201)
def claim(office: TheOffice, key: Key, claimed: Claim) -> dict[str, object]:
    """A surveyor calls back within half an hour; sooner when somebody is hurt."""
    found = _policy(claimed.policy)
    by = office.now() + timedelta(minutes=10 if claimed.injured else 30)
    return office.file(
        key,
        "insurance",
        "claim",
        claimed,
        lambda number: {"number": number, "policy": found.number, "call_by": by.isoformat(timespec="seconds")},
    )


@router.post("/complaints", status_code=201)
def complain(office: TheOffice, key: Key, complaint: Complaint) -> dict[str, object]:
    answer_by = office.now().date() + timedelta(days=5)
    return office.file(
        key, "insurance", "complaint", complaint, lambda number: {"number": number, "answer_by": answer_by.isoformat()}
    )


def _policy(number: str) -> Policy:
    """Keys of a plate may fit several: then the policy number is needed."""
    if len(number) in _PLATE_KEYS and number.isascii() and number.isdigit():
        found = [one for one in policies() if one.plate and plate_keys(one.plate) == number]
    else:
        keys = policy_keys(number)
        found = [one for one in policies() if one.plate and same_plate(one.plate, number)]
        found = found or [one for one in policies() if policy_keys(one.number) == keys]
    if len(found) > 1:
        raise NoError(409, "several_policies")
    if not found:
        raise NoError(404, "unknown_policy")
    return found[0]
