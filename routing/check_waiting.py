"""Keys and announcements of a queue that do not go together: one key for two things, keys that nobody hears of."""

from collections.abc import Iterator

from routing.configuration import QueueSettings
from routing.durations import duration_text
from routing.keys import USUAL_KEYS, keys_of
from routing.problems import Problem, Severity, Text
from routing.rules import QueueRules, When


def check_waiting(queue: QueueSettings) -> Iterator[Problem]:
    """What can be seen from the queue alone."""
    path = f"queues.{queue.rules.id}"
    yield from _twice(path, queue.rules)
    yield from _unheard(path, queue)
    yield from _too_late(path, queue.rules)


def _twice(path: str, rules: QueueRules) -> Iterator[Problem]:
    taken: dict[str, str] = {}
    for place, key in keys_of(rules).items():
        other = taken.setdefault(key, place)
        if other != place:
            free = ", ".join(one for one in "1234567890" if one not in keys_of(rules).values())
            yield Problem(
                f"{path}.{place}.key",
                Text(zh=f"按键 {key} 已用于 {other}", en=f"key {key} is that of {other} already"),
                Text(zh=f"换一个按键：{free}", en=f"Choose another one: {free}"),
            )


def _unheard(path: str, queue: QueueSettings) -> Iterator[Problem]:
    keys, waiting = keys_of(queue.rules), queue.rules.waiting
    if waiting.offer and not keys:
        yield _warning(
            f"{path}.waiting.offer",
            Text(zh="没有可用的按键", en="there is no key it could offer"),
            Text(zh="设置按键，或删掉它", en="Set a key, or remove it"),
        )
    if keys and not queue.announce and not waiting.comfort:
        yield _warning(
            f"{path}.announce",
            Text(zh="不播报，等候者不会知道有按键", en="nothing is announced, so nobody hears of the keys"),
            Text(zh="设置 announce 或 waiting.comfort", en="Set announce or waiting.comfort"),
        )
    for place, key in keys.items():
        if not waiting.offer and key != USUAL_KEYS[place]:
            usual = USUAL_KEYS[place]
            yield _warning(
                f"{path}.{place}.key",
                Text(zh=f"没有提示音说到按键 {key}", en=f"no prompt tells callers of key {key}"),
                Text(
                    zh=f"用 {usual}，或在 waiting.offer 写上自己的提示音",
                    en=f"Use {usual}, or name a prompt of your own in waiting.offer",
                ),
            )


def _too_late(path: str, rules: QueueRules) -> Iterator[Problem]:
    limits = [rule.limit for rule in rules.overflow if rule.when is When.WAITED_OVER]
    for index, one in enumerate(rules.waiting.comfort):
        if limits and one.after >= min(limits):
            time = duration_text(min(limits))
            yield _warning(
                f"{path}.waiting.comfort[{index}].after",
                Text(zh=f"{time} 时已转走，不会播到", en=f"never comes: contacts are sent away after {time}"),
                Text(zh="调整两者之一", en="Change one of the two"),
            )


def _warning(path: str, message: Text, remedy: Text) -> Problem:
    return Problem(path, message, remedy, Severity.WARNING)
