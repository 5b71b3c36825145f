"""From SQL to the market in memory: rows to core values, and what a household's search needs."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, any_, func, text
from sqlmodel import Session, col, or_, select

from services.matching.adapters.commission_models import LandlordRuleRow
from services.matching.adapters.models import (
    BanRow,
    CommitmentRow,
    HouseholdRow,
    OfferRow,
    PlacementRow,
    ReservationRow,
    VacancyRow,
)
from services.matching.core.hosting import Arrival
from services.matching.core.market import Market, Reservation, resolved, zones_of
from services.matching.core.model import NO_BANS, Bans, Commitment, Home, Household, HouseholdStatus, Post, Priority
from shared.clock import PARIS, paris_date
from shared.events import Step

OPEN: Final = "open"
AT_ONCE: Final = 1000  # names in one condition; for more the whole table is read


def household_from(row: HouseholdRow) -> Household:
    """The household as stored: its wishes are not resolved yet."""
    return Household(
        id=row.id,
        version=row.version,
        organisation=row.organisation,
        caseworker=row.caseworker,
        size=row.size,
        programme=row.programme,
        waiting_since=row.waiting_since,
        rome=tuple(row.rome),
        wanted=tuple(row.territories),
        excluded=frozenset(row.excluded),
        income_eur_per_month=row.income_eur_per_month,
        driving_licence=row.driving_licence,
        accessible_needed=row.accessible_needed,
        max_commute_minutes=row.max_commute_minutes,
        priorities=frozenset(Priority(code) for code in row.priorities),
        adults=row.adults,
        contingents=frozenset(row.contingents),
        moves_from=row.moves_from,
        moves_by=row.moves_by,
        candidate_until=row.candidate_until,
    )


def home_from(row: VacancyRow, rule: LandlordRuleRow | None = None) -> Home:
    """The home of an open vacancy, with its landlord's rule if he has one."""
    return Home(
        id=row.id,
        landlord=row.landlord,
        commune=row.commune,
        territory=row.territory,
        zone=row.zone,
        typology=row.typology,
        surface_m2=row.surface_m2,
        rent_eur_per_month=row.rent_eur_per_month,
        charges_eur_per_month=row.charges_eur_per_month,
        available_from=row.available_from,
        available_until=row.available_until,
        accessible=row.accessible,
        floor=row.floor,
        lift=row.lift,
        reservation=row.reservation,
        effort_ceiling=rule.effort_ceiling if rule else None,
        left_eur_per_day=rule.left_eur_per_day if rule else None,
    )


def homes_where(session: Session, *conditions: ColumnElement[bool]) -> list[Home]:
    """Homes of the open vacancies that meet the conditions, under their landlords' rules, read anew."""
    query = (
        select(VacancyRow, LandlordRuleRow)
        .join(LandlordRuleRow, col(LandlordRuleRow.organisation) == col(VacancyRow.landlord), isouter=True)
        .where(VacancyRow.status == OPEN, *conditions)
    )
    rows = session.exec(query.order_by(col(VacancyRow.id)).execution_options(populate_existing=True)).all()
    return [home_from(row, rule) for row, rule in rows]


def post_from(row: OfferRow, leads: int | None = None) -> Post:
    """The post of an open offer. `leads`: live placements that count on it, those by the same offer of another feed too."""
    return Post(
        id=row.id,
        commune=row.commune,
        zone=row.zone,
        rome=row.rome,
        contract=row.contract,
        duration_months=row.duration_months,
        openings=row.openings,
        leads=row.leads if leads is None else leads,
        wage_eur_per_month=row.wage_eur_per_month,
        part_time=row.part_time,
        licence_required=row.licence_required,
        expires_at=row.expires_at,
        source_name=row.source_name,
        source_licence=row.source_licence,
        source_url=row.source_url,
        source_updated_at=row.source_updated_at,
    )


def commitment_from(row: CommitmentRow) -> Commitment:
    """The commitment, without what it carries."""
    return Commitment(
        key=row.key,
        programme=row.programme,
        code=row.code,
        status=row.status,
        capacity_households=row.capacity_households,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        area=tuple(row.area),
        name=row.name,
        capacity_persons=row.capacity_persons,
        period=row.period,
    )


