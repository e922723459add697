"""Prompts: what callers hear, a company's own recordings in place of the shipped voice, and back."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response

from cti_server.flows.uses import flows_saying
from cti_server.prompts import own
from cti_server.prompts.own import OwnRecording
from cti_server.prompts.recorded import Prepared, prepare
from cti_server.prompts.words import MOST_WORDS, RecordingRefused, to_record
from cti_server.store.base import reading
from cti_server.web.audit import record
from cti_server.web.deps import Deps, WebDeps
from cti_server.web.errors import Problem, language
from cti_server.web.fields import Prose
from cti_server.web.permissions import CurrentUser, permission
from ivr_flows.promptbook import Prompt, PromptText, Sound
from routing.rules import Then

router = APIRouter(prefix="/api/v1/prompts", tags=["prompts"])

_SOUND: dict[str, object] = {
    "requestBody": {
        "required": True,
        "description": "A recording: wav, flac, ogg, mp3 or aiff, at most 60 seconds and 20 MiB",
        "content": {"audio/*": {"schema": {"type": "string", "format": "binary"}}},
    }
}

_SAYING = (Then.MESSAGE, Then.VOICEMAIL)
"""What an overflow rule may do with a prompt."""

Language = Annotated[str, Path(pattern=r"^[a-z]{2}$", description="zh or en")]
Id = Annotated[str, Path(max_length=100, pattern=r"^[ -~]+$", description="A prompt's id, such as goodbye")]
Words = Annotated[
    Prose,
    Query(max_length=MOST_WORDS, description="What is said; without it the words of the shipped prompt"),
]
Voice = Annotated[Literal["heard", "shipped", "own"], Query(description="heard: what callers hear")]


class Shipped(BaseModel):
    """The voice that came with the program."""

    words: str
    seconds: float
    kind: Literal["sentence", "piece", "pause"] = Field(description="piece: a word of numbers, dates and codes")


class Own(BaseModel):
    """A recording of the company's own, which callers hear in place of the shipped voice."""

    words: str
    seconds: float
    saved_at: datetime
    saved_by: str
    outdated: bool = Field(description="A release changed the words it was recorded for")


class PromptItem(BaseModel):
    """One prompt in one language. One of `shipped` and `own` is there, or both."""

    id: str
    language: str
    shipped: Shipped | None
    own: Own | None
    flows: list[str] = Field(description="Flows in force that say it; others are said by the program itself")


class PromptList(BaseModel):
    items: list[PromptItem]
    languages: list[str]


class Report(BaseModel):
    """What became of a recording. `gain_db`: how much louder it was made; `doubts`: listen to it because of that."""

    words: str
    seconds: float
    trimmed_seconds: float
    gain_db: float
    doubts: list[str]


@router.get("", dependencies=[permission("prompts.read")])
async def prompts(deps: Deps) -> PromptList:
    """All of them, by id and language."""
    async with reading(deps.sessions) as session:
        recordings = await own.own_recordings(session)
    shipped = deps.heard.shipped
    users = _users(deps)
    return PromptList(
        items=[
            _item(deps, prompt, recordings.get(prompt), users)
            for prompt in sorted(shipped.texts.keys() | recordings.keys(), key=lambda one: (one.id, one.language))
        ],
        languages=sorted(shipped.languages, reverse=True),
    )


@router.get("/{spoken}/{id_}/audio", dependencies=[permission("prompts.read")])
async def audio(spoken: Language, id_: Id, request: Request, deps: Deps, voice: Voice = "heard") -> Response:
    """Ogg/Opus, as it was before the telephone."""
    prompt = Prompt(id_, spoken)
    shipped = deps.heard.shipped
    async with reading(deps.sessions) as session:
        recording = (await own.own_recordings(session)).get(prompt) if voice != "shipped" else None
        sounds = await own.sounds_of(session, {prompt: recording.sha256}) if recording else {}
    if recording is not None and prompt in sounds:
        headers = _headers(recording.sha256)
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(sounds[prompt], headers=headers, media_type="audio/ogg")
    if voice == "own" or prompt not in shipped.sounds:
        raise Problem("not_found")
    return FileResponse(shipped.source(prompt), headers=_headers(shipped.sounds[prompt].sha256), media_type="audio/ogg")


@router.post("/{spoken}/{id_}/check", dependencies=[permission("prompts.edit")], openapi_extra=_SOUND)
async def check(spoken: Language, id_: Id, request: Request, deps: Deps, words: Words = "") -> Report:
    """What would be said of this recording; callers hear nothing of it."""
    text, prepared = await _sent(request, deps, Prompt(id_, spoken), words)
    return _report(request, text, prepared)


