"""The console's application: pages, assets, and what guards them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.console.pages import (
    alerts,
    answers,
    commissions,
    contacts,
    dead_letters,
    demonstration,
    endpoints,
    fairness,
    funnel,
    held_homes,
    home,
    hosting,
    households,
    mail,
    placements,
    preferences,
    search,
    sent_files,
    sign_in,
    territories,
    vacancies,
)
from services.console.pages.routing import tell_failures
from services.console.pages.visit import Console
from shared.web.application import create_app
from shared.web.problems import Problem, ProblemType

PAGES: Final = (
    home,
    sign_in,
    search,
    territories,
    placements,
    households,
    contacts,
    vacancies,
    sent_files,
    hosting,
    endpoints,
    funnel,
    fairness,
    held_homes,
    commissions,
    dead_letters,
    answers,
    demonstration,
    alerts,
    preferences,
    mail,
)
# No inline script or style, nothing from elsewhere, in no frame, forms only to here.
CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = (
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
)


class SecurityHeaders:
    """ASGI middleware that adds `HEADERS` to every answer, and HSTS where it came by https."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._added = [*HEADERS, (b"strict-transport-security", b"max-age=31536000")] if https else [*HEADERS]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *self._added]
            await send(message)

        await self._app(scope, receive, guarded)


def create_console(console: Console) -> FastAPI:
    """The application around what the pages work with."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await console.apis.close()
        console.sessions.close()

    app = create_app(
        "console",
        title="Ancrage",
        settings=console.settings,
        checks={"identity": console.sessions.check},
        lifespan=lifespan,
    )
    app.state.console = console
    tell_failures(app)
    files = APIRouter()

    @files.get("/assets/{name}", include_in_schema=False)
    async def asset(request: Request, name: str) -> Any:
        found: Response | None = console.assets.answer(request, name)
        if found is None:
            raise Problem(ProblemType.NOT_FOUND)
        return found

    app.include_router(files)
    for page in PAGES:
        app.include_router(page.router, include_in_schema=False)
    # Compresses pages; a live stream passes as it comes, assets are compressed already.
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(SecurityHeaders, https=console.settings.url("console").startswith("https:"))
    return app
