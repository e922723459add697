"""A flow as a picture (SVG): one box per step, its ways out as rows, callers walk from left to right.

A way back is not drawn as a line across everything but named at its row, as ↩ and the step it leads to.
"""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from ivr_flows.flow import Flow
from ivr_flows.layout import Layout, lay_out
from ivr_flows.parts import Slot
from ivr_flows.steps import (
    AskStep,
    BranchStep,
    CallbackStep,
    CollectStep,
    DictateStep,
    HoursStep,
    LanguageStep,
    MenuStep,
    QueueStep,
    SayStep,
    ScriptStep,
    SetStep,
    Step,
    SubFlowStep,
    SurveyStep,
    TransferStep,
    VoicemailStep,
    Waiting,
)
from ivr_flows.ways import Edge, edges

_WIDTH, _COLUMN = 216.0, 316.0
_HEAD, _ROW, _MARGIN = 46.0, 22.0, 34.0
_FONT = "font-family=\"'Noto Sans SC','PingFang SC','Microsoft YaHei',system-ui,sans-serif\""
_KINDS: dict[str, tuple[str, str, str]] = {  # colour, Chinese, English
    "say": ("#5b8def", "播放", "Say"),
    "menu": ("#7a5af0", "菜单", "Menu"),
    "collect": ("#9b51c9", "收号", "Collect"),
    "hours": ("#c98a1b", "时间", "Hours"),
    "ask": ("#0f9d8a", "查询", "Ask"),
    "script": ("#0f7f9d", "脚本", "Script"),
    "branch": ("#c0662b", "判断", "Branch"),
    "set": ("#8a8f98", "赋值", "Set"),
    "sub_flow": ("#4c6fb1", "子流程", "Sub-flow"),
    "return": ("#4c6fb1", "返回", "Return"),
    "queue": ("#2e9e5b", "排队", "Queue"),
    "transfer": ("#1f8a70", "外转", "Transfer"),
    "callback": ("#b7791f", "预约回电", "Callback"),
    "callback_due": ("#b7791f", "已约回电", "Callback due"),
    "dictate": ("#a0457f", "口述", "Dictate"),
    "voicemail": ("#b0497a", "留言", "Message"),
    "survey": ("#d0872f", "评价", "Survey"),
    "set_language": ("#6b7a90", "语言", "Language"),
    "hang_up": ("#c0392b", "挂机", "Hang up"),
}
_WAYS: dict[str, tuple[str, str]] = {
    "": ("然后", "then"),
    "wrong": ("按错", "wrong keys"),
    "next": ("收到号码", "number given"),
    "low": ("不满意", "dissatisfied"),
    "talked": ("通话后", "after the talk"),
    "unsaid": ("读不出", "cannot be said"),
    "open": ("上班", "open"),
    "closed": ("下班", "closed"),
    "holiday": ("节假日", "holiday"),
    "otherwise": ("否则", "otherwise"),
    "timeout": ("超时", "timeout"),
    "unreachable": ("连不上", "unreachable"),
    "refused": ("被拒绝", "refused"),
    "not_found": ("查无此项", "not found"),
    "bad_answer": ("应答有误", "bad answer"),
    "busy": ("繁忙", "busy"),
}
_SILENT = ("不按键", "no key")
_DICTATED = {"next": ("登记后", "taken"), "otherwise": ("没有录到", "nothing recorded")}
_FAILED = ("没有结果", "no answer")
_UNREACHED = ("未接通", "not reached")
_FALLBACK = ("★ 兜底", "★ fallback")


