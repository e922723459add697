"""Documents from outside: read without harm, refused with place and remedy."""

import pytest

from cti_server.demo_data.queues import demo_configuration
from cti_server.directory.examination import MAX_BYTES, Kind, decode, encode, examine_text
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
