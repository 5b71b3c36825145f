"""How many placements stand at, and ever reached, each step; how they ended; how many households wait."""

from typing import Any

from sqlmodel import Session, col, func, select

from services.matching.adapters.listing import visible_to
from services.matching.adapters.models import HouseholdRow, PlacementEventRow, PlacementRow
from services.matching.core.placement import Outcome
from services.matching.core.programme import STEP_LABELS
from shared.identity import Actor, Role


def funnel(
    session: Session, actor: Actor, *, programme: str | None, territory: str | None, lang: str
) -> dict[str, Any]:
    """Counts over what the actor may see, with labels in "fr" or "en". Households are counted for caseworkers (their
    organisation) and operators."""
    conditions = visible_to(actor)
    if programme is not None:
        conditions.append(col(PlacementRow.programme) == programme)
    if territory is not None:
        conditions.append(col(PlacementRow.territory) == territory)
    now = dict(
        session.exec(select(PlacementRow.step, func.count()).where(*conditions).group_by(col(PlacementRow.step))).all()
    )
    reached = dict(
        session.exec(
            select(PlacementEventRow.step, func.count(func.distinct(PlacementEventRow.placement)))
            .join(PlacementRow, col(PlacementRow.id) == col(PlacementEventRow.placement))
            .where(*conditions)
            .group_by(col(PlacementEventRow.step))
        ).all()
    )
    outcomes = session.exec(
        select(PlacementRow.outcome, func.count())
        .where(*conditions, col(PlacementRow.outcome).is_not(None))
        .group_by(col(PlacementRow.outcome))
    ).all()
    return {
        "steps": [
            {
                "step": step.value,
                "label": label.said(lang),
                "now": now.get(step.value, 0),
                "reached": reached.get(step.value, 0),
            }
            for step, label in STEP_LABELS.items()
        ],
        "outcomes": [
            {"outcome": outcome, "label": Outcome(outcome).label(lang), "placements": count}
            for outcome, count in sorted(outcomes, key=lambda item: (-item[1], str(item[0])))
            if outcome is not None
        ],
        "households": _households(session, actor, programme),
    }


def _households(session: Session, actor: Actor, programme: str | None) -> dict[str, int] | None:
    if actor.role not in {Role.CASEWORKER, Role.OPERATOR}:
        return None
    query = select(HouseholdRow.status, func.count()).group_by(col(HouseholdRow.status))
    if actor.role is Role.CASEWORKER:
        query = query.where(HouseholdRow.organisation == actor.organisation)
    if programme is not None:
        query = query.where(HouseholdRow.programme == programme)
    return dict(session.exec(query).all())
