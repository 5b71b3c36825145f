"""A market for one home, read from SQL when someone asks who could live there."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import cast
from sqlmodel import Session, col, func, or_, select

from services.matching.adapters import stock
from services.matching.adapters.commission_models import HeldHomeRow, LandlordRuleRow
from services.matching.adapters.models import TEXTS, HouseholdRow, VacancyRow
from services.matching.core.market import Market, resolved
from services.matching.core.model import Bans, Home
from services.matching.programmes import current
from shared.clock import paris_date
from shared.geography import geography
from shared.occupations import occupations

MOST_HOUSEHOLDS: Final = 3000


@dataclass(frozen=True, slots=True)
class HomeSearch:
    """The market without the home's own reservation. `households` want the territory, the longest wait first; `total` of
    them are known, and more than `MOST_HOUSEHOLDS` are not looked at."""

    market: Market
    home: Home
    households: tuple[str, ...]
    total: int
    taken: bool
    held: bool


def home_search(session: Session, row: VacancyRow, *, now: datetime) -> HomeSearch:
    """Everything that says who could live in a home."""
    today, places = paris_date(now), geography()
    market = Market(places, occupations(), current())
    stock.load_commitments(session, market)
    stock.load_arrivals(session, market, today)
    taken = False
    for reservation in stock.reservations(session):
        taken |= reservation.vacancy == row.id
        # Who has a proposal for this very home is placed; the home itself is looked at as if it were free.
        market.reserve(replace(reservation, vacancy="") if reservation.vacancy == row.id else reservation)
    rows = _wanting(session, row.territory)
    bans = stock.bans_of(session, [one.id for one in rows], now)
    names: list[str] = []
    for one in rows:
        stored = stock.household_from(one)
        household = resolved(stored, places, market.open_territories(stored.programme, today))
        if row.territory in household.wanted:
            market.put_household(household, bans.get(one.id, Bans()))
            names.append(one.id)
    romes = {code for name in names for code in market.near(market.households[name].rome)}
    stock.load_posts(session, market, {(row.zone, rome) for rome in romes})
    waits = session.get(HeldHomeRow, row.id)
    return HomeSearch(
        market,
        stock.home_from(row, session.get(LandlordRuleRow, row.landlord)),
        tuple(names[:MOST_HOUSEHOLDS]),
        len(names),
        taken,
        waits is not None and waits.forced_at is None and waits.until > now,
    )


def _wanting(session: Session, territory: str) -> list[HouseholdRow]:
    """Live households whose wishes may reach a territory, the longest wait first."""
    place = geography().territory(territory)
    codes = [territory, *(place.departements if place else ())]
    wishes = col(HouseholdRow.territories)
    query = (
        select(HouseholdRow)
        .where(HouseholdRow.status == "live", or_(wishes.op("&&")(cast(codes, TEXTS)), func.cardinality(wishes) == 0))
        .order_by(col(HouseholdRow.waiting_since), col(HouseholdRow.id))
        .limit(4 * MOST_HOUSEHOLDS)
    )
    return list(session.exec(query).all())
