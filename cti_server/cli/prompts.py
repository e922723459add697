"""`cti prompts`: what the IVR says."""

import os
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from cti_server.prompts import DamagedSound, unpack_music, unpack_prompts
from ivr_flows.check import check as check_flow
from ivr_flows.flow import by_flow_id, load_flows
from ivr_flows.promptbook import Prompt, PromptBook
from ivr_flows.yamlfile import FlowError

app = typer.Typer(
    no_args_is_help=True, help="What the IVR says: render, check, unpack; recordings of your own · 提示音"
)

Voices = Annotated[
    Path,
    typer.Option(envvar="CTI_VOICES", help="The folder package/voices of the npm package kokoro-js."),
]


@app.command()
def render(
    voices: Voices = Path("package/voices"),
    lang: Annotated[str, typer.Option(help="Only this language (zh, en).")] = "",
    id: Annotated[str, typer.Option(help="Only this prompt, even if it did not change.")] = "",
) -> None:
    """Speak the prompts whose text, voice or speed changed. Needs `pip install 'cti-server[voices]'`."""
    from cti_server.prompts.kokoro import VoicesMissing
    from cti_server.prompts.render import render as render_prompts

    book = _book()
    known = {prompt.id for prompt in book.texts}
    if id and id not in known:
        _fail(f"there is no prompt {id!r}: add it to ivr_flows/prompts/<language>.yaml first")
    only = [
        prompt
        for prompt in (book.texts if id else book.stale())
        if lang in ("", prompt.language) and id in ("", prompt.id)
    ]
    try:
        render_prompts(book, voices, only, lambda prompt, ms: typer.echo(f"{prompt.language}/{prompt.id} {ms} ms"))
    except (VoicesMissing, ValueError) as error:
        _fail(str(error))
    typer.echo(f"{len(only)} rendered, {len(book.texts) - len(only)} left alone")


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="Recordings: wav, ogg, flac or mp3 · 录音文件")],
    language: Annotated[str, typer.Option("--language", "--lang", help="The language spoken (zh, en) · 语言")],
    id: Annotated[
        str, typer.Option(help="The prompt; without it each file is named after its prompt · 提示音名称")
    ] = "",
    words: Annotated[
        str, typer.Option(help="What is said, when it is not the text of the shipped prompt · 所说的文字")
    ] = "",
) -> None:
    """Let callers hear recordings of a person, at once: checked, trimmed, as loud as the others · 使用自有录音"""
    from cti_server.cli.own_prompts import import_recording

    if (id or words) and len(files) > 1:
        _fail("--id and --words go with one file: name several after their prompts")
    refused = [not import_recording(_book(), Prompt(id or path.stem, language), words, path) for path in files]
    if any(refused):
        raise typer.Exit(1)


@app.command("list")
def list_() -> None:
    """The recordings of your own that callers hear · 列出自有录音"""
    from cti_server.cli.own_prompts import list_recordings

    list_recordings(_book())


@app.command()
def remove(
    id: Annotated[str, typer.Argument(help="The prompt · 提示音名称")],
    language: Annotated[str, typer.Option("--language", "--lang", help="zh, en · 语言")],
) -> None:
    """Remove a recording of your own: callers hear the shipped prompt again · 删除自有录音，恢复随程序提供的"""
    from cti_server.cli.own_prompts import remove_recording

    if not remove_recording(_book(), Prompt(id, language)):
        raise typer.Exit(1)


@app.command()
def check(
    sounds: Annotated[
        bool, typer.Option(help="Also measure every sound: level, clipping, length; takes seconds.")
    ] = False,
) -> None:
    """Check every flow and every prompt; exit code 1 if something is wrong."""
    book = _book()
    try:
        flows = by_flow_id(load_flows())
    except FlowError as error:
        _fail(str(error))
    problems = [f"{flow.id}: {problem}" for flow in flows.values() for problem in check_flow(flow, book)]
    problems += [f"{prompt.language}/{prompt.id}: not rendered since its text changed" for prompt in book.stale()]
    if sounds:
        from cti_server.prompts.listen import doubts, spread

        problems += doubts(book)
        lowest, highest = spread(book)
        typer.echo(f"levels from {lowest:.2f} to {highest:.2f} dBFS")
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(1)
    typer.echo(f"{len(flows)} flows and {len(book.texts)} prompts are in order")


@app.command()
def unpack(
    target: Annotated[Path, typer.Argument(help="Folder for the wave files, e.g. .cti/prompts")],
    music: Annotated[Path | None, typer.Option(help="Folder for the hold music, nothing else in it.")] = None,
) -> None:
    """Write the wave files of the shipped prompts, as Asterisk plays them; what is up to date is left alone."""
    try:
        written = unpack_prompts(_book(), target) + (unpack_music(music) if music else 0)
    except (DamagedSound, OSError) as error:
        _fail(str(error))
    typer.echo(f"{written} files written")


@app.command()
def music(
    target: Annotated[Path, typer.Argument(help="The Ogg file to write.")] = Path("ivr_flows/music/quiet_water.ogg"),
) -> None:
    """Compose the hold music anew."""
    from cti_server.prompts.music import compose
    from cti_server.prompts.render import write_ogg

    write_ogg(target, compose(), compression=0.87)
    typer.echo(f"{target} {os.path.getsize(target) // 1024} KiB")


def _book() -> PromptBook:
    try:
        return PromptBook.load()
    except FlowError as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)
