"""`cti flow list`, `show`, `save`, `publish`, `versions`, `diff`, `rollback`: flows as the database keeps them."""

import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.callbacks import dial_policy
from cti_server.cli.db import in_transaction
from cti_server.cli.documents import tell
from cti_server.cli.language import terminal_language
from cti_server.connectors.reachable import reachable
from cti_server.demo_data.connected import demo_lives_in, opened_connectors
from cti_server.flows import publishing, versions
from cti_server.flows.differences import differences
from cti_server.flows.examination import Examined, Surroundings, examine, examine_together, first_flow, read_text
from cti_server.flows.publishing import Publication, StaleFlowError
from cti_server.flows.versions import FlowState, Version
from cti_server.settings import Settings
from ivr_flows.yamlfile import MAX_BYTES
from routing.problems import ConfigurationError

_USER = "cti flow"

T = TypeVar("T")

File = Annotated[Path, typer.Argument(help="A flow as YAML; - reads standard input · 流程文件")]
FlowId = Annotated[str, typer.Argument(metavar="FLOW", help="Id of a flow, such as 95598 · 流程名")]
Number = Annotated[int | None, typer.Option(min=1, help="Number of a version · 版本号")]
Note = Annotated[str, typer.Option(help="What changed, for the list of versions · 说明")]
BasedOn = Annotated[int | None, typer.Option(help="Refuse unless this is the latest version · 仅当最新版本为此号时")]


def add_commands(app: typer.Typer) -> None:
    """Add the commands to the group `cti flow`."""
    for name, command in (
        ("list", list_),
        ("show", show),
        ("save", save),
        ("publish", publish),
        ("versions", versions_),
        ("diff", diff),
        ("rollback", rollback),
    ):
        app.command(name=name)(command)


def list_() -> None:
    """Every flow with its numbers and what is in force · 列出全部流程"""
    for state in in_transaction(versions.flow_states):
        shown = state.in_force or state.latest
        numbers = shown.outline.get("numbers")
        listed = " ".join(map(str, numbers)) if isinstance(numbers, list) else ""
        words = [f"版本 · version {state.in_force.number}" if state.in_force else "未发布 · not published"]
        if state.draft is not None:
            words.append(f"草稿 · draft {state.draft.number} ({state.draft.saved_by})")
        if state.offered is not None:
            words.append(f"新文件 · offered by the release {state.offered.number}")
        typer.echo(f"{shown.flow_id}\t{listed or '-'}\t{', '.join(words)}")


def show(
    flow: FlowId,
    version: Number = None,
    latest: Annotated[bool, typer.Option(help="The latest version, published or not · 最新版本")] = False,
) -> None:
    """Print a flow as it was written; without options what is in force · 显示流程"""

    async def work(session: AsyncSession) -> tuple[int, str]:
        state = await _state(session, flow)
        number = version or (state.latest if latest or state.in_force is None else state.in_force).number
        return number, await _text(session, flow, number)

    number, text = in_transaction(work)
    typer.echo(text, nl=False)
    typer.echo(f"版本 · version {number}", err=True)


def save(file: File, note: Note = "", based_on: BasedOn = None) -> None:
    """Keep a flow as its next version without putting it in force · 存为草稿"""
    text = _read(file)

    async def work(session: AsyncSession) -> tuple[Version, Examined]:
        examined = await _examined(session, text)
        flow_id = examined.flow.id if examined.flow else _refuse(examined)
        saved = await publishing.save(session, flow_id, examined, user=_USER, note=note, expected=based_on)
        return saved, examined

    saved, examined = _done(work)
    tell(examined.problems)
    typer.echo(f"已存为版本 {saved.number}，未发布 · saved as version {saved.number}, not published")


def publish(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Flows as YAML; - reads standard input · 流程文件，可有多个")
    ] = None,
    saved: Annotated[
        list[str] | None, typer.Option(metavar="FLOW", help="Publish the latest version of this flow · 发布已存的草稿")
    ] = None,
    note: Note = "",
    based_on: BasedOn = None,
) -> None:
    """Put flows in force, all or none: files, or what was saved. New calls get them at once · 发布流程，立即生效"""
    if not files and not saved:
        raise typer.BadParameter("give files, or --saved FLOW · 请给出文件，或 --saved 流程名")
    if based_on is not None and len([*(files or ()), *(saved or ())]) > 1:
        raise typer.BadParameter("--based-on goes with one flow · --based-on 只用于一个流程")
    written = [_read(file) for file in files or ()]

    async def work(session: AsyncSession) -> list[Publication]:
        states = [await _state(session, flow) for flow in dict.fromkeys(saved or ())]
        if states and based_on not in (None, states[0].latest.number):
            raise StaleFlowError(states[0].latest)
        latest = [state.latest for state in states]
        kept = [(one.flow_id, await _text(session, one.flow_id, one.number)) for one in latest]
        found = examine_together([*((None, text) for text in written), *kept], await _around(session))
        names = [*(str(file) for file in files or ()), *(id_ for id_, _ in kept)]
        publications = [
            Publication(one.flow.id if one.flow else name, one, 0) for name, one in zip(names, found, strict=True)
        ]
        if not all(one.usable for one in found):
            raise ConfigurationError(publishing.problems_of(publications))
        for place, one in enumerate(publications):
            if place < len(written):
                version = await publishing.save(
                    session, one.flow_id, one.examined, user=_USER, note=note, expected=based_on
                )
            else:
                version = latest[place - len(written)]
            publications[place] = replace(one, number=version.number)
        await publishing.put_all_in_force(session, publications, user=_USER, note=note)
        return publications

    done = _done(work)
    tell(publishing.problems_of(done))
    for one in done:
        typer.echo(f"已发布 {one.flow_id} 版本 {one.number} · published {one.flow_id} version {one.number}")


