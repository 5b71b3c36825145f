"""The market of a weekly commission, read from SQL: some homes, the households of one organisation, and what they need."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func
from sqlmodel import Session, col, or_, select

from services.matching.adapters import stock
from services.matching.adapters.models import HouseholdRow, PlacementRow, VacancyRow
from services.matching.core.market import Market, resolved, territories_of
from services.matching.core.model import Bans, Home
from services.matching.programmes import current
from shared.clock import paris_date
from shared.events import Step
from shared.geography import geography
from shared.occupations import occupations

MOST_HOUSEHOLDS: Final = 500
MOST_HOMES: Final = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """What a plan is about. Empty `vacancies` and `territories`: every home that these households want. `without`: homes
    and households left out; `imagined` homes are added; `proposals_too` takes what waits for a decision as free."""

    organisation: str
    vacancies: Sequence[str] = ()
    territories: Sequence[str] = ()
    households: Sequence[str] = ()
    without: Collection[str] = ()
    imagined: Sequence[Home] = ()
    proposals_too: bool = False


@dataclass(frozen=True, slots=True)
class Commission:
    """`unknown`: ids asked for that the organisation may not see, or that are not open. `labels` of the households.
    `asked_households`, `asked_homes`: how many there are, also beyond what was read."""

    market: Market
    households: list[str]
    homes: list[Home]
    labels: dict[str, str | None]
    unknown: list[str]
    asked_households: int
    asked_homes: int


def commission(session: Session, asked: Asked, *, now: datetime) -> Commission:
    """Everything that the plan needs, in one market without writes. No more homes and households than the limits are
    read; how many there are is told."""
    today, places = paris_date(now), geography()
    market = Market(places, occupations(), current())
    stock.load_commitments(session, market)
    _reserve(session, market, asked)
    stock.load_arrivals(session, market, today)
    rows, total = _households(session, asked)
    bans = stock.bans_of(session, [row.id for row in rows], now)
    for row in rows:
        stored = stock.household_from(row)
        household = resolved(stored, places, market.open_territories(stored.programme, today))
        market.put_household(household, bans.get(row.id, Bans()))
    names = [row.id for row in rows if not market.is_placed(row.id)]
    found = [*_homes(session, market, asked, names), *asked.imagined]
    homes = found[:MOST_HOMES]
    romes = {code for name in names for code in market.near(market.households[name].rome)}
    stock.load_posts(session, market, {(home.zone, rome) for home in homes for rome in romes})
    known = {row.id for row in rows} | {home.id for home in homes}
    unknown = [
        name for name in (*asked.households, *asked.vacancies) if name not in known and name not in asked.without
    ]
    return Commission(market, names, homes, {row.id: row.label for row in rows}, unknown, total, len(found))


def _reserve(session: Session, market: Market, asked: Asked) -> None:
    """Marks what placements keep, but for the organisation's own proposals where they count as free."""
    free: set[str] = set()
    if asked.proposals_too:
        query = select(PlacementRow.id).where(
            PlacementRow.organisation == asked.organisation, PlacementRow.step == Step.PROPOSED.value
        )
        free = set(session.exec(query).all())
    for reservation in stock.reservations(session):
        if reservation.placement not in free:
            market.reserve(reservation)


def _households(session: Session, asked: Asked) -> tuple[list[HouseholdRow], int]:
    """Those who have waited longest, and how many there are in all."""
    conditions: list[Any] = [HouseholdRow.organisation == asked.organisation, HouseholdRow.status == "live"]
    if asked.households:
        conditions.append(col(HouseholdRow.id).in_(asked.households))
    if asked.without:
        conditions.append(col(HouseholdRow.id).not_in(asked.without))
    oldest = (
        select(HouseholdRow)
        .where(*conditions)
        .order_by(col(HouseholdRow.waiting_since), col(HouseholdRow.id))
        .limit(MOST_HOUSEHOLDS)
    )
    rows = list(session.exec(oldest).all())
    if len(rows) < MOST_HOUSEHOLDS:
        return rows, len(rows)
    return rows, session.exec(select(func.count()).select_from(HouseholdRow).where(*conditions)).one()


def _homes(session: Session, market: Market, asked: Asked, households: Sequence[str]) -> list[Home]:
    conditions = []
    if asked.vacancies:
        conditions.append(col(VacancyRow.id).in_(asked.vacancies))
    if asked.territories:
        codes = sorted({code for given in asked.territories for code in territories_of(market.geography, given)})
        conditions.append(col(VacancyRow.territory).in_(codes))
    if not conditions:
        if asked.imagined:
            return []
        wanted = sorted({code for name in households for code in market.households[name].wanted})
        conditions.append(col(VacancyRow.territory).in_(wanted))
    found = stock.homes_where(session, or_(*conditions))
    kept = [home for home in found if home.id not in asked.without and not market.is_reserved(home.id)]
    return sorted(kept, key=lambda home: home.id)


def imagined(home: Home) -> Home:
    """A home of which only the commune is known to be real, with its places."""
    places = geography()
    return replace(home, territory=places.territory_of(home.commune), zone=places.zone_of(home.commune))
