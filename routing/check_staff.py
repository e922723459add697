"""Who can serve a queue at each stage: nobody ever, nobody yet, and relaxation that does not widen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from routing.check_limits import check_storm
from routing.durations import duration_text
from routing.logic import contradiction, implies, possible
from routing.problems import Problem, Severity, Text
from routing.requirement import NOBODY, Has, Requirement, skills_in, text_of
from routing.rules import Contact, QueueRules
from routing.staffing import Staffing
from routing.stages import Stage, stages_of

_REPEAT = Text(
    zh="每一步取代前一步：把前一步已有的放宽再写一遍，并加上新的",
    en="A step replaces the one before: repeat what that one widened, and add to it",
)


@dataclass(frozen=True, slots=True)
class _Part:
    """A stage of the queue, its place in the document, and the place of the requirement it is made of."""

    stage: Stage
    path: str
    asked_at: str
    staff: int
    eased: frozenset[str] = frozenset()
    """Skills that only contacts themselves ask for, and that are not asked for any more."""


def check_staff(rules: QueueRules, staffing: Staffing) -> tuple[int, list[Problem]]:
    """Bits of all who can ever serve the queue, and what is wrong with who can."""
    parts = _parts(rules, staffing)
    ever = 0 if rules.reserve_over is None else staffing.of(parts[0].stage, reserve=True)
    for part in parts:
        ever |= part.staff
    found = list(_contradictions(rules))
    if found:
        return ever, found
    found.extend(_unwidened(parts, staffing, staffed=bool(ever)))
    if not any(possible(part.stage.requirement) for part in parts):
        found.append(_nobody_by_rule(parts[0]))
    elif staffing.roster.everyone and not ever:
        found.append(_nobody_here(rules, parts[-1], staffing))
    elif ever and not parts[0].staff:
        found.append(_nobody_yet(parts))
    if ever and rules.storm is not None and not parts[0].staff:
        found.append(_storm_starves(rules))
    if ever and rules.reserve_over is not None and parts[0].staff == staffing.of(parts[0].stage, reserve=True):
        found.append(_no_reserve(rules))
    found.extend(check_storm(rules, parts[0].staff.bit_count()))
    return ever, found


def _parts(rules: QueueRules, staffing: Staffing) -> list[_Part]:
    path = f"queues.{rules.id}"
    first, *later = stages_of(rules, Contact("", rules.id, 0, 0))
    parts = [_Part(first, path, f"{path}.requirement", staffing.of(first))]
    in_time = sorted(enumerate(rules.relaxation), key=lambda item: item[1].after)
    for stage, (index, step) in zip(later, in_time, strict=True):
        place = f"{path}.relax[{index}]"
        asked_at = parts[0].asked_at if step.requirement is None else f"{place}.requirement"
        eased = step.drop - skills_in(parts[0].stage.requirement)
        parts.append(_Part(stage, place, asked_at, staffing.of(stage), eased))
    return parts


def _contradictions(rules: QueueRules) -> Iterator[Problem]:
    path = f"queues.{rules.id}"
    asked: list[tuple[str, Requirement | None]] = [(f"{path}.requirement", rules.requirement)]
    asked += [(f"{path}.relax[{index}].requirement", step.requirement) for index, step in enumerate(rules.relaxation)]
    for place, requirement in asked:
        if requirement is not None and requirement != NOBODY and not possible(requirement):
            part = text_of(contradiction(requirement))
            yield Problem(
                place,
                Text(zh=f"自相矛盾：{part}", en=f"it contradicts itself: {part}"),
                Text(zh="去掉其中一个条件", en="Remove one side of it"),
            )


def _unwidened(parts: Sequence[_Part], staffing: Staffing, *, staffed: bool) -> Iterator[Problem]:
    for before, part in pairwise(parts):
        lost = before.staff & ~part.staff
        eases = bool(part.eased - before.eased)
        if not eases and not _can_widen(before.stage, part.stage):
            message = Text(
                zh="无论有哪些坐席，这一步都不会放宽", en="this step can never widen anything, whoever works here"
            )
            yield Problem(part.path, message, _REPEAT)
        elif staffed and lost:
            one = next(staffing.roster.of(lost)).id
            count = lost.bit_count()
            message = Text(
                zh=f"这一步反而少了 {count} 名坐席，例如 {one}",
                en=f"this step loses agents who could serve before: {count}, for example {one}",
            )
            yield Problem(part.path, message, _REPEAT)
        elif staffed and not eases and before.staff == part.staff:
            message = Text(zh="这一步没有增加任何坐席", en="nobody joins at this step")
            yield Problem(part.path, message, Text(zh="再放宽些，或删掉这一步", en="Widen it further, or remove it"))


def _can_widen(before: Stage, after: Stage) -> bool:
    """Whether there could be an agent who serves only from `after` on."""
    narrower = after.queues <= before.queues and after.reserve <= before.reserve
    return not (narrower and implies(after.requirement, before.requirement))


def _nobody_by_rule(first: _Part) -> Problem:
    return Problem(
        first.asked_at,
        Text(zh="无论有哪些坐席，都没有人能接听此队列", en="nobody can ever serve this queue, whoever works here"),
        Text(zh="改写要求", en="Change the requirement"),
    )


def _nobody_here(rules: QueueRules, widest: _Part, staffing: Staffing) -> Problem:
    requirement = widest.stage.requirement
    skilled = staffing.roster.meets(requirement).bit_count()
    if skilled:
        who = (
            Text(zh="都不是成员", en="none is a member")
            if rules.members_only
            else Text(zh="都只是后备", en="all are only its reserve")
        )
        return Problem(
            f"queues.{rules.id}.members",
            Text(
                zh=f"没有人能接听此队列：{skilled} 名坐席满足要求，但{who['zh']}",
                en=f"nobody can ever serve this queue: of those who meet the requirement ({skilled}), {who['en']}",
            ),
            Text(
                zh="让其中一些成为成员，或在某一步写 reserve: true",
                en="Make some of them members, or call the reserve at some step with reserve: true",
            ),
        )
    unmet = staffing.unmet(requirement)
    why = _best_there_is(unmet, staffing)
    return Problem(
        widest.asked_at,
        Text(
            zh=f"没有人能接听此队列：无人满足 {text_of(unmet)}{why['zh']}",
            en=f"nobody can ever serve this queue: no agent meets {text_of(unmet)}{why['en']}",
        ),
        Text(zh="降低要求，或给坐席加上技能", en="Ask for less, or give agents the skill"),
    )


def _best_there_is(unmet: Requirement, staffing: Staffing) -> Text:
    if not isinstance(unmet, Has):
        return Text(zh="", en="")
    best = staffing.best_level(unmet.skill)
    if best:
        return Text(zh=f"（最高级别为 {best}）", en=f" (the best level is {best})")
    return Text(zh="（没有坐席有此技能）", en=" (no agent has this skill)")


def _nobody_yet(parts: Sequence[_Part]) -> Problem:
    later = next((part for part in parts if part.staff), None)
    if later is None:
        message = Text(zh="只有调用后备时才有人能接听", en="only the reserve, once called, can serve this queue")
    else:
        after = duration_text(later.stage.after)
        message = Text(zh=f"等候 {after} 之后才有人能接听", en=f"nobody can serve until {after} have passed")
    return Problem(
        parts[0].asked_at,
        message,
        Text(zh="让第一步就有坐席能接听", en="Let somebody serve from the start"),
        Severity.WARNING,
    )


def _no_reserve(rules: QueueRules) -> Problem:
    return Problem(
        f"queues.{rules.id}.reserve_over",
        Text(zh="此队列没有后备坐席", en="this queue has no reserve to call"),
        Text(zh="为一些坐席设置后备资格，或删掉它", en="Make some agents its reserve, or remove this"),
        Severity.WARNING,
    )


def _storm_starves(rules: QueueRules) -> Problem:
    return Problem(
        f"queues.{rules.id}.storm",
        Text(
            zh="涌入时此队列可能一直轮不到：它的份额按第一步的坐席计算，而第一步没有坐席",
            en="in a storm contacts could starve: the share is of the agents of the first stage, and there are none",
        ),
        Text(zh="让第一步就有坐席能接听，或删掉 storm", en="Let somebody serve from the start, or remove storm"),
    )
