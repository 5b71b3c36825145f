"""Signing in and out."""

import time

from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from services.console.adapters.sessions import COOKIE, COOKIE_SECONDS
from services.console.core.forms import local_path
from services.console.pages.rendering import render, set_cookie
from services.console.pages.routing import PageRoute
from services.console.pages.visit import AnyVisit, Visit
from shared import telemetry

router = APIRouter(route_class=PageRoute)
log = telemetry.logger(__name__)


@router.get("/connexion")
async def sign_in_page(visit: AnyVisit) -> Response:
    """The form; someone who is signed in goes on."""
    next_page = local_path(visit.request.query_params.get("suite"))
    if visit.who is not None:
        return RedirectResponse(next_page, 303)
    said = visit.say("sign_in.signed_out") if "fin" in visit.request.query_params else None
    return _form(visit, next_page, said=said)


@router.post("/connexion")
async def sign_in(visit: AnyVisit) -> Response:
    """Opens a session, or says why not. Tries are limited by login and by address."""
    form = await visit.form()
    login, password = str(form.get("login", "")).strip().lower(), str(form.get("password", ""))
    next_page = local_path(str(form.get("suite", "/")))
    console, now = visit.console, time.monotonic()
    address = visit.request.client.host if visit.request.client else "?"
    wait = max(console.by_login.wait_seconds(login, now), console.by_address.wait_seconds(address, now))
    if wait > 0:
        log.warning("sign_in.limited")
        answer = _form(visit, next_page, status=429, wrong=visit.say("sign_in.too_many", minutes=int(wait // 60) + 1))
        answer.headers["retry-after"] = str(int(wait) + 1)
        return answer
    bearer = await console.sessions.open(login[:200], password[:500])
    if bearer is None:
        console.by_login.failed(login, now)
        console.by_address.failed(address, now)
        log.info("sign_in.refused")
        return _form(visit, next_page, status=401, wrong=visit.say("sign_in.wrong"), login=login[:200])
    console.by_login.succeeded(login)
    # A sign-in ends the session that was open before in this browser.
    if visit.who is not None:
        await console.sessions.end(visit.who)
    go = RedirectResponse(next_page, 303)
    set_cookie(visit, go, COOKIE, bearer, COOKIE_SECONDS)
    return go


@router.post("/deconnexion")
async def sign_out(visit: AnyVisit) -> Response:
    """Revokes the session's bearer and forgets its cookie."""
    if visit.who is not None:
        await visit.form()
        await visit.console.sessions.end(visit.who)
    answer = RedirectResponse("/connexion?fin", 303)
    answer.delete_cookie(COOKIE, path="/")
    return answer


def _form(
    visit: Visit,
    next_page: str,
    *,
    status: int = 200,
    said: str | None = None,
    wrong: str | None = None,
    login: str = "",
) -> Response:
    return render(visit, "sign_in.html", status=status, next_page=next_page, said=said, wrong=wrong, login=login)