def versions_(flow: FlowId, limit: Annotated[int, typer.Option(min=1, max=1000)] = 20) -> None:
    """What was saved, newest first; * is in force · 版本列表"""

    async def work(session: AsyncSession) -> tuple[FlowState, list[Version]]:
        return await _state(session, flow), list(await versions.versions(session, flow, limit=limit))

    state, found = in_transaction(work)
    for version in found:
        mark = "*" if state.in_force is not None and state.in_force.number == version.number else " "
        published = f"{version.published.at:%Y-%m-%d %H:%M}" if version.published else "-"
        typer.echo(
            f"{mark}{version.number}\t{version.hash or '-'}\t{version.saved_at:%Y-%m-%d %H:%M}\t{version.saved_by}"
            f"\t{published}\t{version.note}"
        )


def diff(
    flow: FlowId,
    from_: Annotated[int | None, typer.Option("--from", min=1, help="Normally what is in force · 默认现行版本")] = None,
    to: Annotated[int | None, typer.Option(min=1, help="Normally the latest · 默认最新版本")] = None,
) -> None:
    """What changed between two versions: the text, then step by step · 比较两个版本"""

    async def work(session: AsyncSession) -> tuple[list[int], list[str]]:
        state = await _state(session, flow)
        numbers = [from_ or (state.in_force or state.latest).number, to or state.latest.number]
        return numbers, [await _text(session, flow, number) for number in numbers]

    numbers, texts = in_transaction(work)
    found = differences(texts[0], texts[1], (f"{flow} {numbers[0]}", f"{flow} {numbers[1]}"))
    typer.echo(found.lines, nl=False)
    chinese = terminal_language() == "zh"
    for change in found.changes or ():
        typer.echo(f"· {change.words['zh' if chinese else 'en']}")


def rollback(
    flow: FlowId,
    version: Annotated[int, typer.Argument(min=1, help="The older version · 旧版本号")],
    note: Note = "",
) -> None:
    """Publish an older version anew, as the next version · 回退到旧版本"""

    async def work(session: AsyncSession) -> tuple[Version, Examined]:
        examined = await _examined(session, await _text(session, flow, version), flow)
        restored = await publishing.save_and_publish(
            session, flow, examined, user=_USER, note=note, restored_from=version
        )
        return restored, examined

    restored, examined = _done(work)
    tell(examined.problems)
    typer.echo(
        f"版本 {version} 已重新发布为 {restored.number} · version {version} is in force again as {restored.number}"
    )


# -- in and out ------------------------------------------------------------------------------------------------------


def _done(work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """What `work` returns, or why not, and exit status 1."""
    try:
        return in_transaction(work)
    except ConfigurationError as error:
        tell(error.problems)
        typer.echo("未发布，现行流程不变 · nothing was changed; what is in force stays", err=True)
    except StaleFlowError as error:
        who = f"{error.latest.saved_by}, {error.latest.saved_at:%Y-%m-%d %H:%M}" if error.latest else "-"
        number = error.latest.number if error.latest else 0
        typer.echo(f"最新版本为 {number}（{who}） · version {number} is the latest ({who})", err=True)
    raise typer.Exit(1)


def _read(file: Path) -> str:
    try:
        if str(file) == "-":
            return read_text(sys.stdin.buffer.read(MAX_BYTES + 1))
        with file.open("rb") as opened:
            return read_text(opened.read(MAX_BYTES + 1))
    except OSError as error:
        typer.echo(f"{file}: {error.strerror}", err=True)
        raise typer.Exit(2) from None
    except ConfigurationError as error:
        tell(error.problems)
        raise typer.Exit(1) from None


async def _examined(session: AsyncSession, text: str, flow: str | None = None) -> Examined:
    return examine(text, flow, await _around(session))


async def _around(session: AsyncSession) -> Surroundings:
    """As the server would check it, with the connectors of these settings, or of the demo in this state folder."""
    settings = Settings()
    if demo_lives_in(settings.home):
        settings = Settings(demo=True)
    in_force = [first_flow([text]) for text in await versions.texts_in_force(session)]
    library = {flow.id: flow for flow in in_force if flow is not None}
    return await versions.surroundings(session, reachable(library, opened_connectors(settings), dial_policy(settings)))


def _refuse(examined: Examined) -> NoReturn:
    raise ConfigurationError(examined.problems)


async def _state(session: AsyncSession, flow: str) -> FlowState:
    state = await versions.flow_state(session, flow)
    return state if state is not None else _unknown(f"没有流程 {flow} · there is no flow {flow}")


async def _text(session: AsyncSession, flow: str, number: int) -> str:
    if await versions.one_version(session, flow, number) is None:
        _unknown(f"流程 {flow} 没有版本 {number} · flow {flow} has no version {number}")
    return await versions.text_of(session, flow, number)


def _unknown(words: str) -> NoReturn:
    typer.echo(words, err=True)
    raise typer.Exit(1)
