"""Where links of mails lead: to a proposal (with an account), or to one action that the link alone allows."""

from typing import Final

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from services.console.adapters.apis import ApiProblem, Caller
from services.console.pages.rendering import render
from services.console.pages.routing import PageRoute
from services.console.pages.visit import AnyVisit, SignedInVisit, Visit
from shared.signed_links import OPEN, read

router = APIRouter(route_class=PageRoute)
_ACTIONS: Final = frozenset({"unsubscribe", "not_useful"})


@router.get("/courriel/voir/{token}")
async def open_proposal(visit: SignedInVisit, token: str) -> Response:
    """To the proposal that the mail is about, while the link has not expired."""
    words = read(visit.console.settings, OPEN, token, visit.now)
    if words is None:
        return _page(visit, None, done=False)
    return RedirectResponse(f"/propositions/{words[0]}", 303)


@router.get("/courriel/{token}")
async def show_action(visit: AnyVisit, token: str) -> Response:
    """Says what the link does, with a button. Mail programs open links by themselves: nothing is decided here."""
    try:
        found = await visit.console.apis.get("notify", f"/v1/mail-actions/{token}", Caller(None, visit.language))
    except ApiProblem as problem:
        if problem.status != 404:
            raise
        return _page(visit, None, done=False)
    return _page(visit, found["action"], done=False)


@router.post("/courriel/{token}")
async def act(visit: AnyVisit, token: str) -> Response:
    """Does it: by the button, or by a mail program's one click (RFC 8058). The link is the key: no form token is asked."""
    try:
        found = await visit.console.apis.send(
            "POST", "notify", f"/v1/mail-actions/{token}", Caller(None, visit.language)
        )
    except ApiProblem as problem:
        if problem.status != 404:
            raise
        return _page(visit, None, done=False)
    return _page(visit, found["action"], done=True)


def _page(visit: Visit, action: str | None, *, done: bool) -> Response:
    known = action if action in _ACTIONS else None
    answer = render(visit, "mail.html", status=200 if known else 404, action=known, done=done)
    answer.headers["x-robots-tag"] = "noindex"
    return answer
