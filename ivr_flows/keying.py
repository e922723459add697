"""What becomes of keys: a choice, a number, a score, or nothing that was asked for."""

from ivr_flows.commands import Command, Digits, GetDigits, Result
from ivr_flows.dictation import MISSED
from ivr_flows.forms import accepted
from ivr_flows.memory import Memory
from ivr_flows.parts import LOW_SCORE, SCORES
from ivr_flows.route import Route
from ivr_flows.steps import Code, CollectStep, DictateStep, MenuStep, SurveyStep, Waiting


def pressed(route: Route, menu: MenuStep, key: str) -> None:
    """The key pressed in a menu; '' for none."""
    place = route.place
    if key in menu.keys:
        inside = place.inside[-1][0] if place.inside else ""
        place.choices.append((place.step, key, inside))
        route.go(menu.keys[key])
    else:
        missed(route, menu, silent=not key)


def number_wanted(route: Route, step: Waiting, wanted: CollectStep | Code, prompt: tuple[str, ...]) -> GetDigits:
    """Return the command that takes a number; a key pressed before belongs to it."""
    key, route.place.typed_ahead = route.place.typed_ahead, ""
    begun = key if key and key != wanted.digits.end else ""
    prompts = () if begun else route.again(step, prompt)
    wait = round(step.timeout.seconds * 1000)
    secret = isinstance(wanted, CollectStep) and wanted.secret
    return GetDigits(prompts, wanted.digits.max, wait, wanted.digits.end, begun, secret)


def collected(route: Route, memory: Memory, step: CollectStep, keyed: str) -> None:
    """The number keyed in."""
    number = accepted(step, keyed)
    if number is None:
        missed(route, step, silent=not keyed)
        return
    memory.keyed(route.place, step, number)
    route.go(step.next)


def rated(route: Route, memory: Memory, step: SurveyStep, key: str) -> None:
    """The score, or a key that is none; '' for silence."""
    if key in SCORES:
        memory.rating = SCORES[key]
        route.go(step.low if step.low is not None and memory.rating <= LOW_SCORE else step.next)
        return
    route.place.silent += 1
    if route.place.silent > step.repeats:
        route.go(step.next)


def report_wanted(route: Route, step: DictateStep) -> Command:
    """Return the command that takes the next code, or what he has to say."""
    code = route.dictation.wanted(step)
    if code is not None:
        return number_wanted(route, step, code, code.prompt)
    return route.dictation.command(step, route.inner, route.place)


def reported(route: Route, memory: Memory, step: DictateStep, result: Result) -> None:
    """A code, or that he spoke."""
    following = route.dictation.take(step, result, route.place, memory)
    if following == MISSED:
        missed(route, step, silent=isinstance(result, Digits) and not result.digits)
    elif following is not None:
        route.go(following)


def missed(route: Route, step: Waiting, *, silent: bool) -> None:
    """Silence, or keys without meaning: the step again, until it was often enough."""
    place = route.place
    if silent:
        place.silent += 1
        place.again = "silent"
        over = place.silent > step.timeout.repeats
    else:
        place.wrong += 1
        place.again = "wrong"
        over = place.wrong >= step.wrong_key.tries
    if over:
        route.go(step.timeout.next if silent else step.wrong_key.next)
