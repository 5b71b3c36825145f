"""Saying again that vacancies stand: what their landlord answers when asked, one by one or many at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlmodel import Session, col, select

from services.ingest.adapters.kinds import VACANCIES
from services.ingest.adapters.models import VacancyRow
from services.ingest.adapters.saving import save
from services.ingest.adapters.versions import inherited, opened, restate
from services.ingest.core.confirmations import Confirmation, on_confirmation
from services.ingest.core.entities import Known, observation
from services.ingest.core.states import Dated, Horizon
from shared.clock import paris_date
from shared.events import Channel, Vacancy, VacancyStatus
from shared.identity import Actor
from shared.ids import is_id


@dataclass(frozen=True)
class Confirmed:
    """What became of one; `reference` is as given."""

    reference: str
    outcome: Confirmation
    id: str | None = None
    version: int | None = None
    status: str | None = None
    confirmed_at: datetime | None = None


def confirm_many(
    session: Session,
    actor: Actor,
    references: Sequence[str],
    *,
    observed_at: datetime | None,
    now: datetime,
    at: datetime,
    horizon: Horizon,
) -> list[Confirmed]:
    """Refreshes the confirmation of the actor's own vacancies, by own reference or by global id. The caller commits.

    An event is made only where the status changes: a stale one opens again.
    """
    own = _own_references(session, actor, references)
    work = opened(session, VACANCIES, actor.organisation, [name for name in own.values() if name is not None])
    ends = []
    for given in references:
        row = work.rows.get(own[given] or "")
        if row is None:
            ends.append(Confirmed(given, Confirmation.UNKNOWN))
            continue
        known = Known(row.observed_at, row.digest, row.withdrawn_at is not None)
        moment = observation(observed_at, now, known)
        outcome = on_confirmation(known, VacancyStatus(row.status), moment)
        if is_id(given, VACANCIES.prefix) and given != row.id:
            outcome = Confirmation.WITHDRAWN  # an earlier episode
        if outcome is Confirmation.CONFIRMED:
            before = msgspec.json.decode(row.state, type=Vacancy)
            dated: Dated[Vacancy] = VACANCIES.dated(before, today=paris_date(now), confirmed_at=moment, horizon=horizon)
            row.observed_at = row.confirmed_at = moment
            row.confirmed_by = actor.id
            restate(work, VACANCIES, row, before, dated, inherited(row, Channel.API), at=at)
        ends.append(Confirmed(given, outcome, row.id, row.version, row.status, row.confirmed_at))
    save(session, VACANCIES.table, VACANCIES.topic, work)
    return ends


def _own_references(session: Session, actor: Actor, given: Sequence[str]) -> dict[str, str | None]:
    """The own reference that each stands for; None for an id that is not one of the actor's."""
    ids = [name for name in given if is_id(name, VACANCIES.prefix)]
    query = select(VacancyRow.id, VacancyRow.reference).where(
        col(VacancyRow.owner) == actor.organisation, col(VacancyRow.id).in_(ids)
    )
    known: dict[str, str] = dict(session.exec(query).all())
    return {name: known.get(name) if name in ids else name for name in given}
