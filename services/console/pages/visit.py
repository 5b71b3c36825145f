"""One request of a visitor: who, in which language, and what guards its forms."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.datastructures import FormData

from services.console.adapters.apis import Apis, Caller
from services.console.adapters.assets import Assets
from services.console.adapters.board import Board
from services.console.adapters.people import People
from services.console.adapters.sessions import COOKIE, Sessions, SignedIn
from services.console.core import forms
from services.console.core.attempts import Attempts
from services.console.core.languages import Language, preferred
from services.console.core.messages import text
from services.console.core.navigation import may
from services.console.settings import ConsoleSettings
from shared.clock import utc_now
from shared.identity import Action, Resource, Role
from shared.web.problems import Problem, ProblemType

LANGUAGE_COOKIE: Final = "ancrage_langue"
VISITOR_COOKIE: Final = "ancrage_visiteur"


@dataclass
class Console:
    """What the pages work with; one for the process."""

    settings: ConsoleSettings
    apis: Apis
    sessions: Sessions
    people: People
    assets: Assets
    board: Board
    by_login: Attempts = field(default_factory=lambda: Attempts(limit=8, window_seconds=300))
    by_address: Attempts = field(default_factory=lambda: Attempts(limit=30, window_seconds=300))


class SignInNeeded(Exception):
    """The page is for people who are signed in."""


class FormExpired(Exception):
    """A form came without the token of its page, or from another site."""


@dataclass
class Visit:
    """A request with what pages need of it."""

    request: Request
    console: Console
    language: Language
    who: SignedIn | None
    visitor: str
    now: datetime
    holds_form: bool = False

    @property
    def role(self) -> Role | None:
        return self.who.actor.role if self.who else None

    @property
    def caller(self) -> Caller:
        """What the APIs are called with."""
        return Caller(
            self.who.bearer if self.who else None, self.language, getattr(self.request.state, "request_id", None)
        )

    @cached_property
    def holder(self) -> str:
        """Whom this visit's forms are made for."""
        return self.who.actor.bearer if self.who else self.visitor

    @property
    def secure(self) -> bool:
        """Whether cookies may travel by https only."""
        return self.request.url.scheme == "https" or self.console.settings.url("console").startswith("https:")

    def may(self, resource: Resource, action: Action) -> bool:
        return may(self.role, resource, action)

    def say(self, key: str, **values: Any) -> str:
        """A message in the visitor's language."""
        return text(key, self.language, **values)

    def form_token(self, holder: str | None = None) -> str:
        """A token for a form of this page; `holder` where it is not the visitor who holds it."""
        self.holds_form = self.holds_form or holder is None
        return forms.form_token(
            self.console.settings.derived_key("console-form"), holder or self.holder, secrets.token_bytes(12)
        )

    async def form(self, holder: str | None = None) -> FormData:
        """The fields of a form sent by this visitor from this console. Raises FormExpired."""
        headers = self.request.headers
        data = await self.request.form(max_fields=200, max_files=0)
        token = data.get("form_token")
        key = self.console.settings.derived_key("console-form")
        if (
            not forms.same_origin(
                host=headers.get("host", ""),
                origin=headers.get("origin"),
                referer=headers.get("referer"),
                fetch_site=headers.get("sec-fetch-site"),
                public_url=self.console.settings.url("console"),
            )
            or not isinstance(token, str)
            or not forms.genuine(key, holder or self.holder, token)
        ):
            raise FormExpired
        return data


async def visit_of(request: Request) -> Visit:
    """The visit that a request makes."""
    console: Console = request.app.state.console
    known: Visit | None = getattr(request.state, "visit", None)
    if known is not None:
        return known
    visit = Visit(
        request=request,
        console=console,
        language=preferred(
            asked=request.query_params.get("lang"),
            remembered=request.cookies.get(LANGUAGE_COOKIE),
            accepted=request.headers.get("accept-language"),
        ),
        who=await console.sessions.read(request.cookies.get(COOKIE)),
        visitor=request.cookies.get(VISITOR_COOKIE) or secrets.token_urlsafe(16),
        now=utc_now(),
    )
    request.state.visit = visit
    return visit


async def signed_in(visit: Annotated[Visit, Depends(visit_of)]) -> Visit:
    """The visit of someone who is signed in. Raises SignInNeeded."""
    if visit.who is None:
        raise SignInNeeded
    return visit


def needs(resource: Resource, action: Action) -> Any:
    """Dependency of a page for roles that have a right. Raises Problem 403 for the others."""

    async def check(visit: Annotated[Visit, Depends(signed_in)]) -> Visit:
        if not visit.may(resource, action):
            raise Problem(ProblemType.FORBIDDEN)
        return visit

    return check


AnyVisit = Annotated[Visit, Depends(visit_of)]
SignedInVisit = Annotated[Visit, Depends(signed_in)]
