"""`cti routing explain`, `replay`, `simulate`: why it went as it went, and how it would have gone with other rules."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, NoReturn, TypeVar

import asyncpg
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from cti_server.cli.comparison import Run, comparison
from cti_server.cli.db import in_transaction
from cti_server.cli.documents import File, read_document, tell
from cti_server.cli.language import terminal_language
from cti_server.directory.examination import decode
from cti_server.directory.profiles import profiles
from cti_server.directory.publishing import current_configuration
from cti_server.routing_history.day import Day, read_day
from cti_server.routing_history.explained import OfferExplanation, explanation
from cti_server.routing_history.figures import Figures, figures_of, mean_of
from cti_server.routing_history.past import PastUnknownError
from cti_server.routing_history.replay import replay as replayed
from cti_server.store.base import at_millis, to_millis
from routing.configuration import Configuration
from routing.loading import load
from routing.problems import ConfigurationError, Text
from routing.rules import Profile, QueueRules
from routing.simulate import Call, Outcome, Scenario, Staff, simulate
from routing.simulate.reading import read
from routing.simulate.replicate import interval
from routing.simulate.report import report

app = typer.Typer()
T = TypeVar("T")
Spoken = Literal["zh", "en"]

_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]
Language = Annotated[str, typer.Option(help="zh or en; else that of the terminal · 语言")]
From = Annotated[datetime, typer.Option("--from", formats=_FORMATS, help="Local time · 起始时间（本地）")]
To = Annotated[datetime | None, typer.Option("--to", formats=_FORMATS, help="Else now · 截止时间，默认现在")]
Other = Annotated[Path | None, typer.Option(help="Rules to try instead, as `show` prints them · 要比较的路由配置")]
Others = Annotated[
    list[Path] | None, typer.Option("--configuration", help="Rules to use; several are compared · 可给多套路由配置")
]
Agents = Annotated[
    Path | None, typer.Option(help="Agents with other skills, as `staff` of a scenario · 坐席的另一套技能")
]
Html = Annotated[Path | None, typer.Option(help="Write the result as a page, too · 同时写成网页")]
Seed = Annotated[int, typer.Option(help="Draws what nobody can know · 随机种子")]


@app.command()
def explain(offer: str, language: Language = "") -> None:
    """Say why an offer went to this agent, and why not to each other one · 说明为何分配给这位坐席"""
    spoken = _language(language)
    found = _read(lambda connection: explanation(connection, offer), spoken)
    if found is None:
        _fail(
            Text(zh=f"没有振铃 {offer}（见会话的时间线）", en=f"there is no offer {offer} (see a timeline)"), spoken, 1
        )
    console = Console()
    for line in _head(found, spoken):
        console.print(line, highlight=False, markup=False)
    if not found.reproduced:
        raise typer.Exit(1)
    agents = Table(*(("坐席", "姓名", "当时") if spoken == "zh" else ("agent", "name", "then")), header_style="bold")
    for said in found.agents:
        agents.add_row(said.agent, said.name, _word(said.text, spoken), style="bold" if said is found.agents[0] else "")
    console.print(agents)
    if found.passed_over:
        head = (
            ("先轮到却没有接的来电", "队列", "原因")
            if spoken == "zh"
            else ("due earlier", "queue", "passed over because")
        )
        passed = Table(*head, header_style="bold")
        for contact in found.passed_over:
            passed.add_row(f"{contact.customer} {contact.interaction}", contact.queue, _word(contact.text, spoken))
        console.print(passed)


@app.command()
def replay(
    start: From,
    end: To = None,
    configuration: Other = None,
    agents: Agents = None,
    html: Html = None,
    seed: Seed = 1,
    language: Language = "",
) -> None:
    """Simulate past hours again, with their rules and with others · 用当时的规则和另一套规则重放一段时间"""
    spoken = _language(language)
    rules = [queue.rules for queue in _configuration(configuration).queues.values()] if configuration else None
    since, until = start.astimezone(), (end or datetime.now()).astimezone()  # noqa: DTZ005 - typed in local time
    day = _read(lambda connection: read_day(connection, to_millis(since), to_millis(until)), spoken)
    if not day.contacts:
        _fail(Text(zh="这段时间没有来电进入队列", en="no contact was queued in this time"), spoken, 1)
    profiles = _profiles(agents, rules or list(day.queues.values())) if agents else None
    midnight = since.replace(hour=0, minute=0, second=0)
    done = replayed(day, rules, profiles, seed=seed, starts_at=to_millis(since) - to_millis(midnight))
    labels = ("实际", "重放", "改后") if spoken == "zh" else ("happened", "replayed", "instead")
    outcomes = {
        label: outcome
        for label, outcome in zip(labels, (done.happened, done.again, done.instead), strict=True)
        if outcome is not None
    }
    names = {queue: day.names[queue].get(spoken, queue) for queue in sorted(day.queues)}
    _show(outcomes, [figures_of(outcome) for outcome in outcomes.values()], names, spoken, change=len(outcomes) > 2)
    for note in _notes(day, spoken):
        typer.echo(note)
    _write(html, outcomes, spoken)


@app.command(name="simulate")
def simulate_(
    scenario: File,
    configuration: Others = None,
    html: Html = None,
    seed: Seed = 1,
    runs: Annotated[int, typer.Option(min=1, max=100, help="Show the mean of so many runs · 取多次仿真的平均")] = 1,
    language: Language = "",
) -> None:
    """Simulate a scenario, with the rules in force or with others · 按现行或其他规则仿真一个场景"""
    spoken = _language(language)
    data = _document(scenario)
    staff: Sequence[Staff] = ()
    if configuration:
        tried = {file.stem: _configuration(file) for file in configuration}
    if not configuration or not (isinstance(data, dict) and "staff" in data):
        current, staff = in_transaction(_in_force)
        if not configuration:
            tried = {"现行" if spoken == "zh" else "in force": current}
    scenarios = {label: _scenario(data, one, staff) for label, one in tried.items()}
    outcomes = {label: [simulate(one, seed + run) for run in range(runs)] for label, one in scenarios.items()}
    names = {queue: one.name[spoken] for known in tried.values() for queue, one in known.queues.items()}
    means = [mean_of([figures_of(outcome) for outcome in of_one]) for of_one in outcomes.values()]
    first = {label: of_one[0] for label, of_one in outcomes.items()}
    _show(first, means, names, spoken, change=len(first) == 2)
    if runs > 1:
        for label, of_one in outcomes.items():
            level = interval([100 * outcome.service_level() for outcome in of_one])
            said = f"{label}: {level.mean:.1f} % ± {level.half:.1f}"
            typer.echo(
                f"{said}（95% 置信区间，服务水平）" if spoken == "zh" else f"{said} service level (95 % interval)"
            )
    _write(html, first, spoken)


async def _in_force(session: AsyncSession) -> tuple[Configuration, Sequence[Staff]]:
    known = await profiles(session)
    return await current_configuration(session), [Staff(agent, profile) for agent, profile in known.items()]


def _show(
    outcomes: Mapping[str, Outcome],
    figures: Sequence[Mapping[str, Figures]],
    names: Mapping[str, str],
    language: Spoken,
    *,
    change: bool,
) -> None:
    runs = [Run(label, found) for label, found in zip(outcomes, figures, strict=True)]
    Console().print(comparison(runs, names, language, change=change))


def _write(html: Path | None, outcomes: Mapping[str, Outcome], language: Spoken) -> None:
    if html is not None:
        html.write_text(report(outcomes, language), encoding="utf-8")
        typer.echo(str(html))


def _read(work: Callable[[asyncpg.Connection], Awaitable[T]], language: Spoken) -> T:
    """What `work` reads of the journal; what cannot be read is said and ends with status 2."""

    async def with_driver(session: AsyncSession) -> T:
        raw = await (await session.connection()).get_raw_connection()
        return await work(raw.driver_connection)

    try:
        return in_transaction(with_driver)
    except PastUnknownError as error:
        _fail(error.text, language, 2)
    except (asyncpg.PostgresError, OSError) as error:
        _fail(Text(zh=f"数据库出错：{error}", en=f"database error: {error}"), language, 2)


def _configuration(file: Path) -> Configuration:
    with _told():
        return load(_document(file))


def _scenario(data: object, configuration: Configuration, staff: Sequence[Staff]) -> Scenario:
    with _told():
        return read(data, [queue.rules for queue in configuration.queues.values()], staff)


def _profiles(file: Path, rules: Sequence[QueueRules]) -> Mapping[str, Profile]:
    """Of the agents in `staff` of the file, written as in a scenario."""
    data = _document(file)
    with _told():
        given = {"length": "1h", "staff": data.get("staff") if isinstance(data, dict) else None}
        calls = [Call(0, rules[0].id, 1)]
        return {one.id: one.profile for one in read(given, rules, calls=calls).staff}


def _document(file: Path) -> object:
    data, kind = read_document(file)
    with _told():
        return decode(data, kind)


@contextmanager
def _told() -> Iterator[None]:
    """What is wrong with a document is printed and ends with status 1."""
    try:
        yield
    except ConfigurationError as error:
        tell(error.problems)
        raise typer.Exit(1) from None


def _head(found: OfferExplanation, language: Spoken) -> list[str]:
    queue = found.queue_name.get(language, found.queue)
    at = f"{at_millis(found.at).astimezone():%Y-%m-%d %H:%M:%S}"
    waited = found.waited_ms / 1000
    asked, why = _word(found.asked, language), _word(found.why, language)
    if language == "zh":
        lines = [
            f"{at}  {found.customer} · {queue} · 已等 {waited:.1f} 秒 → {found.name} {found.agent}",
            f"要求：{asked}（放宽第 {found.stage} 步）",
        ]
        again = f"按日志重新判断得到的是另一结果：{found.instead or '没有人可选'}。日志可能由另一版本写入。"
        return [*lines, f"{found.name}{why}" if found.reproduced else again]
    lines = [
        f"{at}  {found.customer} · {queue} · waited {waited:.1f} s → {found.name} {found.agent}",
        f"asked for: {asked} (relaxation step {found.stage})",
    ]
    again = f"Decided again it is another: {found.instead or 'nobody'}. Another version may have written the journal."
    return [*lines, f"{found.name} {why}" if found.reproduced else again]


def _notes(day: Day, language: Spoken) -> list[str]:
    left = day.left
    said: tuple[tuple[int, str, str], ...] = (
        (left.before, "个来电在此之前已排队，未计入", "contacts were queued before and are left out"),
        (
            left.not_open,
            "个来电因非工作时间或应急开关转走，未计入",
            "contacts met closed hours or an emergency; left out",
        ),
        (left.lost, "个来电因电话系统故障中断，未计入", "contacts ended with the telephone system; left out"),
        (
            left.not_taken,
            "次振铃被拒绝或未接，重放中不会发生",
            "offers were declined or missed; replayed, all are taken",
        ),
        (left.changes, "次配置变动，重放按最后的配置", "changes of the configuration; replayed with the last"),
    )
    return [f"{count} {zh if language == 'zh' else en}" for count, zh, en in said if count]


def _language(asked: str) -> Spoken:
    if asked not in ("", "zh", "en"):
        raise typer.BadParameter("zh / en", param_hint="--language")
    return "en" if (asked or terminal_language()) == "en" else "zh"


def _word(text: Text, language: Spoken) -> str:
    return text["zh"] if language == "zh" else text["en"]


def _fail(text: Text, language: Spoken, status: int) -> NoReturn:
    typer.echo(_word(text, language), err=True)
    raise typer.Exit(status)
