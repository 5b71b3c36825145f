"""The fairness report, as the slow process last reckoned it. For operators, from five households on."""

from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Response

from services.matching.adapters import fairness_reports
from services.matching.routes.context import Ctx, Db
from shared.clock import isoformat, utc_now
from shared.identity import Action, Resource
from shared.web.access import Access, requires

router = APIRouter(prefix="/v1", tags=["fairness"])
_USUAL: Final = timedelta(seconds=30)  # by then a first report is there, with some thousand households
_PENDING: Final = "Le rapport est en cours de calcul ; il sera là à l'heure dite."
_LATE: Final = "Le calcul tarde : matching.prices fonctionne-t-il ?"


@router.get(
    "/fairness",
    summary="Comparer l'exposition et le service des groupes de ménages",
    responses={202: {"description": "Demandé, pas encore calculé : `expected_at` dit quand revenir."}},
)
def show(
    _: Annotated[Access, Depends(requires(Resource.FAIRNESS, Action.READ))],
    context: Ctx,
    session: Db,
    response: Response,
    days: Annotated[int, Query(ge=7, le=366, description="Jours jusqu'à la date du rapport, `as_of`")] = 90,
) -> dict[str, Any]:
    """By household size, accessibility need, waiting time, priority and territory. Groups under five are not told.

    `computed_at` says when; a report that is looked at is reckoned again every `refreshed_minutes`. The first time that a
    window is asked for, 202 with `state` "pending" and when it is expected.
    """
    now = utc_now()
    row = fairness_reports.ask(session, days, now)
    session.commit()
    if row.report is None or row.computed_at is None:
        expected = row.asked_at + _USUAL
        if row.failed_at is not None:
            expected = row.failed_at + fairness_reports.AGAIN_AFTER
        late = now > expected
        response.status_code = 202
        response.headers["Retry-After"] = "3"
        return {
            "state": "pending",
            "days": days,
            "asked_at": isoformat(row.asked_at),
            "expected_at": None if late else isoformat(expected),
            "message": _LATE if late else _PENDING,
        }
    return {
        **row.report,
        "state": "ready",
        "computed_at": isoformat(row.computed_at),
        "refreshed_minutes": context.settings.fairness_minutes,
    }
