"""Records that consumers refused, for operators: which, why, with what content, and handed again where that helps."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from services.console.adapters.apis import ApiProblem, ApiUnreachable
from services.console.pages.rendering import render
from services.console.pages.routing import PageRoute
from services.console.pages.visit import Visit, needs
from shared.identity import Action, Resource
from shared.web.problems import Problem, ProblemType

router = APIRouter(route_class=PageRoute)
ReadingVisit = Annotated[Visit, Depends(needs(Resource.DEAD_LETTER, Action.READ))]
WritingVisit = Annotated[Visit, Depends(needs(Resource.DEAD_LETTER, Action.WRITE))]
# Services whose consumers bury what they refuse.
SERVICES: Final = ("matching", "notify", "scoring")
SHOWN: Final = 20


@router.get("/incidents")
async def letters_page(visit: ReadingVisit) -> Response:
    """The newest of each service, or all of one, page by page. A service that does not answer is said so, once."""
    query = visit.request.query_params
    service = query.get("service") if query.get("service") in SERVICES else None
    cursor = query.get("suite") if service else None
    asked = (service,) if service else SERVICES
    found = await asyncio.gather(
        *(
            visit.console.apis.get(
                name, "/v1/dead-letters", visit.caller, {"limit": 50 if service else SHOWN, "cursor": cursor}
            )
            for name in asked
        ),
        return_exceptions=True,
    )
    groups: list[dict[str, Any]] = []
    for name, answer in zip(asked, found, strict=True):
        if isinstance(answer, ApiUnreachable) or (isinstance(answer, ApiProblem) and answer.status >= 500):
            groups.append({"service": name, "silent": True, "items": [], "next": None})
        elif isinstance(answer, BaseException):
            raise answer
        else:
            groups.append({"service": name, "silent": False, **answer})
    done = query.get("fait") == "rejeu"
    return render(visit, "dead_letters/index.html", groups=groups, service=service, done=done)


@router.get("/incidents/{service}/{letter}")
async def letter_page(visit: ReadingVisit, service: str, letter: str) -> Response:
    """One record with its content."""
    return await _one(visit, service, letter)


@router.post("/incidents/{service}/{letter}/rejeu")
async def replay(visit: WritingVisit, service: str, letter: str) -> Response:
    """Hands the record again to the consumer that refused it."""
    await visit.form()
    _known(service)
    try:
        await visit.console.apis.send("POST", service, f"/v1/dead-letters/{letter}:replay", visit.caller)
    except ApiProblem as problem:
        if problem.status != 409:
            raise
        return await _one(visit, service, letter, refused=problem, status=409)
    return RedirectResponse("/incidents?fait=rejeu", 303)


async def _one(
    visit: Visit, service: str, letter: str, *, refused: ApiProblem | None = None, status: int = 200
) -> Response:
    _known(service)
    found = await visit.console.apis.get(service, f"/v1/dead-letters/{letter}", visit.caller)
    return render(visit, "dead_letters/one.html", status=status, letter=found, service=service, refused=refused)


def _known(service: str) -> None:
    if service not in SERVICES:
        raise Problem(ProblemType.NOT_FOUND)
