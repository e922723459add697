"""Errors as RFC 9457 problems: a stable `code` for programs, title and detail in the reader's language."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from traceback import walk_tb

import asyncpg
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request

from cti_server.floor.inputs import RefusedError
from cti_server.web.codes import CODES, Text
from routing.problems import Problem as Found

log = structlog.get_logger()

_BY_STATUS = {
    401: "not_signed_in",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
}


class Problem(Exception):
    """Ends a request with the problem `code` of `CODES`; `more` are further members of its body."""

    def __init__(
        self,
        code: str,
        detail: Text | None = None,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, object]] = (),
        problems: Sequence[Found] = (),
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.headers = headers
        self.errors = errors
        self.problems = problems
        self.more = more or {}


def language(conn: HTTPConnection) -> str:
    """`zh` or `en`, whichever Accept-Language (RFC 9110 §12.5.4) prefers; `zh` when it names neither."""
    best, weight = "zh", 0.0
    for part in conn.headers.get("accept-language", "")[:200].split(","):
        tag, _, quality = part.strip().lower().partition(";q=")
        name = tag.split("-")[0]
        try:
            q = float(quality or 1)
        except ValueError:
            continue
        if name in ("zh", "en") and q > weight:
            best, weight = name, q
    return best


def problem_response(request: HTTPConnection, problem: Problem) -> JSONResponse:
    """`application/problem+json` for one problem."""
    status, text = CODES[problem.code]
    english = language(request) == "en"
    phrase = HTTPStatus(status).phrase
    body: dict[str, object] = {
        "type": f"about:blank#{problem.code}",
        "title": text[english],
        "status": status,
        "detail": (problem.detail or text)[english],
        "code": problem.code,
    }
    if problem.errors:
        body["errors"] = list(problem.errors)
    if problem.problems:
        body["problems"] = problem_list(request, problem.problems)
    body |= problem.more
    headers = {"Content-Language": "en" if english else "zh-CN", "Cache-Control": "no-store", **(problem.headers or {})}
    if status == 401:
        headers["WWW-Authenticate"] = f'Bearer error="{phrase}"'
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def problem_list(request: HTTPConnection, problems: Sequence[Found]) -> list[dict[str, str]]:
    """What is wrong with a document, in the reader's language."""
    english = language(request) == "en"
    return [
        {
            "path": found.path,
            "message": found.message["en" if english else "zh"],
            "remedy": found.remedy["en" if english else "zh"],
            "severity": found.severity.value,
        }
        for found in problems
    ]


def install_errors(app: FastAPI) -> None:
    """Every way a request can fail answers with a problem."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for away in (DBAPIError, PoolTimeoutError, asyncpg.PostgresError, OSError):
        app.add_exception_handler(away, _away)
    app.add_exception_handler(Exception, _broken)


async def _problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)  # noqa: S101 - registered for this type only
    return problem_response(request, error)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RefusedError)  # noqa: S101 - registered for this type only
    if error.code in CODES:
        return problem_response(request, Problem(error.code))
    return problem_response(request, Problem("not_allowed", (error.detail, error.detail)))


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    """Names the fields and what is wrong with them, never the values: they may be secrets."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type only
    errors = [
        {"field": ".".join(str(part) for part in found["loc"]), "type": found["type"], "message": found["msg"]}
        for found in error.errors()[:20]
    ]
    return problem_response(request, Problem("invalid_request", errors=errors))


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type only
    return problem_response(
        request, Problem(_BY_STATUS.get(error.status_code, "invalid_request"), headers=error.headers)
    )


async def _away(request: Request, error: Exception) -> JSONResponse:
    if not _is_away(error):
        return await _broken(request, error)
    log.warning("database_away", path=request.scope["path"], error=type(error).__name__)
    return problem_response(request, Problem("database_away", headers={"Retry-After": "2"}))


def _is_away(error: Exception) -> bool:
    """Whether the database could not be reached, rather than refused what we asked or had nothing to do with it."""
    if isinstance(error, DBAPIError):
        return isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
    if isinstance(error, OSError):
        # A missing socket or a refused connection comes bare from the driver; a full disk comes from elsewhere.
        frames = walk_tb(error.__traceback__)
        return any(frame.f_globals.get("__name__", "").startswith("asyncpg") for frame, _ in frames)
    return True


async def _broken(request: Request, error: Exception) -> JSONResponse:
    log.error("request_failed", method=request.scope.get("method"), path=request.scope["path"], exc_info=error)
    return problem_response(request, Problem("internal_error"))