def bans_of(session: Session, households: Sequence[str], now: datetime) -> dict[str, Bans]:
    """What each household must not be offered, at business time `now`; households without any are absent."""
    if not households:
        return {}
    query = select(BanRow).where(or_(col(BanRow.until).is_(None), col(BanRow.until) > now))
    if len(households) <= AT_ONCE:
        query = query.where(col(BanRow.household).in_(households))
    names = set(households)
    found: dict[str, dict[str, set[str]]] = {}
    for row in session.exec(query):
        if row.household not in names:
            continue
        found.setdefault(row.household, {}).setdefault(row.kind, set()).add(row.target)
    return {
        name: Bans(
            frozenset(kinds.get("vacancy", ())),
            frozenset(kinds.get("offer", ())),
            frozenset(kinds.get("territory", ())),
        )
        for name, kinds in found.items()
    }


def load_commitments(session: Session, market: Market) -> None:
    """All commitments: a few thousand at most."""
    for row in session.exec(select(CommitmentRow)).all():
        market.put_commitment(commitment_from(row))


def load_arrivals(session: Session, market: Market, today: date) -> None:
    """Every placement that counts, or may count, against a capacity: the live ones, and what this year has completed."""
    rows = session.execute(
        text(
            "SELECT p.id, p.commitment, p.created_at, p.persons, r.released_at IS NULL AS live FROM placement p"
            " JOIN reservation r ON r.placement = p.id WHERE p.commitment IS NOT NULL"
            " AND (r.released_at IS NULL OR p.step = 'completed' AND p.created_at >= :since)"
        ),
        {"since": year_start(today)},
    )
    for row in rows:
        market.arrive(row.commitment, row.id, Arrival(paris_date(row.created_at), row.persons, live=row.live))


def year_start(today: date) -> datetime:
    """First instant of a year in France: no capacity looks further back."""
    return datetime(today.year, 1, 1, tzinfo=PARIS)


def reservations(session: Session, where: ColumnElement[bool] | None = None) -> list[Reservation]:
    """Live placements, all or those that meet a condition."""
    query = (
        select(PlacementRow)
        .join(ReservationRow, col(ReservationRow.placement) == col(PlacementRow.id))
        .where(col(ReservationRow.released_at).is_(None))
    )
    return [reservation_from(row) for row in session.exec(query if where is None else query.where(where)).all()]


def reservation_from(row: PlacementRow) -> Reservation:
    """What a live placement keeps from others."""
    return Reservation(
        row.id,
        row.household,
        row.vacancy,
        row.offer,
        row.caseworker,
        row.commitment,
        row.step == Step.PROPOSED,
        paris_date(row.created_at),
        row.persons,
    )


def put_household(session: Session, market: Market, row: HouseholdRow, *, today: date, now: datetime) -> Household:
    """Puts a household into the market, with its bans, and loads what its search needs."""
    (household,) = put_households(session, market, [row], today=today, now=now)
    return household


def put_households(
    session: Session, market: Market, rows: Sequence[HouseholdRow], *, today: date, now: datetime
) -> list[Household]:
    """Puts households into the market, with their bans, and loads what they can want, in a few queries for all."""
    open_territories: dict[str, tuple[str, ...]] = {}
    bans = bans_of(session, [row.id for row in rows], now)
    households = []
    for row in rows:
        if not row.territories and row.programme not in open_territories:
            open_territories[row.programme] = market.open_territories(row.programme, today)
        household = resolved(household_from(row), market.geography, open_territories.get(row.programme, ()))
        market.put_household(household, bans.get(household.id, NO_BANS))
        households.append(household)
    load_homes(session, market, {territory for household in households for territory in household.wanted})
    load_posts(session, market, _pairs(market, households))
    return households


