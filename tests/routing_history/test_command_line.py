"""`cti routing explain`, `replay` and `simulate` in processes of their own, on real databases."""

from datetime import datetime
from pathlib import Path

import asyncpg
import pytest

from cti_server.floor.events import OfferMade, Recorded
from cti_server.floor.words import Millis
from cti_server.store.journal import Journal
from cti_server.store.spool import Spool
from tests.directory.test_routing_cli import _cti as cti
from tests.rig.postgres import Database
from tests.routing_history.center import START, two_queues

OTHER = """
version: 1
skills: {power: {zh: 供电, en: Power}, bills: {zh: 电费, en: Bills}}
queues:
  faults: {name: {zh: 故障, en: Faults}, requirement: power>=2, target: 5m}
  bills: {name: {zh: 电费, en: Bills}, requirement: power>=2}
"""


async def played(database: Database, folder: Path, minutes: int = 60) -> list[Recorded]:
    """A journal of some minutes, beginning at START."""
    events = two_queues(4, minutes, 1.2).play(minutes)
    journal = Journal(database.server, Spool(folder))
    await journal.open()
    await journal.append(events)
    await journal.close()
    return events


def local(minutes: int) -> str:
    return datetime.fromtimestamp(Millis(START + minutes * 60_000) / 1000).strftime("%Y-%m-%dT%H:%M:%S")  # noqa: DTZ006


@pytest.mark.parametrize(
    ("language", "words"), [("en", ("Decided", "then", "had ", "waited")), ("zh", ("判断", "当时", "空闲", "已等"))]
)
async def test_explain(database: Database, tmp_path: Path, language: str, words: tuple[str, ...]) -> None:
    events = await played(database, tmp_path)
    made = [recorded.event for recorded in events if isinstance(recorded.event, OfferMade)]
    first = next(event for event in made if event.why.rivals and event.why.side == "agent")
    code, output, errors = await cti(database, "explain", first.offer, "--language", language)
    assert (code, errors) == (0, "")
    assert all(word in output for word in words[1:])
    assert words[0] not in output, "it was reproduced"
    assert f"坐席{first.agent[-1]}" in output
    freed = next(event for event in made if event.why.side == "contact")
    assert (await cti(database, "explain", freed.offer))[0] == 0
    code, _, errors = await cti(database, "explain", "call-1.99")
    assert (code, errors) == (1, "there is no offer call-1.99 (see a timeline)\n")


async def test_what_cannot_be_told(database: Database, tmp_path: Path) -> None:
    events = await played(database, tmp_path, 20)
    offer = next(recorded.event.offer for recorded in events if isinstance(recorded.event, OfferMade))
    owner = await asyncpg.connect(database.owner)
    await owner.execute("DELETE FROM journal WHERE seq < 5")
    await owner.close()
    code, _, errors = await cti(database, "explain", offer)
    assert (code, errors.startswith("event 1 is not in the journal")) == (2, True), errors
    code, _, errors = await cti(database, "replay", "--from", local(5))
    assert (code, errors.startswith("event 1 is not in the journal")) == (2, True), errors


async def test_replay(database: Database, tmp_path: Path) -> None:
    await played(database, tmp_path)
    other, html = tmp_path / "other.yaml", tmp_path / "day.html"
    other.write_text(OTHER, encoding="utf-8")
    hours = ("replay", "--from", local(0), "--to", local(60))
    code, output, errors = await cti(database, *hours)
    assert (code, errors) == (0, "")
    assert ("happened" in output, "replayed" in output, "instead" in output) == (True, True, False)
    code, output, errors = await cti(
        database, *hours, "--configuration", str(other), "--html", str(html), COLUMNS="160"
    )
    assert (code, errors) == (0, "")
    assert [output.count(word) for word in ("happened", "replayed", "instead", "change")] == [3] * 4
    assert html.read_text(encoding="utf-8").startswith("<!doctype html>")
    code, _, errors = await cti(database, "replay", "--from", local(120))
    assert (code, errors) == (1, "no contact was queued in this time\n")


async def test_replay_with_other_skills(database: Database, tmp_path: Path) -> None:
    await played(database, tmp_path)
    skills = tmp_path / "skills.yaml"
    skills.write_text('staff: [{id: "1001", skills: {power: 9, bills: 9}}]', encoding="utf-8")
    code, output, errors = await cti(
        database, "replay", "--from", local(0), "--agents", str(skills), "--language", "zh", COLUMNS="160"
    )
    assert (code, errors) == (0, "")
    assert ("改后" in output, "变化" in output) == (True, True)
    skills.write_text("staff: [{id: x, skills: {power: 11}}]", encoding="utf-8")
    code, _, errors = await cti(database, "replay", "--from", local(0), "--agents", str(skills))
    assert (code, errors.splitlines()) == (1, ["staff[0].skills.power: 11 is out of range — Use 1 to 10"])


async def test_the_demo_s_scenario_with_the_demo_s_rules(demo_database: Database, tmp_path: Path) -> None:
    scenario = Path(__file__).parents[2] / "cti_server/demo_data/scenario.yaml"
    html = tmp_path / "page.html"
    code, output, errors = await cti(
        demo_database, "simulate", str(scenario), "--runs", "3", "--html", str(html), COLUMNS="160"
    )
    assert (code, errors) == (0, "")
    assert ("Power faults" in output, "95 % interval" in output) == (True, True)
    assert html.stat().st_size > 5_000


async def test_a_scenario_with_its_own_agents_and_two_sets_of_rules(database: Database, tmp_path: Path) -> None:
    one, two, scenario = tmp_path / "one.yaml", tmp_path / "two.yaml", tmp_path / "scenario.yaml"
    one.write_text(OTHER, encoding="utf-8")
    two.write_text(OTHER.replace("requirement: power>=2}", "requirement: bills}"), encoding="utf-8")
    scenario.write_text(
        "length: 2h\nstaff: [{id: a, count: 4, skills: {power: 3, bills: 1}}]\n"
        "arrivals: [{queue: faults, per_hour: 60, work: 2m, patience: 1m}]\n",
        encoding="utf-8",
    )
    both = ("simulate", str(scenario), "--configuration", str(one), "--configuration", str(two))
    code, output, errors = await cti(database, *both, COLUMNS="160")
    assert (code, errors) == (0, "")
    assert ("one" in output, "two" in output, "change" in output) == (True, True, True)
    scenario.write_text("length: 2h\nstaff: []\narrivals: [{queue: nobody, per_hour: 60, work: 2m}]", encoding="utf-8")
    code, _, errors = await cti(database, *both)
    assert (code, "arrivals[0].queue" in errors) == (1, True), errors
    code, _, errors = await cti(database, "simulate", str(tmp_path / "gone.yaml"))
    assert (code, "No such file" in errors) == (2, True), errors
