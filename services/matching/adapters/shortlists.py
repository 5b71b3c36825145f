"""Shortlists of commissions in SQL: kept, proposed from, and the next candidate promoted when the one before fell away.

A shortlist holds nothing. Every promotion is a proposal like any other: a person approves it before the household hears.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, col, or_, select

from services.matching.adapters import changes, stock
from services.matching.adapters.commission_models import CandidateRow, ShortlistRow
from services.matching.adapters.households import of_organisation
from services.matching.adapters.locking import lock_for, one_at_a_time
from services.matching.adapters.models import HouseholdRow, OfferRow, PlacementRow, ReservationRow, VacancyRow
from services.matching.adapters.placements import Act, Moment
from services.matching.adapters.proposing import Conflict, Terms, propose, publish_new
from services.matching.adapters.search import market_of
from services.matching.core.model import Home, HouseholdStatus
from services.matching.core.options import OptionFinder
from services.matching.core.plan import Candidate
from services.matching.core.policy import Proposal
from services.matching.core.ranking import Option
from services.matching.core.reasons import Ineligible
from services.matching.core.sentences import option_sentences
from shared.clock import paris_date
from shared.events import Step
from shared.ids import new_id

# A commission decided on these: what awaits a caseworker already does not hold a promotion up.
NO_CAP = 1_000_000
_ENDED = (Step.REFUSED.value, Step.RELEASED.value)


def keep(
    session: Session, organisation: str, plan: Mapping[str, Sequence[Candidate]], *, actor: str, now: datetime
) -> dict[str, str]:
    """Keeps the candidates of homes; returns the shortlists' ids by home. A list of which nothing was proposed yet is
    replaced; one that is under way stays as it is. Who was erased meanwhile is not kept, nor a list of nobody."""
    one_at_a_time(session, f"shortlists {organisation}")
    there = col(ShortlistRow.vacancy).in_(sorted(plan)), col(ShortlistRow.closed_at).is_(None)
    query = select(ShortlistRow).where(ShortlistRow.organisation == organisation, *there)
    known = {row.vacancy: row for row in session.exec(query.order_by(col(ShortlistRow.id)).with_for_update())}
    households = _still_there(session, {one.household for candidates in plan.values() for one in candidates})
    kept: dict[str, str] = {}
    for vacancy, candidates in plan.items():
        before = known.get(vacancy)
        if before is not None and before.placement is not None:
            kept[vacancy] = before.id
        elif left := [one for one in candidates if one.household in households]:
            if before is not None:
                close(session, before, now)
                session.flush()
            row = ShortlistRow(
                id=new_id("sho"), organisation=organisation, vacancy=vacancy, created_at=now, created_by=actor
            )
            session.add(row)
            session.flush()
            kept[vacancy] = row.id
            session.add_all(_row_of(row.id, rank, one) for rank, one in enumerate(left, 1))
    session.flush()
    return kept


def _still_there(session: Session, households: Iterable[str]) -> frozenset[str]:
    """Those that exist; none is erased until this transaction has ended."""
    query = select(HouseholdRow.id).where(col(HouseholdRow.id).in_(sorted(households))).order_by(col(HouseholdRow.id))
    return frozenset(session.exec(query.with_for_update(read=True, key_share=True)).all())


def _row_of(shortlist: str, rank: int, candidate: Candidate) -> CandidateRow:
    lead = candidate.option.lead
    return CandidateRow(
        shortlist=shortlist,
        rank=rank,
        household=candidate.household,
        offer=lead.post.id if lead else None,
        reasons=[list(said) for said in candidate.gaps],
    )


def listing(
    session: Session, organisation: str, *, vacancy: str | None, closed: bool, before: str | None, limit: int
) -> Sequence[ShortlistRow]:
    """Shortlists of an organisation, newest first."""
    query = select(ShortlistRow).where(ShortlistRow.organisation == organisation).order_by(col(ShortlistRow.id).desc())
    if not closed:
        query = query.where(col(ShortlistRow.closed_at).is_(None))
    if vacancy is not None:
        query = query.where(ShortlistRow.vacancy == vacancy)
    if before is not None:
        query = query.where(col(ShortlistRow.id) < before)
    return session.exec(query.limit(limit)).all()


def of(session: Session, organisation: str, identifier: str, *, locked: bool = False) -> ShortlistRow | None:
    """A shortlist of the organisation, None for anyone else's."""
    query = select(ShortlistRow).where(ShortlistRow.id == identifier, ShortlistRow.organisation == organisation)
    return session.exec(query.with_for_update() if locked else query).one_or_none()


