"""Where a number is from, fast enough for every call."""

import pytest

from cti_server.customers.places import Places
from tests.rig.effort import effort


@pytest.mark.parametrize(
    ("e164", "place"),
    [
        ("+8613809000001", "江苏南京 移动"),
        ("+8613816000001", "上海 移动"),
        ("+8619951000001", "江苏苏州 电信"),
        ("+862583190000", "江苏南京"),
        ("+861062345678", "北京"),
        ("+8651683190000", "江苏徐州"),
        ("+85223456789", "香港"),
        ("+8695598", ""),
        ("+864008123456", ""),
        ("", ""),
        ("garbage", ""),
    ],
)
def test_place(places: Places, e164: str, place: str) -> None:
    assert places.of(e164) == place


def test_a_look_up_searches_nothing(places: Places) -> None:
    numbers = ["+8613809000001", "+862583190000", "+8619951000001", "+8651683190000"]
    with effort() as spent:
        for number in numbers:
            places.of(number)
    assert spent.calls < 1_000