@router.put("/{spoken}/{id_}", dependencies=[permission("prompts.edit")], openapi_extra=_SOUND)
async def put(spoken: Language, id_: Id, request: Request, user: CurrentUser, deps: Deps, words: Words = "") -> Report:
    """From now on callers hear this recording. Who hears the prompt just now hears the old one to its end."""
    prompt = Prompt(id_, spoken)
    text, prepared = await _sent(request, deps, prompt, words)
    async with deps.sessions.begin() as session:
        with _refusals(request):
            await own.put_in_place(session, deps.heard.shipped, prompt, text.text, prepared, user=user.username)
        details = {"sha256": prepared.sha256, "words": text.text}
        await record(session, user, "prompt.record", f"{spoken}/{id_}", details)
    await deps.heard.follow_now()
    return _report(request, text, prepared)


@router.delete("/{spoken}/{id_}", status_code=204, dependencies=[permission("prompts.edit")])
async def delete(spoken: Language, id_: Id, user: CurrentUser, deps: Deps) -> None:
    """Callers hear the shipped voice again; a prompt that is not shipped is gone."""
    prompt = Prompt(id_, spoken)
    if prompt not in deps.heard.shipped:
        _refuse_in_use(_users(deps).get(prompt, ()), _queues_saying(deps, id_))
    async with deps.sessions.begin() as session:
        if not await own.give_up(session, prompt):
            raise Problem("not_found")
        await record(session, user, "prompt.remove", f"{spoken}/{id_}")
    await deps.heard.follow_now()


async def _sent(request: Request, deps: WebDeps, prompt: Prompt, words: str) -> tuple[PromptText, Prepared]:
    """What the recording in the body is to say, and what it becomes."""
    with _refusals(request):
        text = to_record(deps.heard.shipped, prompt, words.strip())
        async with deps.uploads.received(request) as file:
            return text, await deps.workers.run(prepare, text, file)


@contextmanager
def _refusals(request: Request) -> Iterator[None]:
    try:
        yield
    except RecordingRefused as refusal:
        said = (f"{refusal.said.zh}。", f"{refusal.said.en[:1].upper()}{refusal.said.en[1:]}.")
        raise Problem("recording_refused", said, more={"reason": refusal.reason}) from None


def _refuse_in_use(flows: Sequence[str], queues: Sequence[str]) -> None:
    if flows or queues:
        listed = ", ".join((*flows, *queues))
        detail = (f"{listed} 正在使用它，请先修改并发布。", f"{listed} says it: change and publish that first.")
        raise Problem("prompt_in_use", detail, more={"flows": list(flows), "queues": list(queues)})


def _queues_saying(deps: WebDeps, id_: str) -> list[str]:
    """Queues whose overflow rules leave callers with this prompt."""
    floor = deps.hub.floor
    rules = {queue: floor.index.matching.rules(queue).overflow for queue in floor.queues}
    return [
        queue for queue, found in rules.items() if any(rule.target == id_ for rule in found if rule.then in _SAYING)
    ]


def _users(deps: WebDeps) -> Mapping[Prompt, tuple[str, ...]]:
    return flows_saying((deps.flow_reach().library or {}).values())


def _item(
    deps: WebDeps, prompt: Prompt, recording: OwnRecording | None, users: Mapping[Prompt, tuple[str, ...]]
) -> PromptItem:
    shipped = deps.heard.shipped
    text = shipped.texts.get(prompt)
    return PromptItem(
        id=prompt.id,
        language=prompt.language,
        shipped=_shipped(text, shipped.sounds.get(prompt)) if text else None,
        own=Own(
            words=recording.words,
            seconds=recording.milliseconds / 1000,
            saved_at=recording.saved_at,
            saved_by=recording.saved_by,
            outdated=recording.outdated(shipped, prompt),
        )
        if recording
        else None,
        flows=list(users.get(prompt, ())),
    )


def _shipped(text: PromptText, sound: Sound | None) -> Shipped:
    kind: Literal["sentence", "piece", "pause"] = "pause" if text.pause else "piece" if text.piece else "sentence"
    return Shipped(words=text.text, seconds=sound.milliseconds / 1000 if sound else 0.0, kind=kind)


def _report(request: Request, text: PromptText, prepared: Prepared) -> Report:
    english = language(request) == "en"
    return Report(
        words=text.text,
        seconds=prepared.milliseconds / 1000,
        trimmed_seconds=prepared.trimmed_ms / 1000,
        gain_db=round(prepared.gain_db, 1),
        doubts=[doubt.en if english else doubt.zh for doubt in prepared.doubts],
    )


def _headers(sha256: str) -> dict[str, str]:
    return {"ETag": f'"{sha256}"', "Cache-Control": "private, no-cache"}
