"""A market for one household, read from SQL when someone asks about it."""

from datetime import datetime

from sqlmodel import Session, col

from services.matching.adapters import stock
from services.matching.adapters.models import HouseholdRow, PlacementRow
from services.matching.core.market import Market
from services.matching.core.model import Household
from services.matching.programmes import current
from shared.clock import paris_date
from shared.geography import geography
from shared.occupations import occupations


def market_of(session: Session, row: HouseholdRow, *, now: datetime) -> tuple[Market, Household]:
    """A market with this household alone, and every home and post that it could want; its own home is free to it."""
    market = Market(geography(), occupations(), current())
    stock.load_commitments(session, market)
    household = stock.put_household(session, market, row, today=paris_date(now), now=now)
    _reserve_others(session, market, household)
    stock.load_arrivals(session, market, paris_date(now))
    return market, household


def _reserve_others(session: Session, market: Market, household: Household) -> None:
    """Marks the homes that other households' placements keep."""
    where = col(PlacementRow.territory).in_(sorted(market.loaded_territories))
    for reservation in stock.reservations(session, where):
        if reservation.household != household.id:
            market.reserve(reservation)


def widen(session: Session, market: Market, household: Household) -> None:
    """Adds what lies just outside the wishes: homes excluded or in the same zones d'emploi, more posts."""
    own = {place.zone_emploi for code in household.wanted if (place := market.geography.territory(code))}
    around = [code for code, place in market.geography.territories.items() if place.zone_emploi in own]
    stock.load_homes(session, market, [*around, *household.excluded])
    if household.rome:
        wider = {other for code in market.near(household.rome) for other in market.near((code,))}
        stock.load_posts(session, market, {(zone, rome) for zone in own for rome in wider})
    _reserve_others(session, market, household)
