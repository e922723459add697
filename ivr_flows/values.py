"""What a step makes of what is known: the way it takes, what it asks with, what it says."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ivr_flows.callback_talk import Wish
from ivr_flows.commands import Enqueue
from ivr_flows.conditions import expression
from ivr_flows.parts import Slot
from ivr_flows.position import Position
from ivr_flows.promptbook import Prompt
from ivr_flows.speech import spoken
from ivr_flows.steps import AskStep, BranchStep, CallbackStep, QueueStep, TransferStep, Waiting
from ivr_flows.variables import Unusable, Value, text_of


def chosen(known: Mapping[str, Value], step: BranchStep) -> str:
    """The step that follows: of the first condition that holds; `otherwise` if one before it fails."""
    try:
        return next((way.next for way in step.when if expression(way.if_).holds(known)), step.otherwise)
    except Unusable:
        return step.otherwise


def arguments_of(known: Mapping[str, Value], secrets: Mapping[str, str], step: AskStep) -> dict[str, str] | None:
    """What is asked with; None if one is missing."""
    arguments: dict[str, str] = {}
    try:
        for name, source in step.arguments.items():
            if source in secrets:
                arguments[name] = secrets[source]
            else:
                arguments[name] = text_of(expression(source).value(known))
    except Unusable:
        return None
    return arguments


def said(
    known: Mapping[str, Value], language: str, parts: Sequence[str | Slot], today: date
) -> tuple[Prompt, ...] | None:
    """Prompts and values in order; None if a value is missing or cannot be said."""
    prompts: list[Prompt] = []
    for part in parts:
        if isinstance(part, str):
            prompts.append(Prompt(part, language))
            continue
        try:
            value = expression(part.value).value(known)
            shown = value if isinstance(value, int | float) else text_of(value)
            prompts.extend(spoken(part.say, shown, language, today=today))
        except ValueError:  # Unusable is one as well
            return None
    return tuple(prompts)


def repeated(step: Waiting, again: str, prompt: tuple[str, ...]) -> tuple[str, ...]:
    """`prompt` of the step; after silence or a wrong key (`again`) with what is said to that before it."""
    match again:
        case "silent":
            return (*step.timeout.prompt, *prompt)
        case "wrong":
            return (*step.wrong_key.prompt, *prompt)
        case _:
            return prompt


def demanded(step: QueueStep, place: Position, language_skills: Mapping[str, Mapping[str, int]]) -> Enqueue:
    """What an agent must be able to do: by the step, by what was set on the way, by the caller's language."""
    skills = _skills(step.skills, place, language_skills)
    return Enqueue(step.queue, skills, max(step.priority, place.priority), place.language, place.step)


def taken_up(queue: str, place: Position, language_skills: Mapping[str, Mapping[str, int]]) -> Enqueue:
    """An agent now, at the place of the caller's callback in `queue`."""
    return Enqueue(
        queue, _skills({}, place, language_skills), place.priority, place.language, place.step, callback=True
    )


def wished(step: CallbackStep, place: Position, language_skills: Mapping[str, Mapping[str, int]]) -> Wish:
    """The callback that is offered."""
    skills = _skills(step.skills, place, language_skills)
    priority = max(step.priority, place.priority)
    return Wish(step.queue, step.prompt, step.key, step.times, step.days, skills, priority)


def _skills(
    own: Mapping[str, int], place: Position, language_skills: Mapping[str, Mapping[str, int]]
) -> tuple[tuple[str, int], ...]:
    skills = dict(own)
    for more in (place.skills, language_skills.get(place.language, {})):
        for skill, level in more.items():
            skills[skill] = max(level, skills.get(skill, 0))
    return tuple(sorted(skills.items()))


def target_of(known: Mapping[str, Value], step: TransferStep) -> str:
    """Where the caller is handed on to; '' when that is not known."""
    if step.to.startswith("+"):
        return step.to
    try:
        return text_of(expression(step.to).value(known))
    except Unusable:
        return ""


def day_in(zone: str, now: int) -> date:
    """The day on which `now` (ms since 1970) falls there."""
    return datetime.fromtimestamp(now / 1000, ZoneInfo(zone)).date()
