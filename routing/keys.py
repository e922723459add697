"""The keys that mean something to callers who wait in a queue."""

from routing.rules import QueueRules

USUAL_KEYS = {"callback": "1", "waiting.voicemail": "2", "waiting.self_service": "3"}
"""Those that the prompts shipped with us name."""


def keys_of(rules: QueueRules) -> dict[str, str]:
    """The keys that mean something to who waits, by their place in the queue's entry."""
    keys = {"callback": rules.callback.key}
    if rules.waiting.voicemail is not None:
        keys["waiting.voicemail"] = rules.waiting.voicemail.key
    if rules.waiting.self_service is not None:
        keys["waiting.self_service"] = rules.waiting.self_service.key
    return {place: key for place, key in keys.items() if key}
