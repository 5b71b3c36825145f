"""The household's page: one proposal in plain words, three answers and « appelez-moi ». No account, no script."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from services.console.adapters.apis import ApiError, ApiProblem, Caller
from services.console.core.answer_reasons import choices
from services.console.core.answer_texts import ANSWERS, TEXTS, TONGUES, Tongue, facts, state_key, tongue_of
from services.console.pages.rendering import render
from services.console.pages.routing import PageRoute
from services.console.pages.visit import AnyVisit, FormExpired, Visit

router = APIRouter(route_class=PageRoute)


@router.get("/reponse/{token}")
async def answer_page(visit: AnyVisit, token: str) -> Response:
    """Shows the proposal. Reading never decides: a preview of the link answers nothing."""
    tongue = _tongue(visit.request)
    try:
        page = await visit.console.apis.get("matching", f"/v1/answers/{token}", Caller(None))
    except ApiError as error:
        return _cannot(visit, tongue, error)
    return _shown(visit, tongue, token, page)


@router.post("/reponse/{token}")
async def answer(visit: AnyVisit, token: str) -> Response:
    """Sends the answer, then shows where it stands."""
    tongue = _tongue(visit.request)
    try:
        form = await visit.form(_holder(token))
    except FormExpired:
        return _cannot(visit, tongue, None)
    given = str(form.get("answer", ""))
    if given not in ANSWERS:
        return _cannot(visit, tongue, None)
    body = {"answer": given}
    if given == "no" and form.get("reason"):
        body["reason"] = str(form.get("reason"))
    try:
        await visit.console.apis.send("POST", "matching", f"/v1/answers/{token}", Caller(None), body=body)
    except ApiProblem as problem:
        if problem.status != 409:
            return _cannot(visit, tongue, problem)
    except ApiError as error:
        return _cannot(visit, tongue, error)
    return RedirectResponse(f"/reponse/{token}?langue={tongue.code}", 303)


def _tongue(request: Request) -> Tongue:
    return tongue_of(request.query_params.get("langue"), request.headers.get("accept-language"))


def _holder(token: str) -> str:
    """The link itself is what the visitor holds: this page needs no cookie."""
    return f"answer:{token}"


def _shown(visit: Visit, tongue: Tongue, token: str, page: dict[str, Any]) -> Response:
    return _private(
        render(
            visit,
            "answer.html",
            tongue=tongue,
            tongues=TONGUES,
            words=TEXTS[tongue.code],
            page=page,
            card=facts(page, tongue.code),
            state=state_key(page),
            reasons=choices(page["reasons"], tongue.code),
            token=visit.form_token(_holder(token)),
            trouble=None,
        ),
        tongue,
    )


def _cannot(visit: Visit, tongue: Tongue, error: ApiError | None) -> Response:
    gone = isinstance(error, ApiProblem) and error.status == 404
    return _private(
        render(
            visit,
            "answer.html",
            status=404 if gone else 503 if isinstance(error, ApiError) else 403,
            tongue=tongue,
            tongues=TONGUES,
            words=TEXTS[tongue.code],
            page=None,
            card=None,
            state=None,
            token="",
            trouble="gone" if gone else "broken",
        ),
        tongue,
    )


def _private(answer: Response, tongue: Tongue) -> Response:
    """The address is a key: no search engine keeps it, and the policy of all pages tells it to no other site."""
    answer.headers["content-language"] = tongue.code
    answer.headers["x-robots-tag"] = "noindex"
    return answer
