"""What is real and what is simulated, how the computation works and how to contest; in demonstration, the accounts."""

import json
from typing import Any

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool

from services.console.pages.rendering import render
from services.console.pages.routing import PageRoute
from services.console.pages.visit import AnyVisit
from services.console.settings import ConsoleSettings
from shared import occupations, telemetry
from shared.geography import attribution, social

router = APIRouter(route_class=PageRoute)
log = telemetry.logger(__name__)


@router.get("/demo")
async def demonstration_page(visit: AnyVisit) -> Response:
    """For anyone."""
    settings = visit.console.settings
    accounts = await run_in_threadpool(_accounts, settings) if settings.demo else []
    return render(
        visit,
        "demonstration.html",
        accounts=accounts,
        sources=[
            named.said(visit.language) for named in (attribution(), social.attribution(), occupations.attribution())
        ],
    )


def _accounts(settings: ConsoleSettings) -> list[dict[str, Any]]:
    """The accounts that `ancrage demo` wrote down; none where it has not."""
    path = settings.demo_accounts_file
    if not path.is_file():
        return []
    found = json.loads(path.read_text(encoding="utf-8"))
    return [{name: str(one[name]) for name in ("login", "password", "role")} for one in found]
