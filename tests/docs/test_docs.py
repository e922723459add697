"""What the documents say of names, files and addresses is true."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from cti_server.cli.main import COMMANDS, GROUPS
from cti_server.connectors import Connectors, ConnectorsCollector
from cti_server.floor.model import Floor
from cti_server.floor.words import Millis
from cti_server.live import CloseCode, Hub
from cti_server.settings import Settings
from cti_server.stall import StallWatch, Turns
from cti_server.web.codes import CODES
from cti_server.web.metrics import register

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("asterisk-config/*.md"), *DOCS.rglob("*.md")])

_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"`([^`\n]+)`")
_FILE = re.compile(r"[\w.-]+(/[\w.-]+)+\.(py|ts|tsx|conf|yaml|service)")

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def prose(page: Path) -> str:
    """The page without its blocks of code."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The headings as a link names them: lower case, dashes for blanks, other signs gone."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def first_column(page: Path, pattern: str) -> set[str]:
    """What `pattern` (one group) finds in the first cells of the page's tables."""
    rows = re.findall(r"^\|([^|]*)\|", prose(page), re.MULTILINE)
    return {found for row in rows for found in re.findall(pattern, row)}


def broken_links(page: Path) -> Iterator[str]:
    for link in _LINK.findall(prose(page)):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    assert list(broken_links(page)) == []


def test_a_broken_link_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One title\n[a](gone.md) [b](#one-title) [c](#other) [d](page.md#one-title)\n", encoding="utf-8")
    assert list(broken_links(page)) == ["gone.md", "#other"]


@each_page
def test_files_that_are_named_exist(page: Path) -> None:
    places = (ROOT, ROOT / "cti_server", ROOT / "tests", page.parent)
    named = {match[0] for code in _CODE.findall(prose(page)) if (match := _FILE.match(code))}
    assert sorted(name for name in named if not any((place / name).exists() for place in places)) == []


@each_page
def test_commands_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`|/|&& )cti ([a-z]+(?:-[a-z]+)*)", text, re.MULTILINE))
    assert named <= {*COMMANDS, *GROUPS}


@each_page
def test_nothing_of_the_machine_it_was_written_on(page: Path) -> None:
    assert re.findall(r"(?<![\w.}-])/(?:work|root|tmp|home)/\S+", page.read_text(encoding="utf-8")) == []


def test_every_setting_is_described() -> None:
    named = first_column(DOCS / "operations.md", r"`CTI_([A-Z_]+)`")
    assert named == {name.upper() for name in Settings.model_fields}


async def test_every_metric_is_described() -> None:
    registry = CollectorRegistry()
    register(registry, Hub("epoch", Floor(), lambda: Millis(0)), lambda: "postgres")
    registry.register(StallWatch(Turns()))
    registry.register(ConnectorsCollector(Connectors({}, {})))
    told = set(re.findall(r"^# TYPE (\S+)", generate_latest(registry).decode(), re.MULTILINE))
    assert first_column(DOCS / "operations.md", r"`(cti_[a-z_]+)`") == told


def test_every_problem_is_described() -> None:
    assert first_column(DOCS / "api.md", r"`([a-z]+(?:_[a-z]+)+)`") == set(CODES)


def test_every_close_code_is_described() -> None:
    named = re.findall(r"^\| (\d{4}) \| `([A-Z_]+)` \|", prose(DOCS / "live-protocol.md"), re.MULTILINE)
    assert {(int(code), name) for code, name in named} == {(code.value, code.name) for code in CloseCode}


def test_decisions_are_numbered_complete_and_listed() -> None:
    pages = sorted((DOCS / "adr").glob("[0-9]*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    listed = set(_LINK.findall(prose(DOCS / "adr/README.md")))
    for page in pages:
        text = prose(page)
        assert text.startswith(f"# {page.name[:4]} ")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences", "Alternatives"]
        assert page.name in listed
