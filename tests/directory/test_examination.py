"""Documents from outside: read without harm, refused with place and remedy."""

import pytest

from cti_server.demo_data.queues import demo_configuration
from cti_server.directory.examination import MAX_BYTES, Kind, Walkable, decode, encode, examine, examine_text
from cti_server.flows.walkable import walkable
from ivr_flows.flow import load_library
from ivr_flows.promptbook import PromptBook
from routing.keys import keys_of
from routing.loading import dump, load
from routing.problems import ConfigurationError

_BOMB = b"a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nversion: *b\n"


def test_what_is_written_is_what_is_read() -> None:
    configuration = demo_configuration()
    text = encode(dump(configuration))
    assert "四川话" in text
    assert load(decode(text.encode(), "yaml")) == configuration


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        ("yaml", _BOMB, "line 1: not usable YAML: anchors and aliases"),
        ("yaml", b"version: 1\nqueues: {a: {}\n", "line 3: not usable YAML"),
        ("yaml", b"version: 1\nversion: 1\n", "line 2: not usable YAML: not valid YAML: 'version' is written twice"),
        ("yaml", b"\xff\xfe", "byte 0: not usable YAML: not UTF-8"),
        ("yaml", b"[" * 20, "nested deeper than 12"),
        ("yaml", b"#" * (MAX_BYTES + 1), "larger than 1024 KiB. Use fewer queues and rules"),
        ("yaml", b"- a\n" * 250_001, "more than 250000 entries"),
        ("yaml", b"!!python/object/apply:os.system [ls]", "expected a mapping"),
        ("json", b'{"version": 1', "not usable JSON: Expecting"),
        ("json", b'{"version": 1, "version": 1}', "not usable JSON: 'version' is written twice"),
        ("json", b'{"version": ' + b"[" * 100_000, "not usable JSON: nested too deep"),
        ("json", b'{"version": ' + b"9" * 5_000 + b"}", "not usable JSON: Exceeds the limit"),
        ("json", b"\xff", "not usable JSON: 'utf-8' codec can't decode"),
        ("json", b" " * (MAX_BYTES + 1), "not usable JSON: larger than 1024 KiB"),
        ("json", b"NaN", "expected a mapping, found nan"),
        (
            "json",
            b'{"version": 1, "queues": {"a": {"name": {"zh": "x", "en": "x"}, "target": NaN}}}',
            "queues.a.target",
        ),
    ],
)
def test_what_cannot_be_read(kind: Kind, data: bytes, said: str) -> None:
    examined = examine_text(data, kind, {})
    assert examined.configuration is None
    assert said in str(ConfigurationError(examined.problems))


@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_both_kinds_of_text_say_the_same(kind: Kind) -> None:
    queue = b'{"name": {"zh": "x", "en": "x"}, "ring": 30, "storm": {"waiting": 5, "share": 50}}'
    examined = examine_text(b'{"version": 1, "queues": {"a": ' + queue + b"}}", kind, {})
    assert examined.configuration is not None
    assert examined.configuration.queues["a"].ring == 30_000
    assert [problem.path for problem in examined.problems] == ["queues"], "there are no agents, which is told"


# -- what callers do while they wait -----------------------------------------------------------------------------

FLOWS = {"95598": Walkable(frozenset({"greeting", "main"})), "pin": Walkable(frozenset({"ask"}), ("account",))}


@pytest.mark.parametrize(
    ("waiting", "path", "message", "remedy"),
    [
        (
            {"self_service": {"key": "3", "flow": "95589"}},
            "self_service.flow",
            "there is no published flow 95589",
            "Did you mean 95598?",
        ),
        (
            {"self_service": {"key": "3", "flow": "95598", "step": "man"}},
            "self_service.step",
            "flow 95598 has no step man",
            "Did you mean main?",
        ),
        (
            {"self_service": {"key": "3", "flow": "pin"}},
            "self_service.flow",
            "flow pin needs account to be set before",
            "Name a flow that needs nothing",
        ),
        (
            {"voicemail": {"key": "2"}, "offer": "waiting_option"},
            "offer",
            "there is no prompt waiting_option (en, zh)",
            "Did you mean waiting_options?",
        ),
        ({"voicemail": {"key": "2", "say": "x9"}}, "voicemail.say", "there is no prompt x9 (en, zh)", "Use one of"),
        ({"comfort": [{"after": "1m", "say": "x9"}]}, "comfort[0].say", "there is no prompt x9 (en, zh)", "Use one"),
    ],
)
def test_what_is_not_there_is_named_with_its_place(
    waiting: dict[str, object], path: str, message: str, remedy: str
) -> None:
    queue = {"name": {"zh": "综合", "en": "General"}, "waiting": waiting}
    examined = examine({"version": 1, "queues": {"general": queue}}, {}, PromptBook.load(), FLOWS)
    assert examined.configuration is None
    (found,) = [x for x in examined.problems if x.path == f"queues.general.waiting.{path}"]
    assert message in found.message["en"]
    assert remedy in found.remedy["en"]


def test_without_knowing_the_flows_they_are_not_checked() -> None:
    queue = {"name": {"zh": "综合", "en": "General"}, "waiting": {"self_service": {"key": "3", "flow": "no"}}}
    assert examine({"version": 1, "queues": {"general": queue}}, {}, PromptBook.load()).configuration is not None


def test_the_demo_offers_all_three_keys_in_every_queue() -> None:
    flows = walkable(load_library())
    assert examine(dump(demo_configuration()), {}, PromptBook.load(), flows).configuration is not None
    for queue in demo_configuration().queues.values():
        assert set(keys_of(queue.rules).values()) == {"1", "2", "3"}
        assert queue.rules.waiting.comfort
