"""A company's own recordings, on a real PostgreSQL: in place of the shipped voice at once, and back again."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import numpy as np
import pytest
import pytest_asyncio
import soundfile
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from typer.testing import CliRunner

from cti_server.cli.prompts import app
from cti_server.prompts import DamagedSound, not_unpacked, unpack_prompts
from cti_server.prompts.heard import Heard
from cti_server.prompts.levels import ACTIVE_LEVEL_DB, Audio, active_level
from cti_server.prompts.own import MOST_RECORDINGS, give_up, own_recordings, put_in_place
from cti_server.prompts.recorded import prepare
from cti_server.prompts.words import RecordingRefused, to_record
from cti_server.store.base import plain_url, session_factory
from cti_server.store.watch import watch
from cti_server.workers import Workers
from ivr_flows.promptbook import Prompt, PromptBook, UnknownPrompt
from tests.prompts.sounds import file_of, silence, speech
from tests.rig.postgres import Database

WHOLE = PromptBook.load()
GOODBYE, NOTICE, OTHER = Prompt("goodbye", "zh"), Prompt("spring_notice", "zh"), Prompt("no_input", "zh")
SHIPPED = PromptBook(
    WHOLE.folder, WHOLE.texts, {prompt: WHOLE.sounds[prompt] for prompt in (GOODBYE, OTHER, Prompt("goodbye", "en"))}
)
"""All texts, but only three sounds to unpack."""


@pytest_asyncio.fixture
async def heard(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Heard]:
    workers = Workers()
    made = Heard(SHIPPED, tmp_path / "prompts", session_factory(engine), workers)
    await made.follow()
    yield made
    workers.close()


async def _record(session: AsyncSession, folder: Path, prompt: Prompt, pitch: float, words: str = "") -> None:
    file = folder / "take.wav"
    file.write_bytes(file_of(np.concatenate([silence(0.5), speech(3, pitch=pitch)])))
    wanted = to_record(SHIPPED, prompt, words)
    prepared = await asyncio.to_thread(prepare, wanted, file)
    await put_in_place(session, SHIPPED, prompt, wanted.text, prepared, user="wang")
    await session.commit()


def _played(path: str) -> Audio:
    audio, rate = soundfile.read(f"{path}.wav", dtype="float32")
    assert rate == 8000
    return np.asarray(audio, dtype=np.float32)


def _written(path: str) -> int:
    return Path(f"{path}.wav").stat().st_mtime_ns


def _pitch(audio: Audio) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(audio))) * 8000 / len(audio))


async def test_callers_hear_the_recording_until_it_is_given_up(
    heard: Heard, session: AsyncSession, tmp_path: Path
) -> None:
    path = heard.resolve(GOODBYE)
    shipped = _played(path)
    with pytest.raises(UnknownPrompt):
        heard.resolve(NOTICE)
    with open(f"{path}.wav", "rb") as playing:  # noqa: ASYNC230 - as Asterisk does, in the middle of it
        playing.seek(2000)
        await _record(session, tmp_path, GOODBYE, 500)
        await _record(session, tmp_path, NOTICE, 700, "春节期间照常服务。")
        await heard.follow()
        rest = playing.read()
    assert len(rest) == 44 + 2 * len(shipped) - 2000, "who hears it just now hears it to its end"
    assert heard.resolve(GOODBYE) == path
    for prompt, pitch in ((GOODBYE, 500), (NOTICE, 700)):
        audio = _played(heard.resolve(prompt))
        assert _pitch(audio) == pytest.approx(pitch, abs=6)
        assert active_level(audio, 8000) == pytest.approx(active_level(shipped, 8000), abs=1.0)
        assert active_level(audio, 8000) == pytest.approx(ACTIVE_LEVEL_DB, abs=1.0)
    assert heard.book.texts[NOTICE].text == "春节期间照常服务。"
    assert heard.book.texts[GOODBYE] == SHIPPED.texts[GOODBYE]
    assert heard.book.sounds[NOTICE].milliseconds == pytest.approx(3100, abs=200)
    assert NOTICE not in heard.shipped
    english = _played(heard.resolve(Prompt("goodbye", "en")))
    await _record(session, tmp_path, GOODBYE, 600)
    await heard.follow()
    assert _pitch(_played(path)) == pytest.approx(600, abs=6)
    for prompt in (GOODBYE, NOTICE):
        assert await give_up(session, prompt)
        assert not await give_up(session, prompt)
    await session.commit()
    await heard.follow()
    assert np.array_equal(_played(path), shipped)
    assert np.array_equal(_played(heard.resolve(Prompt("goodbye", "en"))), english), "each language by itself"
    with pytest.raises(UnknownPrompt):
        heard.resolve(NOTICE)


async def test_every_server_follows_and_the_next_one_starts_with_it(
    database: Database, heard: Heard, session: AsyncSession, tmp_path: Path
) -> None:
    followed = asyncio.Event()

    async def follow() -> None:
        await heard.keep_following()
        if NOTICE in heard.book:
            followed.set()

    watching = asyncio.create_task(watch(database.server, "prompts", follow))
    await _record(session, tmp_path, NOTICE, 700, "春节期间照常服务。")
    await asyncio.wait_for(followed.wait(), 20)
    watching.cancel()
    again = Heard(SHIPPED, tmp_path / "prompts", heard._sessions, heard._workers)
    before = _written(heard.resolve(NOTICE))
    await again.follow()
    assert again.resolve(NOTICE) == heard.resolve(NOTICE)
    assert _written(again.resolve(NOTICE)) == before, "what is unpacked is left alone"
    fresh = Heard(SHIPPED, tmp_path / "another", heard._sessions, heard._workers)
    await fresh.follow()
    assert _pitch(_played(fresh.resolve(NOTICE))) == pytest.approx(700, abs=6)


async def test_a_recording_damaged_in_the_database_costs_only_itself(
    heard: Heard, session: AsyncSession, tmp_path: Path
) -> None:
    shipped = _played(heard.resolve(GOODBYE))
    await _record(session, tmp_path, GOODBYE, 500)
    await _record(session, tmp_path, NOTICE, 700, "春节期间照常服务。")
    await session.execute(text("UPDATE prompt_recordings SET sound = 'OggS' WHERE prompt_id = 'goodbye'"))
    await session.commit()
    await heard.follow()
    assert np.array_equal(_played(heard.resolve(GOODBYE)), shipped)
    assert _pitch(_played(heard.resolve(NOTICE))) == pytest.approx(700, abs=6)


def test_a_missing_recording_is_named(tmp_path: Path) -> None:
    own = {NOTICE: "0" * 64}
    assert not_unpacked(SHIPPED, tmp_path, own) == {*SHIPPED.sounds, NOTICE}
    with pytest.raises(DamagedSound, match="zh/spring_notice is missing or damaged") as caught:
        unpack_prompts(SHIPPED, tmp_path, own)
    assert caught.value.prompt == NOTICE


async def test_words_that_a_release_changed_make_a_recording_outdated(session: AsyncSession, tmp_path: Path) -> None:
    await _record(session, tmp_path, GOODBYE, 500)
    await _record(session, tmp_path, NOTICE, 700, "春节期间照常服务。")
    found = await own_recordings(session)
    assert [recording.outdated(SHIPPED, prompt) for prompt, recording in found.items()] == [False, False]
    newer = SHIPPED.with_recordings({GOODBYE: "再见。"})
    assert {prompt: recording.outdated(newer, prompt) for prompt, recording in found.items()} == {
        GOODBYE: True,
        NOTICE: False,
    }


async def test_there_is_an_end_to_recordings_and_to_their_size(
    database: Database, session: AsyncSession, tmp_path: Path
) -> None:
    rows = "INSERT INTO prompt_recordings SELECT 'zh', 'p' || n, '', '', '', '', 1, now(), '' "
    await session.execute(text(rows + "FROM generate_series(1, :n) n"), {"n": MOST_RECORDINGS})
    with pytest.raises(RecordingRefused, match="2000 recordings"):
        await _record(session, tmp_path, GOODBYE, 500)
    server = await asyncpg.connect(plain_url(database.server))
    with pytest.raises(asyncpg.CheckViolationError):
        await server.execute(
            "INSERT INTO prompt_recordings VALUES ('zh', 'x', '', '', $1, '', 1, now(), '')", bytes(2**20 + 1)
        )
    await server.close()


async def test_from_the_command_line(demo_database: Database, tmp_path: Path) -> None:
    good, bad = tmp_path / "goodbye.wav", tmp_path / "no_input.wav"
    good.write_bytes(file_of(np.concatenate([silence(1), speech(3)])))
    bad.write_bytes(file_of(silence(1)))

    async def cti(*arguments: str, locale: str = "en_US.UTF-8") -> tuple[int, str]:
        environment = {"CTI_DATABASE_URL": demo_database.server, "LC_ALL": locale}
        run = await asyncio.to_thread(CliRunner().invoke, app, arguments, "", environment, catch_exceptions=False)
        return run.exit_code, run.output

    code, said = await cti("import", str(good), str(bad), "--language", "zh")
    assert code == 1
    assert "zh/goodbye 3" in said
    assert "no_input.wav: the recording is silent" in said
    assert "录音没有声音" in (await cti("import", str(bad), "--language", "zh", locale="zh_CN.UTF-8"))[1]
    new = ("import", str(good), "--id", "spring_notice", "--language", "zh")
    assert "say which words" in (await cti(*new))[1]
    assert (await cti(*new, "--words", "春节期间照常服务。"))[0] == 0
    lines = [line.split("\t") for line in (await cti("list"))[1].splitlines()]
    assert [(line[0], line[3], line[4]) for line in lines] == [
        ("zh/goodbye", "cti prompts", SHIPPED.texts[GOODBYE].text),
        ("zh/spring_notice", "cti prompts", "春节期间照常服务。"),
    ]
    assert (await cti("remove", "goodbye", "--language", "zh"))[1] == (
        "zh/goodbye: callers hear the shipped prompt again\n"
    )
    assert await cti("remove", "goodbye", "--language", "zh") == (
        1,
        "zh/goodbye: there is no such recording of yours\n",
    )
    assert (await cti("import", str(tmp_path / "none.wav"), "--id", "goodbye", "--language", "zh"))[0] == 1
    assert (await cti("import", str(good), str(bad), "--id", "goodbye", "--language", "zh"))[0] == 1
    assert (await cti("remove", "spring_notice", "--language", "zh"))[0] == 0
    assert (await cti("list"))[1] == ""
