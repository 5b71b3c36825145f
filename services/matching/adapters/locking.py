"""Row locks, in the one order that all transactions follow, so that none waits for another that waits for it.

A shortlist, vacancies, households, offers, commitments, caseworkers, placements; within a kind by id. A transaction that
needs a row of an earlier kind than it holds begins again from a savepoint, which lets its locks go.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

from sqlalchemy import text
from sqlmodel import Session, col, select

from services.matching.adapters.models import PlacementRow, ReservationRow
from services.matching.core.model import Commitment
from services.matching.core.policy import Proposal
from shared.sql.driver import driver_pipeline

# With every publication of the same job: what counts on one counts against the openings of all. Both sides of the `OR` use
# their index; with IN the table is read whole.
_OFFERS: Final = (
    "SELECT id FROM offer WHERE id = ANY({names}) OR origin = ANY(ARRAY("
    "SELECT same.origin FROM offer same WHERE same.id = ANY({names}) AND same.origin IS NOT NULL)) ORDER BY id FOR UPDATE"
)
_ROWS: Final = {
    "vacancy": "SELECT id FROM vacancy WHERE id = ANY({names}) ORDER BY id FOR UPDATE",
    "household": "SELECT id FROM household WHERE id = ANY({names}) ORDER BY id FOR UPDATE",
    "offer": _OFFERS,
    "commitment": "SELECT key FROM commitment WHERE key = ANY({names}) ORDER BY key FOR UPDATE",
    # Of a caseworker there is no row here: what stands for it is a number, and numbers are taken in their order.
    "caseworker": "SELECT pg_advisory_xact_lock(1667331947, number) FROM ("
    "SELECT DISTINCT hashtext(name) AS number FROM unnest(CAST({names} AS text[])) AS name ORDER BY number) AS numbers",
}
_BY_DRIVER: Final = {kind: query.format(names="%(names)s").encode() for kind, query in _ROWS.items()}
_BY_SESSION: Final = {kind: text(query.format(names=":names")) for kind, query in _ROWS.items()}


def lock_for(session: Session, proposals: Sequence[Proposal], commitments: Iterable[Commitment | None]) -> None:
    """Locks what proposals reserve and what bounds them; `propose` asks for nothing that is not locked."""
    wanted = {
        "vacancy": {one.option.home.id for one in proposals},
        "household": {one.household.id for one in proposals},
        "offer": {one.option.lead.post.id for one in proposals if one.option.lead},
        "commitment": {commitment.key for commitment in commitments if commitment is not None},
        "caseworker": {one.household.caseworker for one in proposals},
    }
    if not proposals:
        return
    with driver_pipeline(session) as driver:  # carried out one after the other; the engine waits once
        for kind, names in wanted.items():
            if names:
                driver.execute(_BY_DRIVER[kind], {"names": sorted(names)})


def lock(
    session: Session,
    placements: Iterable[str],
    *,
    vacancies: Iterable[str] = (),
    households: Iterable[str] = (),
    offers: Iterable[str] = (),
) -> list[PlacementRow]:
    """Locks placements, and before them what they are about and what else is named; returns them as they are then."""
    names = sorted(placements)
    query = select(PlacementRow.vacancy, PlacementRow.household, PlacementRow.offer)
    about = session.exec(query.where(col(PlacementRow.id).in_(names))).all() if names else ()
    _lock(session, "vacancy", {*vacancies, *(vacancy for vacancy, _, _ in about)})
    _lock(session, "household", {*households, *(household for _, household, _ in about if household)})
    _lock(session, "offer", {*offers, *(offer for _, _, offer in about if offer)})
    if not names:
        return []
    rows = select(PlacementRow).where(col(PlacementRow.id).in_(names)).order_by(col(PlacementRow.id)).with_for_update()
    return list(session.exec(rows.execution_options(populate_existing=True)).all())


def lock_live(
    session: Session,
    find: Callable[[], Sequence[str]],
    *,
    vacancies: Collection[str] = (),
    households: Collection[str] = (),
    offers: Collection[str] = (),
) -> list[PlacementRow]:
    """Locks the rows named and the live placements on them, which `find` tells; no other can be made from then on.

    One that was made while this waited for a lock is seen by a second look: then all is locked anew, in order.
    """
    known = find()
    while True:
        attempt = session.begin_nested()
        rows = lock(session, known, vacancies=vacancies, households=households, offers=offers)
        found = set(find())
        if found <= set(known):
            attempt.commit()
            return [row for row in rows if row.id in found]
        attempt.rollback()
        known = sorted(found)


def lock_household(session: Session, household: str) -> list[PlacementRow]:
    """Locks a household, if there is one, and its live placement (at most one)."""
    return lock_live(session, lambda: live_of_household(session, household), households=[household])


def one_at_a_time(session: Session, what: str) -> None:
    """Lets one transaction at a time do this; to be asked for before any row is locked."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))"), {"what": what})


def live_of_household(session: Session, household: str) -> Sequence[str]:
    """Ids of the household's live placements (at most one)."""
    return session.exec(
        select(ReservationRow.placement).where(
            ReservationRow.household == household, col(ReservationRow.released_at).is_(None)
        )
    ).all()


def _lock(session: Session, kind: str, names: Collection[str]) -> None:
    if names:
        session.execute(_BY_SESSION[kind], {"names": sorted(names)})