def draw(flow: Flow, language: str = "zh") -> str:
    """Return the flow as an SVG document with titles in `language` (a step without a title has its name)."""
    rows = {name: list(_rows(step, language)) for name, step in flow.steps.items()}
    heights = {name: _HEAD + _ROW * len(listed) + (6 if listed else 0) for name, listed in rows.items()}
    ways = {name: [edge.to for edge in edges(step)] for name, step in flow.steps.items()}
    places = lay_out(flow.start, ways, heights)
    width = _COLUMN * max(places.layer.values()) + _WIDTH + 2 * _MARGIN + 150
    height = places.height + 2 * _MARGIN + 34
    title = flow.title.get(language, "")
    head = f"{flow.id} · {title}" if title else flow.id
    numbers = f"  ☎ {' '.join(flow.numbers[:6])}" if flow.numbers else ""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" {_FONT} font-size="13">',
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#f7f8fa"/>',
        f'<text x="{_MARGIN}" y="30" font-size="17" font-weight="600" fill="#20242c">{escape(head)}'
        f'<tspan font-size="13" font-weight="400" fill="#6b7280">{escape(numbers)}</tspan></text>',
        *_lines(flow, places, rows, heights),
        *(_box(flow, name, places, rows[name], heights[name], language) for name in flow.steps),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _rows(step: Step, language: str) -> Iterator[tuple[Edge, str]]:
    chinese = language == "zh"
    for edge in edges(step):
        if edge.by == "" and isinstance(step, Waiting):
            yield edge, f"{_SILENT[not chinese]} {step.timeout.seconds:g} s × {step.timeout.repeats + 1}"
        elif edge.by == "wrong" and isinstance(step, Waiting):
            yield edge, f"{_WAYS['wrong'][not chinese]} × {step.wrong_key.tries}"
        elif isinstance(step, DictateStep) and edge.by in _DICTATED:
            yield edge, _DICTATED[edge.by][not chinese]
        elif edge.by == "otherwise" and isinstance(step, AskStep | ScriptStep):
            yield edge, _FAILED[not chinese]
        elif edge.by == "otherwise" and isinstance(step, TransferStep):
            yield edge, f"{_UNREACHED[not chinese]} {step.ring_seconds} s"
        elif edge.by.startswith("if ") and isinstance(step, BranchStep):
            yield edge, step.when[int(edge.by[3:]) - 1].if_
        elif edge.by in _WAYS:
            yield edge, _WAYS[edge.by][not chinese]
        else:
            yield edge, f"{'按' if chinese else 'key'} {edge.by}"


def _detail(step: Step) -> str:
    match step:
        case MenuStep():
            return ", ".join(step.prompt)
        case SayStep():
            return ", ".join(f"‹{part.say} {part.value}›" if isinstance(part, Slot) else part for part in step.prompt)
        case CollectStep():
            return f"{step.into}{' 🔒' if step.secret else ''} {step.digits.min}–{step.digits.max}{step.digits.end}"
        case DictateStep():
            return ", ".join((*(code.name for code in step.codes), f"🎙 {step.seconds} s"))
        case AskStep():
            return f"{step.connector}.{step.action}"
        case ScriptStep():
            return step.script
        case QueueStep():
            return step.queue
        case SubFlowStep():
            return step.flow
        case HoursStep():
            return step.calendar
        case LanguageStep():
            return step.language
        case VoicemailStep():
            return step.prompt
        case SurveyStep():
            return ", ".join(step.prompt)
        case TransferStep():
            return step.to
        case CallbackStep():
            return step.queue
        case SetStep():
            named = [*step.variables, *step.skills, *step.show]
            return ", ".join(named if step.priority is None else [*named, f"priority {step.priority}"])
        case _:
            return ""


def _at(name: str, places: Layout, height: float) -> tuple[float, float]:
    return _MARGIN + places.layer[name] * _COLUMN, _MARGIN + 34 + places.y[name] - height / 2


