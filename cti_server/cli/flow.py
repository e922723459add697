"""`cti flow`: IVR flows, checked, drawn and walked through without a telephone."""

import json
import os
import sys
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cti_server.cli import flow_store
from cti_server.cli.db import in_transaction
from cti_server.cli.documents import tell
from cti_server.cli.language import terminal_language
from cti_server.connectors import load
from cti_server.connectors.reachable import actions_of
from cti_server.prompts.own import own_words
from ivr_flows.check import Surroundings
from ivr_flows.check import check as check_flow
from ivr_flows.draw import draw as draw_flow
from ivr_flows.flow import Flow, load_library, parse_flow
from ivr_flows.problems import REMINDERS
from ivr_flows.promptbook import PromptBook
from ivr_flows.shipped import FLOWS
from ivr_flows.simulate import FAIL, Answer, Heard, Walk
from ivr_flows.simulate import simulate as simulate_flow
from ivr_flows.variables import CALLER_FACTS, Value
from ivr_flows.yamlfile import MAX_BYTES, FlowError
from routing.problems import ConfigurationError

app = typer.Typer(
    no_args_is_help=True, help="Flows: 检查、画图、模拟、发布、回退 · check, draw, simulate, publish, roll back"
)
flow_store.add_commands(app)

File = Annotated[Path, typer.Argument(help="A flow as YAML; - reads standard input · 流程文件")]
Folder = Annotated[Path, typer.Option("--flows", envvar="CTI_FLOWS", help="Where the sub-flows are · 子流程所在文件夹")]
Recorded = Annotated[
    bool, typer.Option("--recorded", help="Know your own recordings too: asks the database · 也查自有录音（读数据库）")
]
_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "say": ("播放", "says"),
    "keys": ("按键", "keys"),
    "ask": ("查询", "asks"),
    "script": ("脚本", "script"),
    "transfer": ("外转", "transfers"),
    "callback": ("预约回电", "callback"),
    "dictate": ("口述", "dictates"),
    "queue": ("进入队列", "queue"),
    "message": ("留言", "takes a message"),
    "hang_up": ("挂机", "hangs up"),
    "left": ("来电挂断", "caller left"),
}


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Flows as YAML; - reads standard input · 流程文件")],
    flows: Folder = FLOWS,
    connectors: Annotated[
        Path | None,
        typer.Option(envvar="CTI_CONNECTORS", help="The document of connectors, to check names · 业务系统接口文件"),
    ] = None,
    recorded: Recorded = False,
) -> None:
    """Say everything a caller would suffer from; exit code 1 if there is something, 2 if it is no flow · 检查流程"""
    book, found = _book(recorded), 0
    actions = _actions(connectors) if connectors is not None else None
    given = [_flow(file) for file in files]
    around = Surroundings(library=_library(flows, *given), connectors=actions, today=datetime.now(UTC).date())
    for flow in given:
        for problem in check_flow(flow, book, around):
            reminder = problem.kind in REMINDERS
            mark = _words("提醒：", "reminder: ") if reminder else ""
            typer.echo(f"{mark}{flow.id}: {problem.text(terminal_language())}", err=True)
            found += not reminder
    if found:
        raise typer.Exit(1)
    typer.echo(_words(f"{len(files)} 个流程没有问题", f"no problem in {len(files)} flows"))


@app.command()
def draw(
    file: File,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="The SVG file · 图片文件")] = None,
    lang: Annotated[str, typer.Option(help="Language of the titles: zh, en · 标题的语言")] = "",
) -> None:
    """Draw a flow as SVG · 画出流程图"""
    picture = draw_flow(_flow(file), lang or terminal_language())
    if output is None:
        typer.echo(picture, nl=False)
        return
    try:
        output.write_text(picture, "utf-8")
    except OSError as error:
        _fail(f"{output}: {error.strerror}")
    typer.echo(str(output))


