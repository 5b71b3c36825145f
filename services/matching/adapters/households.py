"""Households in SQL, by organisation."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from services.matching.adapters import changes
from services.matching.adapters.models import HouseholdRow, PlacementRow
from services.matching.adapters.placements import Act, Moment, carry_out, programme_of, state_of
from services.matching.core.model import HouseholdStatus
from services.matching.core.placement import Leave, Transition, decide
from shared.clock import paris_date
from shared.events import Step
from shared.ids import new_id


def create(
    session: Session, content: Mapping[str, Any], *, organisation: str, caseworker: str, now: datetime
) -> HouseholdRow:
    """Adds a household and wakes the engine."""
    row = HouseholdRow(
        **{
            **content,
            "id": new_id("hh"),
            "organisation": organisation,
            "caseworker": caseworker,
            "version": 1,
            "waiting_since": content.get("waiting_since") or paris_date(now),
            "status": HouseholdStatus.LIVE.value,
            "created_at": now,
            "updated_at": now,
        }
    )
    session.add(row)
    session.flush()
    changes.add(session, [changes.Change(changes.HOUSEHOLD, row.id)])
    return row


def of_organisation(
    session: Session, organisation: str, identifier: str, *, locked: bool = False
) -> HouseholdRow | None:
    """A household of the organisation, None for anyone else's."""
    query = select(HouseholdRow).where(HouseholdRow.id == identifier, HouseholdRow.organisation == organisation)
    if locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.exec(query).one_or_none()


def listing(
    session: Session, organisation: str, *, status: str | None, programme: str | None, after: str | None, limit: int
) -> list[HouseholdRow]:
    """Households of the organisation by id, at most `limit`."""
    query = select(HouseholdRow).where(HouseholdRow.organisation == organisation).order_by(col(HouseholdRow.id))
    if status is not None:
        query = query.where(HouseholdRow.status == status)
    if programme is not None:
        query = query.where(HouseholdRow.programme == programme)
    if after is not None:
        query = query.where(col(HouseholdRow.id) > after)
    return list(session.exec(query.limit(limit)).all())


def change(
    session: Session,
    row: HouseholdRow,
    live: Sequence[PlacementRow],
    content: Mapping[str, Any],
    *,
    actor: str,
    moment: Moment,
) -> None:
    """Applies changed fields to a row and wakes the engine; one that leaves or pauses frees what it kept.

    `live`: what `locking.lock_household` gave.
    """
    for name, value in content.items():
        setattr(row, name, value)
    row.version += 1
    row.updated_at = moment.now
    session.add(row)
    session.flush()
    changes.add(session, [changes.Change(changes.HOUSEHOLD, row.id)])
    if row.status != HouseholdStatus.LIVE:
        after_signature = row.status == HouseholdStatus.CLOSED
        leave(session, live, actor=actor, moment=moment, after_signature=after_signature)


def leave(session: Session, live: Sequence[PlacementRow], *, actor: str, moment: Moment, after_signature: bool) -> None:
    """Releases a household's locked placement; one that is signed only where it leaves for good."""
    for row in live:
        programme = programme_of(row)
        free = row.step == Step.VERIFYING or programme.before_signature(Step(row.step))
        transition = decide(state_of(row), Leave(), programme, moment.now)
        if isinstance(transition, Transition) and (free or after_signature):
            carry_out(session, row, transition, Act("leave", actor), moment)