def _box(flow: Flow, name: str, places: Layout, rows: list[tuple[Edge, str]], height: float, language: str) -> str:
    step = flow.steps[name]
    colour, *kind = _KINDS[str(getattr(step, "do", ""))]
    chinese = language == "zh"
    x, y = _at(name, places, height)
    mark = f" {_FALLBACK[not chinese]}" if name == flow.fallback else ""
    lines = [
        f'<g><title>{escape(name)}</title><rect x="{x}" y="{y:.1f}" width="{_WIDTH}" height="{height:.1f}" rx="8" '
        f'fill="#fff" stroke="{colour}" stroke-width="{2.2 if name == flow.start else 1.1}"/>',
        f'<rect x="{x}" y="{y:.1f}" width="5" height="{height:.1f}" rx="2.5" fill="{colour}"/>',
        f'<text x="{x + 14}" y="{y + 19:.1f}" font-weight="600" fill="#20242c">'
        f"{escape(_cut(flow.step_title(name, language), 22))}</text>",
        f'<text x="{x + 14}" y="{y + 37:.1f}" font-size="11" fill="#6b7280"><tspan fill="{colour}">'
        f"{kind[not chinese]}</tspan> {escape(_cut(_detail(step), 28))}{mark}</text>",
    ]
    for number, (edge, label) in enumerate(rows):
        row = y + _HEAD + _ROW * number + 11
        faint = "#9aa1ac" if edge.by in ("wrong", "unsaid") or label.startswith(_SILENT) else "#3c4350"
        lines.append(
            f'<text x="{x + _WIDTH - 12}" y="{row + 4:.1f}" font-size="11.5" text-anchor="end" fill="{faint}">'
            f"{escape(_cut(label, 32))}</text>"
            f'<circle cx="{x + _WIDTH}" cy="{row:.1f}" r="3.2" fill="{colour}"/>'
        )
        if (name, edge.to) in places.back:
            target = _cut(flow.step_title(edge.to, language), 14)
            lines.append(
                f'<text x="{x + _WIDTH + 9}" y="{row + 4:.1f}" font-size="11" fill="#6b7280">↩ {escape(target)}</text>'
            )
    return "".join(lines) + "</g>"


def _lines(
    flow: Flow, places: Layout, rows: dict[str, list[tuple[Edge, str]]], heights: dict[str, float]
) -> Iterator[str]:
    drawn: set[tuple[object, ...]] = set()  # stretches of shared lanes
    for name in flow.steps:
        x, y = _at(name, places, heights[name])
        for number, (edge, _) in enumerate(rows[name]):
            if (name, edge.to) in places.back:
                continue
            at = (x + _WIDTH, y + _HEAD + _ROW * number + 11)
            colour = "#c5cad3" if edge.by in ("wrong", "unsaid") else "#8b93a1"
            before: tuple[object, ...] = (name, edge.by)
            for layer in range(places.layer[name] + 1, places.layer[edge.to]):
                left = _MARGIN + layer * _COLUMN
                to = (left, _MARGIN + 34 + places.y[edge.to, layer])
                if (*before, layer) not in drawn:
                    drawn.add((*before, layer))
                    yield _curve(at, to, colour)
                at = (left + _WIDTH, to[1])
                before = (edge.to, layer)
                if before not in drawn:
                    drawn.add(before)
                    yield f'<path d="M{to[0]:.1f},{to[1]:.1f} H{at[0]:.1f}" stroke="{colour}" fill="none"/>'
            left, top = _at(edge.to, places, heights[edge.to])
            if (*before, "end") not in drawn:
                drawn.add((*before, "end"))
                yield _curve(at, (left, top + 15), colour, arrow=True)


def _curve(at: tuple[float, float], to: tuple[float, float], colour: str, *, arrow: bool = False) -> str:
    middle = (at[0] + to[0]) / 2
    path = f"M{at[0]:.1f},{at[1]:.1f} C{middle:.1f},{at[1]:.1f} {middle:.1f},{to[1]:.1f} {to[0]:.1f},{to[1]:.1f}"
    tip = f'<path d="M{to[0] - 7:.1f},{to[1] - 4:.1f} L{to[0]:.1f},{to[1]:.1f} L{to[0] - 7:.1f},{to[1] + 4:.1f}"'
    tail = f' fill="none" stroke="{colour}" stroke-width="1.3"/>'
    return f'<path d="{path}"{tail}' + (tip + tail if arrow else "")


def _cut(text: str, room: int) -> str:
    """At most `room` letters wide; a Chinese character is as wide as two."""
    used = 0
    for at, sign in enumerate(text):
        used += 2 if ord(sign) > 0x2E7F else 1
        if used > room:
            return text[:at].rstrip() + "…"
    return text
