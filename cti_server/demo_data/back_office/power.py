"""The power utility, 95598."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from cti_server.demo_data.areas import AREAS
from cti_server.demo_data.back_office.books import Account, accounts, outages
from cti_server.demo_data.back_office.deps import Complaint, Filing, Key, NoError, Office, TheOffice

router = APIRouter(prefix="/power")
_DAYS = {"peak_tariff": 5, "rename": 3, "capacity": 10, "new_meter": 15}


class Fault(Filing):
    """`account` or `area` says where. `kind`: no_power · low_voltage · danger."""

    account: Annotated[str, Field(max_length=20)] = ""
    area: Annotated[str, Field(max_length=6)] = ""
    kind: Annotated[str, Field(pattern=r"^(no_power|low_voltage|danger)$")] = "no_power"


class Application(Filing):
    account: Annotated[str, Field(max_length=20)]
    kind: Annotated[str, Field(pattern=r"^(peak_tariff|rename|capacity|new_meter)$")]


@router.get("/outages")
def outages_of(office: TheOffice, area: str) -> dict[str, object]:
    """What is off or will be in a district (six digits)."""
    return _outages(office, area)


@router.get("/accounts/{number}/outages")
def outages_at(office: TheOffice, number: str) -> dict[str, object]:
    return _outages(office, _account(number).area)


@router.get("/accounts/{number}/bill")
def bill(office: TheOffice, number: str, pin: str = "", phone: str = "") -> dict[str, object]:
    """The last bill. With the account's PIN, or from a number on record."""
    account = _allowed(number, pin, phone)
    today = office.now().date()
    return {
        "account": number,
        "month": account.billed(today).isoformat(),
        "kwh": account.kwh,
        "amount": float(account.amount),
        "paid": account.paid,
        "due": account.due(today).isoformat(),
    }


@router.get("/accounts/{number}/arrears")
def arrears(office: TheOffice, number: str, pin: str = "", phone: str = "") -> dict[str, object]:
    """What is overdue from before the last bill."""
    account = _allowed(number, pin, phone)
    since = office.now().date() - timedelta(days=31 * account.overdue_months)
    return {
        "account": number,
        "overdue": account.overdue_months > 0,
        "months": account.overdue_months,
        "amount": float(account.overdue),
        "since": since.isoformat() if account.overdue_months else None,
    }


@router.post("/faults", status_code=201)
def report_fault(office: TheOffice, key: Key, fault: Fault) -> dict[str, object]:
    """A crew comes; two hours in a city."""
    area = _account(fault.account).area if fault.account else fault.area
    if area not in AREAS:
        raise NoError(422, "unknown_area")
    arrives = (office.now() + timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)
    return office.file(
        key, "power", "fault", fault, lambda number: {"number": number, "area": area, "crew_by": arrives.isoformat()}
    )


@router.get("/faults/{number}")
def fault_report(office: TheOffice, number: str) -> dict[str, object]:
    return {"number": number, "state": "crew_sent", **_filed(office, number, "fault")}


@router.post("/applications", status_code=201)
def apply(office: TheOffice, key: Key, application: Application) -> dict[str, object]:
    _account(application.account)
    done_by = office.now().date() + timedelta(days=_DAYS[application.kind])
    return office.file(
        key, "power", "application", application, lambda number: {"number": number, "done_by": done_by.isoformat()}
    )


@router.post("/complaints", status_code=201)
def complain(office: TheOffice, key: Key, complaint: Complaint) -> dict[str, object]:
    answer_by = office.now().date() + timedelta(days=3)
    return office.file(
        key, "power", "complaint", complaint, lambda number: {"number": number, "answer_by": answer_by.isoformat()}
    )


def _outages(office: Office, area: str) -> dict[str, object]:
    if area not in AREAS:
        raise NoError(404, "unknown_area")
    city, district, english = AREAS[area]
    found = outages(area, office.now())
    return {
        "area": {"code": area, "name": {"zh": f"{city}市{district}", "en": english}},
        "fault": any(outage.kind == "fault" for outage in found),
        "planned": any(outage.kind == "planned" for outage in found),
        "outages": [
            {
                "kind": outage.kind,
                "reason": outage.reason,
                "starts": outage.starts.isoformat(),
                "expected_end": outage.expected_end.isoformat(),
            }
            for outage in found
        ],
    }


def _account(number: str) -> Account:
    if (account := accounts().get(number)) is None:
        raise NoError(404, "unknown_account")
    return account


def _allowed(number: str, pin: str, phone: str) -> Account:
    account = _account(number)
    if pin != account.pin and phone not in account.phones:
        raise NoError(403, "wrong_pin")
    return account


def _filed(office: Office, number: str, kind: str) -> dict[str, object]:
    if (what := office.filed.what(number, kind)) is None:
        raise NoError(404, "unknown_number")
    return what
