"""A queue's rules, or a calendar, on its own: told to the floor as JSON and read back."""

import json

import pytest

from routing.fragments import calendar_document, calendar_of, rules_document, rules_of
from routing.loading import ConfigurationError, load
from tests.routing.documents import document


def test_rules_are_read_as_they_were_written() -> None:
    rules = {"requirement": "power>=4", "relax": [{"after": "30s", "lower_by": 2}]}
    settings = load(document(**rules, ring="15s")).queues["fault"]
    written = rules_document(settings)
    assert written == rules
    assert rules_of("fault", json.loads(json.dumps(written))) == settings.rules


def test_a_calendar_is_read_as_it_was_written() -> None:
    office = load(document()).calendars["office"]
    assert calendar_of(json.loads(json.dumps(calendar_document(office)))) == office


def test_what_is_no_fragment_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"fault\.ring"):
        rules_of("fault", {"ring": "15s"})
    with pytest.raises(ConfigurationError, match=r"calendar\.zone"):
        calendar_of({"zone": "Nowhere", "week": {}})
