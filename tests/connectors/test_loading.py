"""Every mistake in a document is told with its place and a remedy; secrets come from outside and are told to nobody."""

import copy
from pathlib import Path

import pytest
import yaml

from cti_server.connectors import load
from cti_server.connectors.loading import read_document
from routing.problems import ConfigurationError, Problem

GOOD = """
version: 1
connectors:
  crm:
    title: {zh: 客户系统, en: CRM}
    url: https://crm.example.cn/api
    auth: {basic: {user: cti, password: {file: crm.secret}}}
    headers: {X-Tenant: demo}
    networks: [10.1.0.0/16]
    breaker: {failures: 3, rest: 20}
    actions:
      bill:
        path: /customers/{number}/bill
        arguments: {number: {most: 20, only: digits}, pin: {optional: true}}
        query: {pin: "{pin}"}
        retries: 2
        results:
          amount: {at: bill.amount, as: money}
          lines: {at: lines, as: list, most: 3, fields: {name: name, price: {at: price, as: cents}}}
      complain:
        method: POST
        path: /complaints
        once: true
        retries: 1
        arguments: [text]
        body: {text: "{text}"}
"""


def write(folder: Path, text: str, name: str = "connectors.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path, environment: dict[str, str] | None = None) -> list[Problem]:
    with pytest.raises(ConfigurationError) as refused:
        load(path, environment or {})
    for problem in refused.value.problems:
        assert set(problem.message) == set(problem.remedy) == {"zh", "en"}
        assert all([*problem.message.values(), *problem.remedy.values()])
    return list(refused.value.problems)


def test_a_good_document(tmp_path: Path) -> None:
    (tmp_path / "crm.secret").write_text("geheim\n")
    found = load(write(tmp_path, GOOD), {})
    assert found["crm"].headers == {"X-Tenant": "demo", "Authorization": "Basic Y3RpOmdlaGVpbQ=="}
    assert found["crm"].tls is not None
    assert found["crm"].tls.check_hostname
    signature = found["crm"].settings.actions["bill"].signature()
    assert signature.arguments == {"number": True, "pin": False}
    assert {name: kind.value for name, kind in signature.results.items()} == {"amount": "money", "lines": "list"}
    assert not signature.business
    assert found["crm"].settings.actions["complain"].signature().business
    assert "geheim" not in repr(found)
    assert "Y3Rp" not in repr(found)


def test_the_same_in_toml(tmp_path: Path) -> None:
    toml = """
version = 1
[connectors.crm]
url = "https://${HOST}/api"
[connectors.crm.actions.bill]
path = "/bill"
retries = 1
[connectors.crm.actions.bill.results]
amount = {at = "amount", as = "money"}
"""
    document = read_document(write(tmp_path, toml, "c.toml"), {"HOST": "crm.example.cn"})
    assert document.connectors["crm"].url == "https://crm.example.cn/api"
    assert document.connectors["crm"].actions["bill"].retries == 1


WRONG: list[tuple[str, object, str, str]] = [
    # place in the document, what is put there, where the problem is told, a word of it
    ("version", 2, "version", ""),
    ("connectors.crm.url", "ftp://crm.example.cn", "connectors.crm", "https://"),
    ("connectors.crm.url", "https://user:secret@crm.example.cn", "connectors.crm", "auth"),
    ("connectors.crm.url", "https://crm.example.cn?x=1", "connectors.crm", "?"),
    ("connectors.crm.url", "https://crm.example.cn:99999", "connectors.crm", ""),
    ("connectors.crm.url", "https://${NOWHERE}/x", "connectors.crm.url", "NOWHERE"),
    ("connectors.crm.auth", {}, "connectors.crm.auth", "choose one"),
    ("connectors.crm.auth", {"bearer": "secret"}, "connectors.crm.auth.bearer", ""),
    ("connectors.crm.auth", {"bearer": {"file": "a", "env": "B"}}, "connectors.crm.auth.bearer", "say where"),
    ("connectors.crm.auth", {"bearer": {"env": "NOWHERE"}}, "connectors.crm.auth.bearer", "NOWHERE"),
    ("connectors.crm.auth", {"bearer": {"file": "gone"}}, "connectors.crm.auth.bearer", "gone"),
    ("connectors.crm.headers", {"Host": "x"}, 'connectors.crm.headers.Host["[key]"]', ""),
    ("connectors.crm.headers", {"X": "a\r\nb"}, "connectors.crm.headers.X", "ASCII"),
    ("connectors.crm.networks", ["10.0.0.1/8"], "connectors.crm.networks[0]", ""),
    ("connectors.crm.timeout", "soon", "connectors.crm.timeout", "number"),
    ("connectors.crm.timeout", 3600, "connectors.crm.timeout", ""),
    ("connectors.crm.zone", "Mars/Base", "connectors.crm.zone", "zone"),
    ("connectors.crm.brekaer", {}, "connectors.crm.brekaer", "breaker"),
    ("connectors.crm.ca", "gone.pem", "connectors.crm.ca", "gone.pem"),
    ("connectors.crm.actions", {}, "connectors.crm.actions", ""),
    ("connectors.customers", {"url": "https://x.cn", "actions": {"a": {"path": "/"}}}, "connectors.customers", "own"),
    ("connectors.crm.actions.bill.path", "bill", "connectors.crm.actions.bill.path", "/"),
    ("connectors.crm.actions.bill.path", "/a/../b/{number}", "connectors.crm.actions.bill.path", ".."),
    ("connectors.crm.actions.bill.path", "/{number}?x", "connectors.crm.actions.bill.path", "?"),
    ("connectors.crm.actions.bill.path", "/{number", "connectors.crm.actions.bill.path", "brace"),
    ("connectors.crm.actions.bill.path", "/{nummer}", "connectors.crm.actions.bill", "nummer"),
    ("connectors.crm.actions.bill.path", "/bill", "connectors.crm.actions.bill", "never used"),
    ("connectors.crm.actions.bill.path", "/{number}/{pin}", "connectors.crm.actions.bill", "optional"),
    ("connectors.crm.actions.bill.method", "FETCH", "connectors.crm.actions.bill.method", "GET"),
    ("connectors.crm.actions.bill.methd", "GET", "connectors.crm.actions.bill.methd", "method"),
    ("connectors.crm.actions.bill.body", {"a": "1"}, "connectors.crm.actions.bill", "body"),
    ("connectors.crm.actions.bill.once", "true", "connectors.crm.actions.bill", "once"),
    ("connectors.crm.actions.bill.retries", 9, "connectors.crm.actions.bill.retries", ""),
    ("connectors.crm.actions.bill.statuses", {"409": "gone"}, "connectors.crm.actions.bill.statuses", ""),
    ("connectors.crm.actions.bill.statuses", {"200": "refused"}, "connectors.crm.actions.bill.statuses", ""),
    ("connectors.crm.actions.bill.results.amount", {"at": "a b"}, "connectors.crm.actions.bill.results.amount.at", ""),
    (
        "connectors.crm.actions.bill.results.amount",
        {"as": "money"},
        "connectors.crm.actions.bill.results.amount.at",
        "",
    ),
    (
        "connectors.crm.actions.bill.results.amount",
        {"at": "a", "as": "euro"},
        "connectors.crm.actions.bill.results.amount.as",
        "money",
    ),
    ("connectors.crm.actions.bill.results.amount", {"at": "a", "as": "list"}, "connectors.crm.actions.bill", "fields"),
    (
        "connectors.crm.actions.bill.results.lines.fields.more",
        {"at": "a", "as": "list", "fields": {"b": "b"}},
        "connectors.crm.actions.bill.results.lines",
        "within",
    ),
    ("connectors.crm.actions.complain.once", "false", "connectors.crm.actions.complain", "Idempotency-Key"),
    ("connectors.crm.actions.complain.body.text", "{{text}}", "connectors.crm.actions.complain", "brace"),
]


@pytest.mark.parametrize(("place", "value", "told", "word"), WRONG, ids=[f"{w[0]}={w[1]}"[:60] for w in WRONG])
def test_mistakes(tmp_path: Path, place: str, value: object, told: str, word: str) -> None:
    (tmp_path / "crm.secret").write_text("geheim")
    document = copy.deepcopy(yaml.safe_load(GOOD))
    *way, last = place.split(".")
    part = document
    for key in way:
        part = part[key]
    part[last] = value
    found = problems(write(tmp_path, yaml.safe_dump(document)))
    assert any(problem.path.startswith(told) and word in problem.line for problem in found), found
    assert not any("geheim" in problem.line for problem in found)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("retries: 2", "retries: many").replace("failures: 3", "failures: 0").replace("rest", "pause")
    found = {problem.path for problem in problems(write(tmp_path, text))}
    assert found == {
        "connectors.crm.actions.bill.retries",
        "connectors.crm.breaker.failures",
        "connectors.crm.breaker.pause",
    }


@pytest.mark.parametrize(
    ("secret", "word"), [("", "empty"), ("two\nlines", "characters"), ("密码", "characters"), ("\0", "characters")]
)
def test_a_secret_that_cannot_be_sent(tmp_path: Path, secret: str, word: str) -> None:
    (tmp_path / "crm.secret").write_text(secret, encoding="utf-8")
    (problem,) = problems(write(tmp_path, GOOD))
    assert problem.path == "connectors.crm.auth.basic.password"
    assert word in problem.line
    assert not secret or secret not in problem.line


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("bomb.yaml", "a: &a [1]\nb: *a\n"),
        ("large.yaml", "# " + "x" * 300_000),
        ("list.yaml", "- 1\n"),
        ("empty.yaml", ""),
        ("twice.yaml", "version: 1\nversion: 1\nconnectors: {}\n"),
        ("deep.yaml", "a: " + "[" * 50 + "]" * 50),
        ("bad.toml", "version = \n"),
        ("large.toml", "# " + "x" * 300_000),
    ],
)
def test_what_is_no_document(tmp_path: Path, name: str, text: str) -> None:
    assert problems(write(tmp_path, text, name))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path / "gone.yaml")
    assert "gone.yaml cannot be read" in problem.line
