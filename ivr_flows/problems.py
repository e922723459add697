"""What can be wrong with a flow, in words for the people who write flows."""

from dataclasses import dataclass, field

from typing_extensions import override

_WORDS: dict[str, dict[str, tuple[str, str]]] = {
    "unreachable": {
        "en": ("no caller ever gets here", "Lead a key here or delete the step"),
        "zh": ("没有来电会走到这一步", "请让某个按键通向这里，或删除这一步"),
    },
    "dead_end": {
        "en": ("a caller here never reaches a queue", "Lead one way out to a queue"),
        "zh": ("来电走到这里再也到不了任何队列", "请让一条路通向队列"),
    },
    "silent_hang_up": {
        "en": ("a caller who waits is hung up on", "Lead this way to a queue"),
        "zh": ("不按键的来电会被挂断", "请把这条路引向队列"),
    },
    "wrong_key_hang_up": {
        "en": ("a caller who presses wrong keys is hung up on", "Lead this way to a queue"),
        "zh": ("按错键的来电会被挂断", "请把这条路引向队列"),
    },
    "loop": {
        "en": ("a caller who waits goes round for ever ({steps})", "Lead one way to a queue"),
        "zh": ("不按键的来电会一直绕圈（{steps}）", "请让一条路通向队列"),
    },
    "too_deep": {
        "en": ("{count} menus lie before this step", "Use at most {limit}"),
        "zh": ("到这一步要经过 {count} 层菜单", "最多 {limit} 层"),
    },
    "missing_prompt": {
        "en": ("prompt '{prompt}' does not exist in '{language}'", "Add it to prompts/{language}.yaml and render it"),
        "zh": ("提示音“{prompt}”没有 {language} 版本", "请加入 prompts/{language}.yaml 并录制"),
    },
    "unset": {
        "en": ("'{variable}' is read, but no way to this step sets it", "Collect, ask or set it before"),
        "zh": ("用到了“{variable}”，但到这里的路上都没有给它赋值", "请在之前收号、查询或赋值"),
    },
    "unknown_fact": {
        "en": ("nothing is known as caller.{fact}", "Use one of: {known}"),
        "zh": ("没有 caller.{fact} 这一项", "可用的有：{known}"),
    },
    "never_true_or_false": {
        "en": ("the condition '{source}' is neither true nor false", "Compare it with something"),
        "zh": ("条件“{source}”既不是真也不是假", "请写成比较"),
    },
    "secret_told": {
        "en": ("secret '{variable}' is read outside an `ask`", "Use it only as an argument of an `ask`"),
        "zh": ("保密的“{variable}”用在了查询之外", "只能作为查询（ask）的参数"),
    },
    "secret_unused": {
        "en": ("secret '{variable}' is never asked with", "Use it in an `ask` or do not collect it"),
        "zh": ("保密的“{variable}”没有用于任何查询", "请在查询中使用，或不要收取"),
    },
    "unknown_connector": {
        "en": ("there is no connector '{connector}'", "Set it up, or use one of: {known}"),
        "zh": ("没有连接器“{connector}”", "请先配置，或使用：{known}"),
    },
    "unknown_action": {
        "en": ("connector '{connector}' has no action '{action}'", "Use one of: {known}"),
        "zh": ("连接器“{connector}”没有“{action}”这一操作", "可用的有：{known}"),
    },
    "unknown_script": {
        "en": ("no script is registered as '{script}'", "Install it, or use one of: {known}"),
        "zh": ("没有登记名为“{script}”的脚本", "请先安装，或使用：{known}"),
    },
    "number_not_allowed": {
        "en": (
            "{number} may not be dialled: callers always go on otherwise",
            "Allow it (CTI_DIAL_ALLOWED), or change it",
        ),
        "zh": ("不允许外呼 {number}，来电总会走“否则”", "请放行该号码（CTI_DIAL_ALLOWED），或换一个号码"),
    },
    "unknown_flow": {
        "en": ("there is no flow '{flow}'", "Add it, or use one of: {known}"),
        "zh": ("没有流程“{flow}”", "请添加，或使用：{known}"),
    },
    "recursion": {
        "en": ("the flow comes back into itself ({flows})", "Take one sub_flow step out"),
        "zh": ("流程又回到了自己（{flows}）", "请去掉其中一个 sub_flow 步骤"),
    },
    "nested_too_deep": {
        "en": ("sub-flows lie {count} deep here", "Use at most {limit}"),
        "zh": ("子流程在这里嵌套了 {count} 层", "最多 {limit} 层"),
    },
    "language_missing": {
        "en": ("flow '{flow}' does not speak '{language}'", "Add the language to it"),
        "zh": ("流程“{flow}”没有 {language} 版本", "请为它加上这种语言"),
    },
    "need_unset": {
        "en": ("flow '{flow}' needs '{variable}', but no way to this step sets it", "Collect, ask or set it before"),
        "zh": ("流程“{flow}”需要“{variable}”，但到这里的路上都没有给它赋值", "请在之前收号、查询或赋值"),
    },
    "return_to_nowhere": {
        "en": ("a flow with numbers of its own has nowhere to return to", "Lead this way to a queue"),
        "zh": ("有自己号码的流程无处可返回", "请把这条路引向队列"),
    },
    "holidays_end": {
        "en": (
            "the exceptions of calendar '{calendar}' end on {day}",
            "Add those of the next year; until then only the week and `every_year` hold",
        ),
        "zh": ("日历“{calendar}”的例外日期到 {day} 为止", "请补上下一年的；在此之前只按每周和 every_year 计算"),
    },
}

KINDS = frozenset(_WORDS)
REMINDERS = frozenset({"holidays_end", "number_not_allowed"})
"""What is to be thought of, and keeps no flow from callers."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a caller would suffer from: a stable `kind`, the step ('' for the whole flow), what the words name."""

    kind: str
    step: str
    named: dict[str, str] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """Return what is wrong, in English."""
        return self.message_in("en")

    @property
    def remedy(self) -> str:
        """Return what to do, in English."""
        return self.remedy_in("en")

    def message_in(self, language: str) -> str:
        """Return what is wrong, in 'zh' or 'en'."""
        return _WORDS[self.kind][language][0].format_map(self.named)

    def remedy_in(self, language: str) -> str:
        """Return what to do, in 'zh' or 'en'."""
        return _WORDS[self.kind][language][1].format_map(self.named)

    def text(self, language: str) -> str:
        """Return one sentence with place, problem and remedy."""
        if language == "zh":
            place = f"步骤“{self.step}”：" if self.step else ""
            return f"{place}{self.message_in('zh')}。{self.remedy_in('zh')}。"
        return f"{f'step {self.step!r}: ' if self.step else ''}{self.message}. {self.remedy}"

    @override
    def __str__(self) -> str:
        return self.text("en")
