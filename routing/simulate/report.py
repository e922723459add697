"""What came of one simulation, or of several to compare, as one page of HTML that needs nothing else."""

from collections.abc import Mapping, Sequence
from html import escape
from statistics import fmean
from typing import Literal

from routing.simulate.outcome import Fate, Outcome, QueueFigures, gini
from routing.simulate.scenario import HOUR, MINUTE, SECOND
from routing.simulate.svg import Series, columns, lines, rows

Language = Literal["zh", "en"]

MOST = 4
"""Outcomes on one page: as many as there are colours to tell apart."""
_MOST_AGENTS = 60

_WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("路由仿真报告", "Routing simulation"),
    "offered": ("来电", "Offered"),
    "level": ("服务水平", "Service level"),
    "level_note": ("目标时间内接起 ÷ 来电", "answered in time ÷ offered"),
    "wait": ("平均等待", "Mean wait"),
    "p90": ("90% 的等待不超过", "90 % waited at most"),
    "abandoned": ("放弃率", "Abandoned"),
    "occupancy": ("平均利用率", "Mean occupancy"),
    "gini": ("负荷不均（基尼系数）", "Unevenness of work (Gini)"),
    "calls_by_time": ("各时段来电", "Calls over the day"),
    "waits_by_time": (
        "各时段平均等待（虚线：90% 的等待不超过）",
        "Mean wait over the day (dashed: 90 % waited at most)",
    ),
    "level_by_queue": ("各队列服务水平", "Service level of each queue"),
    "by_agent": ("各座席利用率，从高到低", "Occupancy of each agent, highest first"),
    "by_queue": ("各队列明细", "Each queue"),
    "queue": ("队列", "Queue"),
    "variant": ("方案", "Variant"),
    "target": ("目标", "Target"),
    "answered": ("接起", "Answered"),
    "seconds": (" 秒", " s"),
    "count": ("", ""),
    "agents_left_out": ("仅列前 {} 名", "the first {} only"),
}


def report(outcomes: Mapping[str, Outcome], language: Language = "zh", slot: int = 30 * MINUTE) -> str:
    """HTML. The outcomes, by name, are of the same length; ValueError for none or more than `MOST`."""
    if not 1 <= len(outcomes) <= MOST:
        raise ValueError(f"a report shows 1 to {MOST} outcomes, not {len(outcomes)}")
    return _Page(outcomes, language, slot).html()