def _pairs(market: Market, households: Iterable[Household]) -> set[tuple[str, str]]:
    """(Zone d'emploi, occupation) of the posts that could suit households: those of the territories they want."""
    zones: dict[str, frozenset[str]] = {}
    pairs: set[tuple[str, str]] = set()
    for wanted, rome in {(household.wanted, household.rome) for household in households} - market.loaded_searches:
        market.loaded_searches.add((wanted, rome))
        near = market.near(rome)
        for territory in wanted:
            if territory not in zones:
                zones[territory] = zones_of(market.geography, territory)
        for zone in {zone for territory in wanted for zone in zones[territory]}:
            pairs.update((zone, code) for code in near)
    return pairs


def load_homes(session: Session, market: Market, territories: Iterable[str]) -> None:
    """Loads the open vacancies of territories that are not loaded yet."""
    missing = sorted(set(territories) - market.loaded_territories)
    if missing:
        for home in homes_where(session, col(VacancyRow.territory).in_(missing)):
            market.put_home(home)
        market.loaded_territories.update(missing)


def load_posts(session: Session, market: Market, pairs: Iterable[tuple[str, str]]) -> None:
    """Loads the open offers of (zone, occupation) pairs that are not loaded yet."""
    missing = set(pairs) - market.loaded_posts
    if not missing:
        return
    query = select(OfferRow).where(
        col(OfferRow.zone).in_(sorted({zone for zone, _ in missing})),
        col(OfferRow.rome).in_(sorted({rome for _, rome in missing})),
        OfferRow.status == OPEN,
    )
    found = [row for row in session.exec(query.order_by(col(OfferRow.id))) if (row.zone, row.rome) in missing]
    for post in _posts(session, found):
        market.put_post(post)
    market.loaded_posts |= missing


def post_of(session: Session, row: OfferRow) -> Post:
    """The post of one open offer, with the leads of all feeds."""
    (post,) = _posts(session, [row])
    return post


def _posts(session: Session, rows: Sequence[OfferRow]) -> list[Post]:
    """The posts of open offers. What another feed publishes too has the leads of all."""
    origins = sorted({row.origin for row in rows if row.origin is not None})
    shared: dict[str | None, int] = {}
    if origins:
        query = select(OfferRow.origin, func.sum(OfferRow.leads)).where(OfferRow.leads > 0)
        query = query.where(
            col(OfferRow.origin).in_(origins) if len(origins) <= AT_ONCE else col(OfferRow.origin).is_not(None)
        )
        shared = {origin: int(leads) for origin, leads in session.exec(query.group_by(col(OfferRow.origin))).all()}
    return [post_from(row, shared.get(row.origin, row.leads)) for row in rows]


def refresh_homes(session: Session, market: Market, identifiers: Iterable[str]) -> None:
    """Reads vacancies again; one that is not open, or whose territory is not loaded, leaves the market."""
    wanted = list(identifiers)
    if not wanted:
        return
    homes = homes_where(session, col(VacancyRow.id).in_(wanted))
    found = {home.id: home for home in homes if home.territory in market.loaded_territories}
    for identifier in wanted:
        if identifier in found:
            market.put_home(found[identifier])
        else:
            market.drop_home(identifier)


def refresh_posts(session: Session, market: Market, identifiers: Iterable[str]) -> None:
    """Reads offers again; one that is not open, or not of a loaded pair, leaves the market."""
    wanted = list(identifiers)
    if not wanted:
        return
    same = select(OfferRow.origin).where(col(OfferRow.id).in_(wanted), col(OfferRow.origin).is_not(None))
    # As an array, known before rows are looked for: both sides of the `or` use their index. With IN the table is read whole.
    of_them = col(OfferRow.origin) == any_(func.array(same.scalar_subquery()))
    query = select(OfferRow).where(or_(col(OfferRow.id).in_(wanted), of_them), OfferRow.status == OPEN)
    rows = session.exec(query.execution_options(populate_existing=True)).all()
    found = {post.id: post for post in _posts(session, rows) if (post.zone, post.rome) in market.loaded_posts}
    for identifier in dict.fromkeys([*wanted, *found]):
        if identifier in found:
            market.put_post(found[identifier])
        else:
            market.drop_post(identifier)


def is_live(row: HouseholdRow) -> bool:
    """Whether a household receives proposals."""
    return row.status == HouseholdStatus.LIVE
