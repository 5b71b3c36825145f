"""The fairness report: exposure and service by group, beside the best in hindsight. For operators, from five on."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query

from services.matching.adapters.fairness import MOST_HOUSEHOLDS, window
from services.matching.core.acceptance import Calibration
from services.matching.core.fairness import FEWEST, Dimension, Group, group_label_fr, report
from services.matching.routes.context import Ctx, Db
from shared.clock import isoformat, paris_date
from shared.geography import geography
from shared.identity import Action, Resource
from shared.web.access import Access, requires

router = APIRouter(prefix="/v1", tags=["fairness"])
METHOD: Final = (
    "L'optimum rétrospectif prend les logements et les offres ouverts ou proposés sur la période comme s'ils avaient été "
    "là ensemble : c'est une borne haute. Entre ménages n'y pèsent que la priorité, le besoin déclaré et l'attente."
)


@router.get("/fairness", summary="Comparer l'exposition et le service des groupes de ménages")
def show(
    _: Annotated[Access, Depends(requires(Resource.FAIRNESS, Action.READ))],
    context: Ctx,
    session: Db,
    days: Annotated[int, Query(ge=7, le=366, description="Jours jusqu'à aujourd'hui")] = 90,
) -> dict[str, Any]:
    """By household size, accessibility need, waiting time, priority and territory. Groups under five are not told."""
    now = context.clock.now()
    today = paris_date(now)
    found = window(session, now=now, days=days, seed=context.settings.engine_seed)
    groups = report(found.subjects, today)
    return {
        "as_of": isoformat(now),
        "days": days,
        "households": found.known,
        "sample": len(found.subjects) if found.known > MOST_HOUSEHOLDS else None,
        "homes": found.homes,
        "fewest": FEWEST,
        "dimensions": [
            {
                "code": dimension.value,
                "label": dimension.label_fr,
                "groups": [_group(dimension, group) for group in groups[dimension]],
            }
            for dimension in Dimension
        ],
        "acceptance": _acceptance(found.answers),
        "method": METHOD,
    }


def _place(code: str) -> str | None:
    """The name of an EPCI, or of a département with its number."""
    if territory := geography().territory(code):
        return territory.name
    departement = geography().departement(code)
    return f"{departement.name} ({departement.code})" if departement else None


def _group(dimension: Dimension, group: Group) -> dict[str, Any]:
    return {
        "code": group.code,
        "label": (_place(group.code) if dimension is Dimension.TERRITORY else None) or group_label_fr(group.code),
        "households": group.households,
        "exposed": _share(group.exposed),
        "served": _share(group.served),
        "optimum": _share(group.optimum),
        "median_wait_months": group.median_wait_months,
    }


def _acceptance(found: Calibration) -> dict[str, Any]:
    """What was expected of households' answers beside what came, over all households together."""
    enough = found.answers >= FEWEST
    return {
        "answers": found.answers if enough or not found.answers else None,
        "expected": _share(found.expected) if enough else None,
        "accepted": _share(found.accepted) if enough else None,
        "squared_error": _share(found.brier) if enough else None,
        "bins": [
            {
                "from": one.low,
                "to": one.high,
                "answers": one.answers,
                "expected": _share(one.expected),
                "accepted": _share(one.accepted),
            }
            for one in found.bins
            if one.answers >= FEWEST
        ],
    }


def _share(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
