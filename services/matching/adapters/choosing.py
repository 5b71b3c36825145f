"""A caseworker's own choice: the ranking has no say, the hard constraints and the reservations do."""

from sqlmodel import Session

from services.matching.adapters import changes, conflicts, stock
from services.matching.adapters.commission_models import LandlordRuleRow
from services.matching.adapters.households import of_organisation
from services.matching.adapters.locking import lock_for
from services.matching.adapters.models import OfferRow, PlacementRow, VacancyRow
from services.matching.adapters.placements import Act, Moment
from services.matching.adapters.proposing import Conflict, Terms, propose, publish_new
from services.matching.adapters.search import market_of
from services.matching.core.options import OptionFinder
from services.matching.core.policy import Proposal
from services.matching.core.reasons import Ineligible, Reason
from services.matching.core.sentences import option_sentences
from services.matching.settings import MatchingSettings
from shared.clock import paris_date
from shared.web.problems import Problem, ProblemType


def choose(
    session: Session,
    *,
    organisation: str,
    household: str,
    vacancy: str,
    offer: str | None,
    actor: str,
    moment: Moment,
    settings: MatchingSettings,
) -> PlacementRow:
    """Reserves the choice in the caller's transaction. Raises Problem: 404 unknown, 409 with the reasons against it."""
    row = of_organisation(session, organisation, household)
    home_row = session.get(VacancyRow, vacancy)
    offer_row = session.get(OfferRow, offer) if offer is not None else None
    unknown = (
        ("household", row, household),
        ("vacancy", home_row, vacancy),
        ("offer", offer_row or offer is None, offer),
    )
    for field, found, value in unknown:
        if not found:
            raise Problem(ProblemType.NOT_FOUND, field=field, value=value, remedy="GET /v1/households/{id}/matches")
    assert row is not None  # noqa: S101 - checked just above
    assert home_row is not None  # noqa: S101
    market, resolved = market_of(session, row, now=moment.now)
    finder = OptionFinder(market, resolved, today=paris_date(moment.now), seed=settings.engine_seed)
    home = stock.home_from(home_row, session.get(LandlordRuleRow, home_row.landlord))
    option = finder.option_with(home, stock.post_of(session, offer_row)) if offer_row else finder.option(home)
    if isinstance(option, Ineligible):
        if option.reasons == (Reason.HOME_RESERVED,):
            raise conflicts.problem_of(
                session, Conflict.HOME, organisation=organisation, vacancy=vacancy, household=household
            )
        raise Problem(
            ProblemType.CONFLICT,
            ", ".join(reason.label("fr") for reason in option.reasons),
            field="vacancy",
            value=vacancy,
            remedy="GET …/explanation",
            en=", ".join(reason.label("en") for reason in option.reasons),
        )
    terms = Terms(
        programme=market.programmes[resolved.programme],
        commitment=market.commitment_for(resolved.programme, home.territory),
        sentences=option_sentences(resolved, option, market.geography, market.occupations),
        cap=settings.open_proposals_per_caseworker,
        act=Act("choose", actor),
    )
    proposal = Proposal(resolved, option)
    lock_for(session, [proposal], [terms.commitment])
    placed = propose(session, proposal, terms, moment)
    if isinstance(placed, Conflict):
        raise conflicts.problem_of(session, placed, organisation=organisation, vacancy=vacancy, household=household)
    publish_new(session, [placed])
    changes.add(session, [changes.Change(changes.PLACEMENT, placed.id)])
    return placed
