"""What the environment may say, and what is said back."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from cti_server.settings import Settings


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CTI_HOME", str(tmp_path))


def test_the_environment_beats_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cti.toml").write_text('http_port = 9000\nsip_port = 5090\norigins = ["https://a.example"]\n')
    monkeypatch.setenv("CTI_HTTP_PORT", "9001")
    settings = Settings()
    assert (settings.http_port, settings.sip_port, settings.origins) == (9001, 5090, ("https://a.example",))


def test_lists_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTI_ORIGINS", "https://a.example, https://b.example")
    assert Settings().origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("CTI_RTP_PORTS", "18000", "FIRST-LAST"),
        ("CTI_RTP_PORTS", "19999-18000", "FIRST-LAST"),
        ("CTI_HTTP_PORT", "0", "greater than or equal to 1"),
        ("CTI_SIP_PORT", "none", "valid integer"),
    ],
)
def test_nonsense_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError, match=says):
        Settings()


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CTI_DATABASE_URL", "postgresql://u:hidden@h/d")
    monkeypatch.setenv("CTI_AMI_SECRET", "hidden")
    assert "hidden" not in repr(Settings())


def test_the_demo_rings_its_own_people_all_day_but_no_real_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().dial_hours == "08:00-21:00"
    assert Settings(demo=True).dial_hours == "00:00-24:00"
    monkeypatch.setenv("CTI_TRUNK_OUT_HOST", "sip.example.net")
    assert Settings(demo=True).dial_hours == "08:00-21:00"
    monkeypatch.delenv("CTI_TRUNK_OUT_HOST")
    monkeypatch.setenv("CTI_DIAL_HOURS", "09:00-18:00")
    assert Settings(demo=True).dial_hours == "09:00-18:00"
