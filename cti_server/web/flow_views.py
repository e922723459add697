"""What the HTTP interface says of flows: its bodies, and how they are made of what the database holds."""

from datetime import datetime

from pydantic import BaseModel, Field
from starlette.requests import Request

from cti_server.flows.differences import Differences
from cti_server.flows.examination import Examined
from cti_server.flows.versions import FlowState, Version
from cti_server.web.errors import language, problem_list
from ivr_flows.promptbook import PromptBook


class VersionItem(BaseModel):
    """One version. `hash` names the content in the journal and in running calls; null: it cannot be run."""

    version: int
    hash: str | None
    title: dict[str, str]
    numbers: list[str]
    languages: list[str]
    shipped: bool = Field(description="Read from a file of the flows' folder")
    restored_from: int | None
    saved_at: str
    saved_by: str
    note: str
    published_at: str | None = Field(description="When it was put in force the last time")
    published_by: str | None
    in_force: bool


class FlowItem(BaseModel):
    """A flow in the list. `version` is the latest; `draft` is that as long as it is not in force."""

    id: str
    version: int
    in_force: VersionItem | None
    draft: VersionItem | None
    offered: VersionItem | None = Field(description="A later release's file, not taken over as the flow was edited")


class FlowList(BaseModel):
    items: list[FlowItem]


class Fault(BaseModel):
    """`path` is the place in the document, such as `steps.main.keys.1`; '' for all of it."""

    path: str
    message: str
    remedy: str
    severity: str


class Looked(BaseModel):
    """What is thought of a text. `usable`: it may be published. `form`: the parsed flow, null if it cannot be run."""

    usable: bool
    hash: str | None
    problems: list[Fault]
    form: dict[str, object] | None


class FlowDetail(FlowItem):
    """The latest version with its text and what is thought of it, and the last twenty versions."""

    yaml: str
    checked: Looked
    versions: list[VersionItem]


class VersionDetail(BaseModel):
    version: VersionItem
    yaml: str
    checked: Looked


class Versions(BaseModel):
    items: list[VersionItem]
    next_cursor: str | None


class Saved(BaseModel):
    """What a save or publication led to. `in_force`: whether callers get it now."""

    version: int
    hash: str | None
    usable: bool
    in_force: bool
    problems: list[Fault]


class ChangeItem(BaseModel):
    """`kind`: added, removed, renamed, changed. `step` '' is the flow itself; `field` '' is the whole step."""

    kind: str
    step: str
    field: str
    before: object
    after: object
    words: str


class Diff(BaseModel):
    """`yaml`: unified diff of the texts. `changes`: null when one side cannot be run, empty: comments and layout."""

    from_version: int
    to_version: int
    yaml: str
    changes: list[ChangeItem] | None


class PromptItem(BaseModel):
    """A prompt by language: what it says, and how many seconds it lasts (null: not rendered)."""

    id: str
    texts: dict[str, str]
    seconds: dict[str, float | None]


class PromptList(BaseModel):
    items: list[PromptItem]


class Rollback(BaseModel):
    version: int = Field(ge=1, lt=2**31, description="The older version to publish anew")


# -- making them -----------------------------------------------------------------------------------------------------


def version_item(version: Version, state: FlowState) -> VersionItem:
    published = version.published
    return VersionItem(
        version=version.number,
        hash=version.hash,
        title=_words(version.outline.get("title")),
        numbers=_texts(version.outline.get("numbers")),
        languages=_texts(version.outline.get("languages")),
        shipped=version.shipped,
        restored_from=version.restored_from,
        saved_at=utc(version.saved_at),
        saved_by=version.saved_by,
        note=version.note,
        published_at=utc(published.at) if published else None,
        published_by=published.by if published else None,
        in_force=state.in_force is not None and state.in_force.number == version.number,
    )


def flow_item(state: FlowState) -> FlowItem:
    def item(version: Version | None) -> VersionItem | None:
        return version_item(version, state) if version is not None else None

    return FlowItem(
        id=state.latest.flow_id,
        version=state.latest.number,
        in_force=item(state.in_force),
        draft=item(state.draft),
        offered=item(state.offered),
    )


def looked(request: Request, examined: Examined) -> Looked:
    flow = examined.flow
    return Looked(
        usable=examined.usable,
        hash=flow.version if flow else None,
        problems=faults(request, examined),
        form=flow.model_dump(mode="json") if flow else None,
    )


def faults(request: Request, examined: Examined) -> list[Fault]:
    return [Fault.model_validate(problem) for problem in problem_list(request, examined.problems)]


def diff_body(request: Request, found: Differences, old: int, new: int) -> Diff:
    english = language(request) == "en"
    items = [
        ChangeItem(
            kind=change.kind,
            step=change.step,
            field=change.field,
            before=change.before,
            after=change.after,
            words=change.words["en" if english else "zh"],
        )
        for change in found.changes or ()
    ]
    return Diff(
        from_version=old, to_version=new, yaml=found.lines, changes=items if found.changes is not None else None
    )


def prompt_items(book: PromptBook) -> list[PromptItem]:
    items = {prompt.id: PromptItem(id=prompt.id, texts={}, seconds={}) for prompt in sorted(book.texts, key=str)}
    for prompt, text in book.texts.items():
        sound = book.sounds.get(prompt)
        items[prompt.id].texts[prompt.language] = text.text
        items[prompt.id].seconds[prompt.language] = sound.milliseconds / 1000 if sound else None
    return [items[id_] for id_ in sorted(items)]


def utc(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _words(found: object) -> dict[str, str]:
    return {str(key): str(text) for key, text in found.items()} if isinstance(found, dict) else {}


def _texts(found: object) -> list[str]:
    return [str(one) for one in found] if isinstance(found, list) else []
