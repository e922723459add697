"""A floor comes back from its image and its journal exactly as it was."""

from pathlib import Path

import pytest

from cti_server.floor.events import Recorded
from cti_server.floor.snapshot import dump_floor
from cti_server.recovery import FloorImage, recover
from tests.floor.world import ANNE, World


def history() -> World:
    world = World.open()
    world.ready(ANNE)
    world.answer(world.call())
    world.call()
    return world


async def _recovered(world: World, image: FloorImage, last: int | None = None) -> bytes:
    async def read(after: int, limit: int) -> list[Recorded]:
        return world.events[after : min(after + limit, after + 7)]

    floor, at = await recover(image, read, last or len(world.events))
    assert at in (0, world.events[floor.seq - 1].at)
    return dump_floor(floor)


async def test_from_the_journal_alone(tmp_path: Path) -> None:
    world = history()
    assert await _recovered(world, FloorImage(tmp_path / "floor.json", "epoch")) == dump_floor(world.floor)


@pytest.mark.parametrize("more", [0, 3])
async def test_from_an_image_and_what_came_after(tmp_path: Path, more: int) -> None:
    world = history()
    await FloorImage(tmp_path / "floor.json", "epoch").save(world.floor, at_least=1)
    for _ in range(more):
        world.call()
    assert await _recovered(world, FloorImage(tmp_path / "floor.json", "epoch")) == dump_floor(world.floor)


@pytest.mark.parametrize("content", [b"", b"{}\n{}", b'{"epoch": "epoch"}\n{"seq": "x"}', b"\xff\xfe"])
async def test_a_spoilt_image_costs_nothing_but_time(tmp_path: Path, content: bytes) -> None:
    world = history()
    (tmp_path / "floor.json").write_bytes(content)
    assert await _recovered(world, FloorImage(tmp_path / "floor.json", "epoch")) == dump_floor(world.floor)


async def test_an_image_of_another_journal_is_not_believed(tmp_path: Path) -> None:
    world, other = history(), World.open()
    await FloorImage(tmp_path / "floor.json", "another").save(other.floor, at_least=1)
    assert await _recovered(world, FloorImage(tmp_path / "floor.json", "epoch")) == dump_floor(world.floor)


async def test_an_image_ahead_of_the_journal_is_not_believed(tmp_path: Path) -> None:
    world = history()
    await FloorImage(tmp_path / "floor.json", "epoch").save(world.floor, at_least=1)
    before = World.open()
    assert await _recovered(before, FloorImage(tmp_path / "floor.json", "epoch")) == dump_floor(before.floor)


async def test_a_journal_with_a_hole_is_refused(tmp_path: Path) -> None:
    world = history()
    with pytest.raises(ValueError, match="should reach"):
        await _recovered(world, FloorImage(tmp_path / "floor.json", "epoch"), last=len(world.events) + 1)


async def test_images_are_written_now_and_then_only(tmp_path: Path) -> None:
    world = history()
    image = FloorImage(tmp_path / "floor.json", "epoch")
    await image.save(world.floor)
    assert not (tmp_path / "floor.json").exists()
    await image.save(world.floor, at_least=1)
    assert (tmp_path / "floor.json").exists()
