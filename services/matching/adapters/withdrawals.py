"""A batch of the topics into the mirrors, with what a withdrawal does: until signature it releases the placement."""

from collections.abc import Sequence

from sqlmodel import Session, col, or_, select

from services.matching.adapters import leads, mirrors
from services.matching.adapters.locking import lock, lock_live
from services.matching.adapters.mirrors import Batch
from services.matching.adapters.models import PlacementRow, ReservationRow
from services.matching.adapters.placements import ENGINE, Act, Moment, carry_out, programme_of, state_of
from services.matching.core.placement import Gone, Outcome, Transition, decide


def apply_batch(session: Session, batch: Batch, moment: Moment) -> list[str]:
    """Writes the mirrors and releases what is withdrawn; returns the placements released or moved to the same offer by
    another feed."""
    gone_homes, gone_posts = batch.gone_vacancies(), batch.gone_offers()
    if gone_homes or gone_posts:
        concerned = lock_live(
            session,
            lambda: _live_on(session, gone_homes, gone_posts),
            vacancies=batch.vacancies,
            offers=batch.offers,
        )
    else:
        concerned = lock(session, (), vacancies=batch.vacancies, offers=batch.offers)
    mirrors.store_vacancies(session, batch, moment.now)
    origins = leads.origins_of(session, gone_posts)
    mirrors.store_offers(session, batch, moment.now)
    instead = leads.successors(session, origins)
    mirrors.store_commitments(session, batch)
    for row in concerned:
        same = instead.get(row.offer or "")
        if row.vacancy not in gone_homes and same is not None and leads.move(session, row, same, moment):
            continue
        outcome = Outcome.HOME_GONE if row.vacancy in gone_homes else Outcome.LEAD_GONE
        transition = decide(state_of(row), Gone(outcome), programme_of(row), moment.now)
        if isinstance(transition, Transition):
            carry_out(session, row, transition, Act("withdrawn", ENGINE), moment)
    session.flush()
    leads.forget_withdrawn(session, batch.withdrawn_offers())
    return [row.id for row in concerned]


def _live_on(session: Session, vacancies: Sequence[str], offers: Sequence[str]) -> Sequence[str]:
    """Ids of the live placements on homes or leads that are gone."""
    query = (
        select(PlacementRow.id)
        .join(ReservationRow, col(ReservationRow.placement) == col(PlacementRow.id))
        .where(
            col(ReservationRow.released_at).is_(None),
            or_(col(PlacementRow.vacancy).in_(vacancies), col(PlacementRow.offer).in_(offers)),
        )
    )
    return session.exec(query).all()