@app.command()
def simulate(
    file: File,
    answers: Annotated[
        list[str] | None,
        typer.Argument(
            help='What the caller does, in order: keys such as 1 or 12345#, "-" for silence, "hangup"; for a step that '
            'asks, a JSON object or "fail"; for a transfer "answered" or "fail:busy"; to dictate, "speak" · '
            "依次的按键；- 不按键；hangup 挂断；查询结果写 JSON 或 fail；外转写 answered 或 fail:busy；口述写 speak",
        ),
    ] = None,
    caller: Annotated[
        list[str] | None, typer.Option(help=f"What is known of the caller: {', '.join(CALLER_FACTS)} · 例如 grade=gold")
    ] = None,
    at: Annotated[str, typer.Option(help="When he calls: 2026-11-22T15:00+08:00; else now · 来电时间")] = "",
    flows: Folder = FLOWS,
    recorded: Recorded = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs · 供程序读取")] = False,
) -> None:
    """Walk through a flow without a telephone: what the caller hears, and where he ends · 不打电话走一遍流程"""
    flow = _flow(file)
    walk = simulate_flow(
        flow,
        _book(recorded),
        [_answer(text) for text in answers or ()],
        facts=_facts(caller or ()),
        library=_library(flows, flow),
        now=_instant(at),
    )
    if as_json:
        typer.echo(json.dumps(_plain(walk), ensure_ascii=False, indent=2))
        return
    table = Table(*(_words("步骤", "step"), "", _words("内容", "what happens")), box=None, pad_edge=False)
    for heard in walk.steps:
        table.add_row(heard.step, _KINDS[heard.kind][terminal_language() != "zh"], escape(_line(heard)))
    Console().print(table)
    for name, seen in walk.shown.items():
        title = seen.title.get(terminal_language(), name)
        typer.echo(f"{_words('座席看到', 'the agent sees')} {title}: {seen.value}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of flows, for editors · 输出流程的 JSON Schema，供编辑器使用"""
    document = {"$schema": "https://json-schema.org/draft/2020-12/schema", **Flow.model_json_schema()}
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def _book(recorded: bool) -> PromptBook:
    book = PromptBook.load()
    return book.with_recordings(in_transaction(own_words)) if recorded else book


def _flow(file: Path) -> Flow:
    try:
        if str(file) == "-":
            return parse_flow(sys.stdin.buffer.read(MAX_BYTES + 1), "-")
        with file.open("rb") as opened:
            return parse_flow(opened.read(MAX_BYTES + 1), file.name)
    except OSError as error:
        _fail(f"{file}: {error.strerror}")
    except FlowError as error:
        _fail(str(error))


def _library(folder: Path, *given: Flow) -> Mapping[str, Flow]:
    """The flows of the folder, with those given in their place or beside them."""
    try:
        return {**load_library(folder), **{flow.id: flow for flow in given}}
    except FlowError as error:
        _fail(str(error))


def _actions(document: Path) -> Mapping[str, Collection[str]]:
    try:
        opened = load(document, os.environ)
    except ConfigurationError as error:
        tell(error.problems)
        raise typer.Exit(2) from None
    return actions_of(opened)


def _answer(text: str) -> Answer:
    if not text.startswith("{"):
        return text
    try:
        fields = json.loads(text)
    except ValueError as error:
        _fail(f"{text}: {error}")
    return fields if isinstance(fields, dict) else FAIL


def _facts(given: list[str] | tuple[()]) -> dict[str, Value]:
    facts: dict[str, Value] = {"known": True, "hints": []}
    facts |= dict.fromkeys(("name", "grade", "phone", "place", "customer_id", "interaction_id"), "")
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or name not in CALLER_FACTS:
            _fail(f"{text}: {_words('可写', 'write')} {', '.join(f'{fact}=…' for fact in CALLER_FACTS)}")
        facts[name] = _fact(name, value)
    return facts


def _fact(name: str, value: str) -> Value:
    """`callback` is written as the queue, and the time if there is one: power_billing@2026-11-22T15:10."""
    if name == "callback":
        queue, _, due = value.partition("@")
        return {"queue": queue, "due": due}
    return value != "false" if name == "known" else value.split(",") if name == "hints" else value


def _instant(text: str) -> int:
    try:
        at = datetime.fromisoformat(text) if text else datetime.now(UTC)
    except ValueError:
        _fail(_words(f"{text} 不是时间，例如 2026-11-22T15:00+08:00", f"{text} is no time; 2026-11-22T15:00+08:00 is"))
    return int(at.astimezone(UTC).timestamp() * 1000)


def _line(heard: Heard) -> str:
    said = " ".join(heard.texts)
    did = (
        f"→ {heard.did or _words('不按键', 'nothing')}" if heard.kind == "keys" else f"→ {heard.did}" * bool(heard.did)
    )
    return " ".join(part for part in (said, heard.detail if heard.kind != "keys" else "", did) if part)


def _plain(walk: Walk) -> dict[str, object]:
    steps = [
        {"kind": one.kind, "step": one.step, "texts": one.texts, "did": one.did, "detail": one.detail}
        for one in walk.steps
    ]
    return {
        "steps": steps,
        "language": walk.language,
        "shown": {name: seen.value for name, seen in walk.shown.items()},
        "variables": dict(walk.variables),
        "rating": walk.rating,
    }


def _words(chinese: str, english: str) -> str:
    return chinese if terminal_language() == "zh" else english


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(2)
