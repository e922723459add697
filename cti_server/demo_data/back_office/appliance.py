"""The appliance maker's service, 4008."""

from datetime import datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from cti_server.demo_data.back_office.books import MODELS, OUTLETS, ZONE, parts, repairs
from cti_server.demo_data.back_office.deps import Complaint, Filing, Key, NoError, TheOffice

router = APIRouter(prefix="/appliance")


class Booking(Filing):
    """`model_code`: four digits, as printed on the appliance."""

    model_code: Annotated[str, Field(max_length=20)]


class OutletComplaint(Complaint):
    """`outlet`: three digits, as on the receipt."""

    outlet: Annotated[str, Field(max_length=20)]


@router.get("/repairs/{number}")
def repair(office: TheOffice, number: str) -> dict[str, object]:
    """How far a repair order is."""
    if (known := repairs().get(number)) is not None:
        visit = known.visit(office.now().date())
        return _repair(number, known.state, known.model_code, known.technician, visit)
    if (filed := office.filed.what(number, "repair")) is None:
        raise NoError(404, "unknown_number")
    booked = datetime.fromisoformat(str(filed["at"]))
    return _repair(number, "booked", str(filed["model_code"]), "", _first_visit(booked))


@router.post("/repairs", status_code=201)
def book(office: TheOffice, key: Key, booking: Booking) -> dict[str, object]:
    """A new repair: the day after tomorrow in the morning."""
    if booking.model_code not in MODELS:
        raise NoError(422, "unknown_model")
    visit = _first_visit(office.now())
    product = MODELS[booking.model_code][1]
    return office.file(
        key,
        "appliance",
        "repair",
        booking,
        lambda number: {"number": number, "product": product, "visit": visit.isoformat()},
    )


@router.get("/parts/{code}")
def part(office: TheOffice, code: str) -> dict[str, object]:
    """Whether a spare part is in stock, its price, and when it comes otherwise."""
    if (found := parts().get(code)) is None:
        raise NoError(404, "unknown_part")
    arrives = office.now().date() + timedelta(days=found.arrives_in)
    return {
        "code": code,
        "name": found.name,
        "product": MODELS[code[:4]][1],
        "available": found.stock > 0,
        "stock": found.stock,
        "price": float(found.price),
        "arrives": None if found.stock else arrives.isoformat(),
    }


@router.get("/outlets/{code}")
def outlet(code: str) -> dict[str, object]:
    return {"code": code, "name": _outlet(code)}


@router.post("/complaints", status_code=201)
def complain(office: TheOffice, key: Key, complaint: OutletComplaint) -> dict[str, object]:
    """About an outlet."""
    if complaint.outlet not in OUTLETS:
        raise NoError(422, "unknown_outlet")
    name = OUTLETS[complaint.outlet]
    answer_by = office.now().date() + timedelta(days=2)
    return office.file(
        key,
        "appliance",
        "complaint",
        complaint,
        lambda number: {"number": number, "outlet": name, "answer_by": answer_by.isoformat()},
    )


def _outlet(code: str) -> object:
    if code not in OUTLETS:
        raise NoError(404, "unknown_outlet")
    return OUTLETS[code]


def _repair(number: str, state: str, model_code: str, technician: str, visit: datetime) -> dict[str, object]:
    model, product = MODELS[model_code]
    return {
        "number": number,
        "state": state,
        "model": model,
        "product": product,
        "technician": technician,
        "visit": visit.isoformat(),
    }


def _first_visit(now: datetime) -> datetime:
    return datetime.combine(now.date() + timedelta(days=2), time(9), ZONE)
