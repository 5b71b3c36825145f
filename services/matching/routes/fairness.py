"""The fairness report, as the slow process last reckoned it. For operators, from five households on."""

from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Response

from services.matching.adapters import fairness_reports
from services.matching.core.fairness import Dimension, group_label
from services.matching.routes.context import Ctx, Db, Lang
from shared.clock import isoformat, utc_now
from shared.geography import geography
from shared.identity import Action, Resource
from shared.web.access import Access, requires
from shared.words import Words

router = APIRouter(prefix="/v1", tags=["fairness"])
_USUAL: Final = timedelta(seconds=30)  # by then a first report is there, with some thousand households
_PENDING: Final = Words(
    "Le rapport est en cours de calcul ; il sera là à l'heure dite.",
    "The report is being reckoned; it will be there at the time told.",
)
_LATE: Final = Words(
    "Le calcul tarde : matching.prices fonctionne-t-il ?",
    "Reckoning takes long: is matching.prices running?",
)
_METHOD: Final = Words(
    "L'optimum rétrospectif prend les logements et les offres ouverts ou proposés sur la période comme s'ils avaient été "
    "là ensemble : c'est une borne haute. Entre ménages n'y pèsent que la priorité, le besoin déclaré et l'attente.",
    "The best in hindsight takes the homes and offers open or proposed over the period as if they had been there together: "
    "it is an upper bound. Between households only priority, declared need and waiting weigh in it.",
)


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
    lang: Lang,
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
            "message": (_LATE if late else _PENDING).said(lang),
        }
    return {
        **row.report,
        "dimensions": [_told(one, lang) for one in row.report["dimensions"]],
        "method": _METHOD.said(lang),
        "state": "ready",
        "computed_at": isoformat(row.computed_at),
        "refreshed_minutes": context.settings.fairness_minutes,
    }


def _told(dimension: dict[str, Any], lang: str) -> dict[str, Any]:
    """A dimension with words for itself and its groups."""
    what = Dimension(dimension["code"])
    return {
        "code": what.value,
        "label": what.label(lang),
        "groups": [
            {
                **group,
                "label": (_place(group["code"]) if what is Dimension.TERRITORY else None)
                or group_label(group["code"], lang),
            }
            for group in dimension["groups"]
        ],
    }


def _place(code: str) -> str | None:
    """The name of an EPCI, or of a département with its number."""
    if territory := geography().territory(code):
        return territory.name
    departement = geography().departement(code)
    return f"{departement.name} ({departement.code})" if departement else None
