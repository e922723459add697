"""The shop as a web application, and as a site that may carry the widget."""

from pathlib import Path

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from cti_server.demo_shop import pages
from cti_server.demo_shop.goods import PARTS
from cti_server.visitors.tables import VisitorSite

SHOP_KEY = "demo-shop"
_CSS = Path(__file__).with_name("shop.css")
_QUEUE = "general"
_CONSENT = {
    "zh": "我同意修得好商城及其客服使用我的号码、称呼和当前页面信息，为本次咨询回电一次；通话会被录音。",
    "en": "I agree that Mendwell and its call center use my number, name and this page to call me back about this "
    "matter; the call is recorded.",
}


def shop_app(addresses: tuple[str, ...], server_port: int) -> Starlette:
    """The shop. It loads the widget from `server_port` of the host it is asked as, if that is one of `addresses`."""

    def server(request: Request) -> str:
        asked = request.url.hostname or ""
        return f"http://{asked if asked in addresses else addresses[0]}:{server_port}"

    def answer(request: Request, text: str, status: int = 200) -> Response:
        ours = server(request)
        policy = (
            f"default-src 'none'; script-src {ours}; connect-src {ours}; style-src 'self'; img-src 'self' data:; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        return HTMLResponse(text, status, {"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff"})

    async def index(request: Request) -> Response:
        return answer(request, pages.index(server(request), _language(request)))

    async def part(request: Request) -> Response:
        found = next((one for one in PARTS if one.id == request.path_params["id"]), None)
        if found is None:
            return answer(request, pages.missing(server(request), _language(request)), 404)
        return answer(request, pages.detail(server(request), _language(request), found))

    async def css(request: Request) -> Response:
        return Response(_CSS.read_bytes(), media_type="text/css", headers={"X-Content-Type-Options": "nosniff"})

    return Starlette(routes=[Route("/", index), Route("/part/{id}", part), Route("/shop.css", css)])


def shop_origins(addresses: tuple[str, ...], port: int) -> list[str]:
    return [f"http://{address}:{port}" for address in addresses]


async def load_shop(session: AsyncSession, origins: list[str]) -> None:
    """Its site, at these origins; otherwise as people have changed it."""
    fields: dict[str, object] = {
        "key": SHOP_KEY,
        "name": {"zh": "修得好 · 家电配件商城", "en": "Mendwell spare parts"},
        "origins": origins,
        "queue": _QUEUE,
        "consent": _CONSENT,
        "follow_pages": True,
        "per_address": 60,
        "per_number": 20,
    }
    made = insert(VisitorSite).values(fields)
    await session.execute(made.on_conflict_do_update(index_elements=["key"], set_={"origins": origins}))


def _language(request: Request) -> str:
    asked = request.query_params.get("lang", "")
    if asked in ("zh", "en"):
        return asked
    return "en" if request.headers.get("accept-language", "").lower().startswith("en") else "zh"