def candidates_of(session: Session, shortlists: Sequence[str]) -> dict[str, list[CandidateRow]]:
    """Candidates by shortlist, in rank."""
    query = (
        select(CandidateRow)
        .where(col(CandidateRow.shortlist).in_(shortlists))
        .order_by(col(CandidateRow.shortlist), col(CandidateRow.rank))
    )
    found: dict[str, list[CandidateRow]] = {name: [] for name in shortlists}
    for row in session.exec(query).all():
        found[row.shortlist].append(row)
    return found


def live_proposals(session: Session, households: Iterable[str]) -> dict[str, str]:
    """The live proposal of each household that has one; a household has one at most."""
    query = select(ReservationRow.household, ReservationRow.placement).where(
        col(ReservationRow.household).in_(sorted(households)), col(ReservationRow.released_at).is_(None)
    )
    return {household: placement for household, placement in session.exec(query).all() if household is not None}


def due(session: Session) -> ShortlistRow | None:
    """The oldest shortlist whose candidate's proposal has ended, locked; also one that the home has left, or whose home
    is let, which only closes."""
    query = (
        select(ShortlistRow)
        .join(PlacementRow, col(PlacementRow.id) == col(ShortlistRow.placement))
        .where(
            col(ShortlistRow.closed_at).is_(None),
            or_(col(PlacementRow.step).in_(_ENDED), PlacementRow.step == Step.COMPLETED.value),
        )
        .order_by(col(ShortlistRow.id))
        .limit(1)
        .with_for_update(of=ShortlistRow, skip_locked=True)
    )
    return session.exec(query).one_or_none()


def propose_next(session: Session, row: ShortlistRow, *, act: Act, moment: Moment, seed: int) -> PlacementRow | None:
    """Proposes the home to the next candidate who still can have it, in the caller's transaction; the row is locked.

    None where none is left, which closes the list, or where something else keeps the home for now.
    """
    before = session.get(PlacementRow, row.placement) if row.placement else None
    homes = stock.homes_where(session, col(VacancyRow.id) == row.vacancy)
    if not homes or (before is not None and before.step == Step.COMPLETED.value):
        close(session, row, moment.now)
        return None
    for candidate in candidates_of(session, [row.id])[row.id]:
        if candidate.rank <= row.reached:
            continue
        placed = _propose(session, row.organisation, homes[0], candidate, act, moment, seed)
        if placed is Conflict.HOME:
            if before is not None:
                close(session, row, moment.now)
            return None
        row.reached = candidate.rank
        if isinstance(placed, PlacementRow):
            row.placement = placed.id
            session.add(row)
            changes.add(session, [changes.Change(changes.PLACEMENT, placed.id)])
            return placed
    close(session, row, moment.now)
    return None


def _propose(
    session: Session, organisation: str, home: Home, candidate: CandidateRow, act: Act, moment: Moment, seed: int
) -> PlacementRow | Conflict | None:
    household = of_organisation(session, organisation, candidate.household)
    if household is None or household.status != HouseholdStatus.LIVE:
        return None
    market, wishes = market_of(session, household, now=moment.now)
    if market.is_reserved(home.id):
        return Conflict.HOME
    finder = OptionFinder(market, wishes, today=paris_date(moment.now), seed=seed)
    option: Option | Ineligible = finder.option(home)
    offer = session.get(OfferRow, candidate.offer) if candidate.offer else None
    if offer is not None and offer.status == stock.OPEN:
        as_listed = finder.option_with(home, stock.post_of(session, offer))
        option = option if isinstance(as_listed, Ineligible) else as_listed
    if isinstance(option, Ineligible):
        return None
    terms = Terms(
        programme=market.programmes[wishes.programme],
        commitment=market.commitment_for(wishes.programme, home.territory),
        sentences=option_sentences(wishes, option, market.geography, market.occupations),
        cap=NO_CAP,
        act=act,
    )
    proposal = Proposal(wishes, option)
    lock_for(session, [proposal], [terms.commitment])
    placed = propose(session, proposal, terms, moment)
    if isinstance(placed, Conflict):
        return placed if placed is Conflict.HOME else None
    publish_new(session, [placed])
    return placed


def close(session: Session, row: ShortlistRow, now: datetime) -> None:
    """Ends a shortlist: nobody is promoted from it any more."""
    row.closed_at = now
    session.add(row)
