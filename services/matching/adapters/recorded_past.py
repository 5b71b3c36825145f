"""The past as SQL has it: who was there between two moments, for the price process alone."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import or_
from sqlmodel import Session, col, select

from services.matching.adapters import stock
from services.matching.adapters.commission_models import LandlordRuleRow
from services.matching.adapters.models import HouseholdRow, OfferRow, PlacementRow, VacancyRow
from services.matching.adapters.price_models import PastRow
from services.matching.core.market import Market, resolved
from services.matching.core.model import Home, Household, HouseholdStatus, Post
from services.matching.core.past import Past, Stay
from services.matching.core.price_list import PriceList
from services.matching.core.quoting import lasts_as_announced
from shared.clock import paris_date
from shared.events import Step

_DAY: Final = timedelta(days=1)
# From here on the home was this household's: neither would have been there for others.
_TAKEN: Final = (Step.ACCEPTED, Step.COMMISSION, Step.LEASE, Step.INSTALLED, Step.FOLLOW_UP, Step.COMPLETED)


def recorded_past(session: Session, market: Market, begin: datetime, end: datetime) -> Past:
    """Everyone who was there at some time of the window. `market` holds the commitments, for wishes that follow them."""

    def stay(came: datetime, left: datetime | None) -> Stay:
        first, last = max(came, begin), min(left or end, end)
        return Stay((first - begin) / _DAY, (last - begin) / _DAY)

    taken_homes, taken_by = _taken(session)
    rules = {rule.organisation: rule for rule in session.exec(select(LandlordRuleRow))}
    today = paris_date(end)
    households: dict[str, tuple[Household, Stay]] = {}
    query = select(HouseholdRow).where(
        HouseholdRow.created_at < end,
        or_(col(HouseholdRow.status) == HouseholdStatus.LIVE.value, col(HouseholdRow.updated_at) > begin),
    )
    for row in session.exec(query):
        left = None if stock.is_live(row) or row.id in taken_by else row.updated_at
        open_territories = () if row.territories else market.open_territories(row.programme, today)
        resolved_one = resolved(stock.household_from(row), market.geography, open_territories)
        households[row.id] = (resolved_one, stay(row.created_at, left))
    homes: dict[str, tuple[Home, Stay]] = {}
    posts: dict[str, tuple[Post, Stay]] = {}
    for vacancy in session.exec(select(VacancyRow).where(VacancyRow.status == stock.OPEN, VacancyRow.seen_at < end)):
        homes[vacancy.id] = (stock.home_from(vacancy, rules.get(vacancy.landlord)), stay(vacancy.seen_at, None))
    for offer in session.exec(select(OfferRow).where(OfferRow.status == stock.OPEN, OfferRow.seen_at < end)):
        posts[offer.id] = (stock.post_from(offer, leads=0), stay(offer.seen_at, None))
    for past in session.exec(select(PastRow).where(PastRow.left_at > begin, PastRow.seen_at < end)):
        if past.kind == "vacancy":
            known = VacancyRow.model_validate(past.state)
            left = None if past.id in taken_homes else past.left_at
            homes[past.id] = (stock.home_from(known, rules.get(known.landlord)), stay(past.seen_at, left))
        else:
            posts[past.id] = (
                stock.post_from(OfferRow.model_validate(past.state), leads=0),
                stay(past.seen_at, past.left_at),
            )
    return Past(paris_date(begin), (end - begin) / _DAY, households, homes, posts)


def unquoted(
    session: Session, listed: PriceList, most: int, done: Mapping[str, date | None]
) -> tuple[list[Home], list[Post]]:
    """Open homes and posts that a list has no quote of, or one that ends on another day than they do, by id: at most so
    many, homes first. `done`: those quoted anew for the end that they have now, where the past is too short to reach it.
    """

    def to_quote(ends: Sequence[tuple[str, date | None]]) -> list[str]:
        found = []
        for name, until in ends:
            quote = listed.quotes.get(name)
            known = quote is not None and (lasts_as_announced(quote, until) or (name in done and done[name] == until))
            if not known:
                found.append(name)
        return sorted(found)

    homes = session.exec(
        select(VacancyRow.id, col(VacancyRow.available_until)).where(VacancyRow.status == stock.OPEN)
    ).all()
    posts = session.exec(select(OfferRow.id, col(OfferRow.expires_at)).where(OfferRow.status == stock.OPEN)).all()
    new_homes = to_quote(homes)[:most]
    new_posts = to_quote(posts)[: most - len(new_homes)]
    found = session.exec(select(OfferRow).where(col(OfferRow.id).in_(new_posts)).order_by(col(OfferRow.id)))
    return (
        stock.homes_where(session, col(VacancyRow.id).in_(new_homes)),
        [stock.post_from(row, leads=0) for row in found],
    )


def _taken(session: Session) -> tuple[set[str], set[str]]:
    """Homes and households that have accepted one another."""
    query = select(PlacementRow.vacancy, PlacementRow.household).where(
        col(PlacementRow.step).in_([step.value for step in _TAKEN])
    )
    found = session.exec(query).all()
    return {vacancy for vacancy, _ in found}, {household for _, household in found if household is not None}
