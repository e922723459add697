"""The web sites that carry the widget, for administrators."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field, field_validator

from cti_server.directory.load import calendars
from cti_server.floor.words import QueueId
from cti_server.visitors.pages import is_origin
from cti_server.visitors.sites import Site, put_site, remove_site
from cti_server.web import audit
from cti_server.web.deps import Deps
from cti_server.web.errors import Problem
from cti_server.web.fields import Prose
from cti_server.web.permissions import CurrentUser, permission

router = APIRouter(prefix="/api/v1", tags=["visitor"])

SiteKey = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[a-z0-9][a-z0-9-]*$")]
_PerHour = Annotated[int, Field(ge=1, le=100_000)]
_Texts = dict[Annotated[str, Field(pattern="^(zh|en)$")], Annotated[Prose, Field(min_length=1, max_length=1000)]]


class SiteBody(BaseModel):
    """`origins`: scheme://host[:port] of its pages. `calendar`: an id of the routing configuration."""

    name: _Texts = Field(min_length=1)
    origins: list[Annotated[str, Field(max_length=300)]] = Field(min_length=1, max_length=50)
    queue: str = Field(min_length=1, max_length=128)
    language: str = Field(default="zh", pattern="^(zh|en)$")
    consent: _Texts = Field(min_length=1)
    calendar: str | None = Field(default=None, max_length=128)
    follow_pages: bool = False
    per_address: _PerHour = 10
    per_number: _PerHour = 3
    per_site: _PerHour = 300

    @field_validator("origins")
    @classmethod
    def _origins(cls, origins: list[str]) -> list[str]:
        if not all(is_origin(origin) for origin in origins):
            raise ValueError("write origins as https://www.example.com, without a path")
        return origins


class SiteShown(SiteBody):
    key: str
    consent_version: int


class SiteList(BaseModel):
    items: list[SiteShown]


@router.get("/visitor-sites", dependencies=[permission("directory.edit")])
async def get_sites(deps: Deps) -> SiteList:
    return SiteList(items=[_shown(site) for _, site in sorted((await deps.sites.all()).items())])


@router.put("/visitor-sites/{key}", dependencies=[permission("directory.edit")])
async def put(key: SiteKey, body: SiteBody, user: CurrentUser, deps: Deps) -> SiteShown:
    """Make or replace a site. Another consent text gets the next version by itself."""
    if QueueId(body.queue) not in deps.hub.floor.queues:
        raise Problem("unknown_queue")
    fields = body.model_dump() | {"origins": frozenset(body.origins)}
    async with deps.sessions.begin() as session:
        if body.calendar is not None and body.calendar not in await calendars(session):
            raise Problem("unknown_calendar")
        await put_site(session, Site(key=key, consent_version=1, **fields))
        await audit.record(session, user, "site_changed", f"visitor_site:{key}")
    deps.sites.changed()
    return _shown((await deps.sites.all())[key])


@router.delete("/visitor-sites/{key}", status_code=204, dependencies=[permission("directory.edit")])
async def delete(key: SiteKey, user: CurrentUser, deps: Deps) -> None:
    """Its widget is refused from now on; past requests stay."""
    async with deps.sessions.begin() as session:
        if not await remove_site(session, key):
            raise Problem("not_found")
        await audit.record(session, user, "site_removed", f"visitor_site:{key}")
    deps.sites.changed()


def _shown(site: Site) -> SiteShown:
    fields = {name: getattr(site, name) for name in Site.__slots__}
    return SiteShown(**fields | {"origins": sorted(site.origins)})
