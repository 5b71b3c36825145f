"""What a page answers when it cannot: sign-in, forbidden, not found, offline, expired form, error. Each is written."""

from collections.abc import Callable, Coroutine
from typing import Any, Final
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.routing import APIRoute
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from services.console.adapters.apis import ApiProblem, ApiUnreachable
from services.console.adapters.sessions import COOKIE
from services.console.core.languages import preferred
from services.console.pages.rendering import render
from services.console.pages.visit import Console, FormExpired, SignInNeeded, Visit, visit_of
from shared import telemetry
from shared.clock import utc_now
from shared.web.problems import Problem
from shared.web.problems import answer as problem_answer

log = telemetry.logger(__name__)
_PAGE_OF_STATUS: Final = {
    403: "forbidden",
    404: "not_found",
    405: "not_found",
    409: "conflict",
    413: "too_large",
    429: "busy",
}


class PageRoute(APIRoute):
    """A route whose failures are pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def page(request: Request) -> Response:
            try:
                return await handle(request)
            except Exception as error:  # noqa: BLE001 - each end has its page, the unforeseen one too
                return await failure(request, error)

        return page


async def failure(request: Request, error: Exception) -> Response:
    """The page that tells a failure."""
    if isinstance(error, SignInNeeded) or (isinstance(error, ApiProblem) and error.status == 401):
        return sign_in_first(request)
    visit = await _visit_despite(request)
    if isinstance(error, FormExpired):
        return _told(visit, 403, "form_expired")
    if isinstance(error, ApiUnreachable):
        return _told(visit, 503, "offline", service=error.service)
    if isinstance(error, SQLAlchemyError):
        log.error("identity.unavailable", error=type(error).__name__)
        return _told(visit, 503, "offline", service="identity")
    if isinstance(error, ApiProblem):
        return _told(visit, error.status, _page_of(error.status), problem=error)
    if isinstance(error, Problem):
        status = error.kind.value.status
        return _told(visit, status, _page_of(status))
    if isinstance(error, RequestValidationError):
        return _told(visit, 404, "not_found")
    if isinstance(error, HTTPException):
        return _told(visit, error.status_code, _page_of(error.status_code))
    log.exception("page.failed", path=request.url.path)
    return _told(visit, 500, "error")


def sign_in_first(request: Request) -> Response:
    """To the sign-in page, and back here after it. A script is told by 401."""
    if _by_script(request):
        return JSONResponse({"type": "/problems/unauthenticated"}, 401)
    after = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    next_page = after if request.method == "GET" else "/"
    answer = RedirectResponse(f"/connexion?suite={quote(next_page, safe='/')}", 303)
    answer.delete_cookie(COOKIE, path="/")
    return answer


def _by_script(request: Request) -> bool:
    return request.headers.get("x-requested-with") == "ancrage"


def _page_of(status: int) -> str:
    return _PAGE_OF_STATUS.get(status, "offline" if status in {502, 503, 504} else "error")


def _told(visit: Visit, status: int, page: str, **values: Any) -> Response:
    template = "failure_part.html" if _by_script(visit.request) else "failure.html"
    return render(
        visit,
        template,
        status=status,
        page=page,
        service=values.get("service"),
        problem=values.get("problem"),
        request_id=getattr(visit.request.state, "request_id", None),
    )


async def _visit_despite(request: Request) -> Visit:
    """The visit, as the public's where the identity database does not answer."""
    try:
        return await visit_of(request)
    except SQLAlchemyError:
        console: Console = request.app.state.console
        language = preferred(asked=None, remembered=None, accepted=request.headers.get("accept-language"))
        return Visit(request, console, language, None, "", utc_now())


def tell_failures(app: FastAPI) -> None:
    """Registers the pages for what fails outside a page: unknown addresses, methods, bodies."""

    async def on_failure(request: Request, error: Exception) -> Response:
        if isinstance(error, Problem) and request.url.path in {"/livez", "/readyz", "/metrics"}:
            return problem_answer(request, error)
        return await failure(request, error)

    for kind in (HTTPException, Problem, RequestValidationError):
        app.add_exception_handler(kind, on_failure)