class _Page:
    def __init__(self, outcomes: Mapping[str, Outcome], language: Language, slot: int) -> None:
        self.outcomes = outcomes
        self.language = language
        self.slot = slot
        self.scenario = next(iter(outcomes.values())).scenario
        starts = range(0, self.scenario.length, slot)
        self.labels = [self._clock(start) if start % HOUR == 0 else "" for start in starts]

    def html(self) -> str:
        title = escape(self._word("title"))
        sections = (
            ("calls_by_time", self._calls()),
            ("waits_by_time", self._waits()),
            ("level_by_queue", self._levels()),
            ("by_agent", self._agents()),
            ("by_queue", self._table()),
        )
        body = "".join(f"<section><h2>{escape(self._word(word))}</h2>{content}</section>" for word, content in sections)
        lang = "zh-CN" if self.language == "zh" else "en"
        return (
            f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
            f"<body><main><h1>{title}</h1>{self._legend()}{self._cards()}{body}</main></body></html>\n"
        )

    def _word(self, key: str) -> str:
        return _WORDS[key][0 if self.language == "zh" else 1]

    def _clock(self, at: int) -> str:
        minutes = (self.scenario.starts_at + at) // MINUTE
        return f"{minutes // 60 % 24}:{minutes % 60:02}"

    def _legend(self) -> str:
        if len(self.outcomes) == 1:
            return ""
        keys = "".join(f'<span><i class="c{n}"></i>{escape(name)}</span>' for n, name in enumerate(self.outcomes))
        return f'<p class="legend">{keys}</p>'

    def _cards(self) -> str:
        return "".join(
            f'<div class="cards">{"".join(self._card(n, key, text) for key, text in self._summary(outcome))}</div>'
            for n, outcome in enumerate(self.outcomes.values())
        )

    def _card(self, number: int, key: str, text: str) -> str:
        return f'<div class="card e{number}"><b>{escape(text)}</b><small>{escape(self._word(key))}</small></div>'

    def _summary(self, outcome: Outcome) -> Sequence[tuple[str, str]]:
        total, shares = outcome.total, outcome.occupancies()
        return (
            ("offered", f"{total.offered:,}"),
            ("level", f"{outcome.service_level():.1%}"),
            ("wait", self._seconds(total.mean_wait)),
            ("p90", self._seconds(total.quantile(0.9))),
            ("abandoned", f"{total.abandonment:.1%}"),
            ("occupancy", f"{fmean(shares) if shares else 0:.1%}"),
            ("gini", f"{gini(shares):.3f}"),
        )

    def _seconds(self, ms: float) -> str:
        return f"{ms / SECOND:.1f}{self._word('seconds')}"

    def _by_slot(self, outcome: Outcome) -> list[list[Fate]]:
        found: list[list[Fate]] = [[] for _ in self.labels]
        for fate in outcome.fates:
            found[min(fate.call.at // self.slot, len(found) - 1)].append(fate)
        return found

    def _calls(self) -> str:
        slots = self._by_slot(next(iter(self.outcomes.values())))
        return columns(Series("", [len(slot) for slot in slots]), self.labels, self._word("count"))

    def _waits(self) -> str:
        series: list[Series] = []
        for number, (name, outcome) in enumerate(self.outcomes.items()):
            slots = [QueueFigures(0, slot) for slot in self._by_slot(outcome)]
            series.append(Series(name, [slot.mean_wait / SECOND for slot in slots], number))
            series.append(Series(name, [slot.quantile(0.9) / SECOND for slot in slots], number, dashed=True))
        return lines(series, self.labels, self._word("seconds"))

    def _levels(self) -> str:
        names = [rules.id for rules in self.scenario.queues]
        series = [
            Series(name, [figures.service_level() for _, figures in outcome.queues()], number)
            for number, (name, outcome) in enumerate(self.outcomes.items())
        ]
        return rows(names, series, mark=0.8)

    def _agents(self) -> str:
        parts: list[str] = []
        for number, outcome in enumerate(self.outcomes.values()):
            shares = sorted(outcome.occupancies(), reverse=True)
            labels = [str(n) if n == 1 or n % 10 == 0 else "" for n in range(1, len(shares[:_MOST_AGENTS]) + 1)]
            parts.append(columns(Series("", [100 * share for share in shares[:_MOST_AGENTS]], number), labels, "%"))
            if len(shares) > _MOST_AGENTS:
                parts.append(f"<p>{escape(self._word('agents_left_out').format(_MOST_AGENTS))}</p>")
        return "".join(parts)

    def _table(self) -> str:
        heads = ("queue", "variant", "target", "offered", "answered", "level", "wait", "p90", "abandoned")
        shown = [head for head in heads if head != "variant" or len(self.outcomes) > 1]
        lines_of = [
            self._row(shown, rules.id, name, outcome.queue(rules.id))
            for rules in self.scenario.queues
            for name, outcome in self.outcomes.items()
        ]
        head = "".join(f"<th>{escape(self._word(key))}</th>" for key in shown)
        note = f"{self._word('level')}: {self._word('level_note')}"
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines_of)}</tbody></table><p>{escape(note)}</p>"

    def _row(self, shown: Sequence[str], queue: str, name: str, figures: QueueFigures) -> str:
        cells = {
            "queue": queue,
            "variant": name,
            "target": f"{figures.target / SECOND:g}{self._word('seconds')}",
            "offered": f"{figures.offered:,}",
            "answered": f"{figures.answered:,}",
            "level": f"{figures.service_level():.1%}",
            "wait": self._seconds(figures.mean_wait),
            "p90": self._seconds(figures.quantile(0.9)),
            "abandoned": f"{figures.abandonment:.1%}",
        }
        return f"<tr>{''.join(f'<td>{escape(cells[key])}</td>' for key in shown)}</tr>"


_STYLE = """
:root{--ink:#1c2430;--soft:#667085;--line:#e4e7ec;--page:#f6f7f9;--card:#fff;--mark:#d92d20;
--c0:#2f6fdb;--c1:#e08a1e;--c2:#2a9d6f;--c3:#b5539c}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ef;--soft:#98a2b3;--line:#2c3340;--page:#12161c;--card:#1a2029;
--mark:#f97066;--c0:#6ea0f5;--c1:#f0ad55;--c2:#55c898;--c3:#d98cc4}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
font:15px/1.55 system-ui,-apple-system,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
main{max-width:980px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:26px;margin:0 0 16px}h2{font-size:16px;margin:0 0 12px}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:20px;margin:16px 0}
section{overflow-x:auto}section p{color:var(--soft);font-size:13px;margin:10px 0 0}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(112px,1fr));gap:10px;margin:12px 0}
.card{background:var(--card);border:1px solid var(--line);border-top-width:3px;border-radius:10px;padding:12px 14px}
.card b{display:block;font-size:19px;font-variant-numeric:tabular-nums;white-space:nowrap}.card small{color:var(--soft)}
.e0{border-top-color:var(--c0)}.e1{border-top-color:var(--c1)}
.e2{border-top-color:var(--c2)}.e3{border-top-color:var(--c3)}
.legend span{margin-right:18px}
.legend i{display:inline-block;width:12px;height:12px;border-radius:3px;margin-right:6px}
svg{display:block;width:100%;min-width:600px;height:auto}
svg text{fill:var(--ink);font-size:13px}svg text.small{fill:var(--soft);font-size:11px}
.grid{stroke:var(--line)}.mark{stroke:var(--mark);stroke-dasharray:4 4}
.line{fill:none;stroke-width:2}.dashed{stroke-dasharray:5 4;opacity:.75}.dot{fill:transparent}
.c0{--c:var(--c0)}.c1{--c:var(--c1)}.c2{--c:var(--c2)}.c3{--c:var(--c3)}
.bar{fill:var(--c)}.line{stroke:var(--c)}i[class]{background:var(--c)}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:7px 10px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child{text-align:left}th{color:var(--soft);font-weight:500;font-size:13px}
"""
