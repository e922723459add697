"""`cti prompts import`, `list` and `remove`: a company's own recordings, in the database."""

from pathlib import Path

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.cli.db import in_transaction
from cti_server.cli.language import terminal_language
from cti_server.flows.examination import first_flow
from cti_server.flows.uses import flows_saying
from cti_server.flows.versions import texts_in_force
from cti_server.prompts import own
from cti_server.prompts.recorded import prepare
from cti_server.prompts.words import RecordingRefused, Said, to_record
from ivr_flows.promptbook import Prompt, PromptBook

_USER = "cti prompts"


def import_recording(shipped: PromptBook, prompt: Prompt, words: str, file: Path) -> bool:
    """Whether callers hear it now; why not is said."""
    try:
        text = to_record(shipped, prompt, words)
        prepared = prepare(text, file)

        async def work(session: AsyncSession) -> None:
            await own.put_in_place(session, shipped, prompt, text.text, prepared, user=_USER)

        in_transaction(work)
    except RecordingRefused as refusal:
        typer.echo(f"{file}: {_in_words(refusal.said)}", err=True)
        return False
    name = f"{prompt.language}/{prompt.id}"
    cut, gain = prepared.trimmed_ms, prepared.gain_db
    done = Said(f"剪掉静音 {cut} 毫秒，音量 {gain:+.1f} dB", f"{cut} ms trimmed, {gain:+.1f} dB")
    typer.echo(f"{name} {prepared.milliseconds} ms, {_in_words(done)}")
    for doubt in prepared.doubts:
        typer.echo(f"{name}: {_in_words(doubt)}", err=True)
    return True


def list_recordings(shipped: PromptBook) -> None:
    """One a line: prompt, length, when, by whom, what it says."""
    for prompt, recording in in_transaction(own.own_recordings).items():
        old = Said("  ← 随程序提供的文字已改，请重录", "  ← the shipped text has changed: record it again")
        mark = _in_words(old) if recording.outdated(shipped, prompt) else ""
        typer.echo(
            f"{prompt.language}/{prompt.id}\t{recording.milliseconds} ms\t{recording.saved_at:%Y-%m-%d %H:%M}\t"
            f"{recording.saved_by}\t{recording.words}{mark}"
        )


def remove_recording(shipped: PromptBook, prompt: Prompt) -> bool:
    """Whether it is gone; why not is said."""
    name = f"{prompt.language}/{prompt.id}"

    async def work(session: AsyncSession) -> Said | None:
        flows = [flow for text in await texts_in_force(session) if (flow := first_flow([text])) is not None]
        users = flows_saying(flows).get(prompt, ()) if prompt not in shipped else ()
        if users:
            listed = ", ".join(users)
            return Said(
                f"流程 {listed} 正在使用它，请先修改并发布", f"flow {listed} says it: change and publish that first"
            )
        if not await own.give_up(session, prompt):
            return Said("没有这条自有录音", "there is no such recording of yours")
        return None

    refusal = in_transaction(work)
    if refusal is not None:
        typer.echo(f"{name}: {_in_words(refusal)}", err=True)
        return False
    back = Said("已恢复随程序提供的提示音", "callers hear the shipped prompt again")
    gone = Said("已删除", "removed")
    typer.echo(f"{name}: {_in_words(back if prompt in shipped else gone)}")
    return True


def _in_words(said: Said) -> str:
    return said.zh if terminal_language() == "zh" else said.en
