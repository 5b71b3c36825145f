"""Hard constraints between a household, a home and a post, as two tables. The unknown excludes nobody: it is to confirm."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.matching.core.budget import Budget, budget, effort_ceiling
from services.matching.core.commute import Commute
from services.matching.core.model import NO_BANS, OPEN_TO_ALL, Bans, Commitment, Home, Household, Post
from services.matching.core.programme import Programme
from services.matching.core.reasons import Eligible, Ineligible, Reason, ToConfirm, Verdict

# No dwelling is decent below 9 m2, or 20 m3 which nobody publishes (décret 2002-120, article 4).
DECENT_M2: Final = 9.0
# A fixed-term contract from this length is durable (France Travail and DARES count "emploi durable" so).
DURABLE_MONTHS: Final = 6.0


def decent_surface_m2(size: int) -> float:
    """Least surface for that many persons: 9 m2 for one, 16 for two, 9 more for each further one, at most 70.

    Source: CCH R822-25, condition of housing benefit (formerly code de la sécurité sociale D542-14).
    """
    return min(70.0, 9.0 if size == 1 else 16.0 + 9.0 * (size - 2))


def most_rooms(size: int) -> int:
    """Most main rooms before a social dwelling is under-occupied: persons plus one (CCH L621-2)."""
    return size + 1


def durable(post: Post) -> bool | None:
    """CDI, or CDD of six months or more; None for a fixed term of unknown length."""
    if post.contract == "CDI":
        return True
    if post.contract in {"CDD", "DDI"}:
        return None if post.duration_months is None else post.duration_months >= DURABLE_MONTHS
    return False


@dataclass(frozen=True, slots=True)
class HomeCase:
    """What a constraint of a home looks at. `commitment` None: the territory has declared none and is to be asked."""

    household: Household
    home: Home
    today: date
    commitment: Commitment | None
    bans: Bans
    reserved: bool

    @property
    def budget(self) -> Budget | None:
        """What the home would cost the household; None where its resources are unknown."""
        return budget(self.household, self.home)


@dataclass(frozen=True, slots=True)
class PostCase:
    """What a constraint of a post looks at. `proximity`: 1 for a wanted occupation, below for a near one, None: neither."""

    household: Household
    post: Post
    proximity: float | None
    commute: Commute
    programme: Programme
    today: date
    bans: Bans


def _closed(case: HomeCase) -> bool:
    return case.commitment is not None and not case.commitment.open_on(case.today)


def _full(case: HomeCase) -> bool:
    return case.commitment is not None and not case.commitment.has_room(case.household.size)


def _for_others(case: HomeCase) -> bool:
    kept_for = case.home.reservation
    return kept_for not in (None, OPEN_TO_ALL) and kept_for not in case.household.reservataires


def _dates_do_not_meet(case: HomeCase) -> bool:
    """The home is gone before the household can move, or free only after it must."""
    household, home = case.household, case.home
    too_early = household.moves_from is not None and _past(home.available_until, household.moves_from)
    too_late = household.moves_by is not None and household.moves_by < home.available_from
    return too_early or too_late


def _too_dear(case: HomeCase) -> bool:
    known = case.budget
    return known is not None and known.effort > effort_ceiling(case.home)


def _too_little_left(case: HomeCase) -> bool:
    least = case.home.left_eur_per_day
    if least is None:
        return False
    known = case.budget
    return known is not None and known.left_eur_per_day < least


def _past(day: date | None, today: date) -> bool:
    return day is not None and day < today


# Each constraint with what says that it is not met. The order is that of the reasons given.
HOME_CONSTRAINTS: Final[tuple[tuple[Reason, Callable[[HomeCase], bool]], ...]] = (
    (Reason.TERRITORY_NOT_WANTED, lambda case: case.home.territory not in case.household.wanted),
    (Reason.TERRITORY_EXCLUDED, lambda case: case.home.territory in case.household.excluded),
    (Reason.TERRITORY_REFUSED, lambda case: case.home.territory in case.bans.territories),
    (Reason.COMMITMENT_NOT_OPEN, _closed),
    (Reason.TERRITORY_AT_CAPACITY, _full),
    (Reason.HOME_REFUSED, lambda case: case.home.id in case.bans.vacancies),
    (Reason.HOME_RESERVED, lambda case: case.reserved),
    (Reason.HOME_NO_LONGER_AVAILABLE, lambda case: _past(case.home.available_until, case.today)),
    (Reason.RESERVED_CONTINGENT, _for_others),
    (Reason.NO_LONGER_CANDIDATE, lambda case: _past(case.household.candidate_until, case.today)),
    (Reason.DATES_DO_NOT_MEET, _dates_do_not_meet),
    (Reason.NOT_DECENT, lambda case: case.home.surface_m2 < DECENT_M2),
    (Reason.SURFACE_TOO_SMALL, lambda case: case.home.surface_m2 < decent_surface_m2(case.household.size)),
    (Reason.TOO_MANY_ROOMS, lambda case: case.home.rooms > most_rooms(case.household.size)),
    (Reason.RENT_TOO_HIGH, _too_dear),
    (Reason.TOO_LITTLE_LEFT, _too_little_left),
    (Reason.NOT_ACCESSIBLE, lambda case: bool(case.household.accessible_needed) and case.home.accessible is False),
)
POST_CONSTRAINTS: Final[tuple[tuple[Reason, Callable[[PostCase], bool]], ...]] = (
    (Reason.OCCUPATION_NOT_WANTED, lambda case: case.proximity is None),
    (Reason.POST_REFUSED, lambda case: case.post.id in case.bans.offers),
    (Reason.POST_TAKEN, lambda case: not case.post.free),
    (Reason.POST_EXPIRED, lambda case: _past(case.post.expires_at, case.today)),
    (
        Reason.LICENCE_REQUIRED,
        lambda case: bool(case.post.licence_required) and case.household.driving_licence is False,
    ),
    (Reason.ZONE_TOO_FAR, lambda case: not case.commute.same_zone),
    (Reason.COMMUTE_TOO_LONG, lambda case: case.commute.distance_km > case.commute.longest_km),
    (Reason.CONTRACT_NOT_DURABLE, lambda case: case.programme.durable_contract and durable(case.post) is False),
)


def home_verdict(
    household: Household,
    home: Home,
    *,
    today: date,
    commitment: Commitment | None = None,
    bans: Bans = NO_BANS,
    reserved: bool = False,
) -> Verdict:
    """Whether this home could be this household's, jobs aside.

    `commitment` is that of the household's programme over the home's place; where none is declared, the territory is to be
    asked. `household.wanted` must be resolved: empty accepts no territory.
    """
    case = HomeCase(household, home, today, commitment, bans, reserved)
    reasons = tuple(reason for reason, fails in HOME_CONSTRAINTS if fails(case))
    return Ineligible(reasons) if reasons else Eligible(_to_confirm_of_home(case))


def home_fits(household: Household, home: Home, *, today: date, bans: Bans = NO_BANS) -> bool:
    """Whether `home_verdict` is favourable, commitment and reservation aside. It stops at the first no."""
    case = HomeCase(household, home, today, None, bans, reserved=False)
    return not any(fails(case) for _, fails in HOME_CONSTRAINTS)


def _to_confirm_of_home(case: HomeCase) -> tuple[ToConfirm, ...]:
    household, home, known = case.household, case.home, case.budget
    leans_on_aid = known is not None and (
        known.effort_before_aid > effort_ceiling(home)
        or (home.left_eur_per_day is not None and known.aid_eur_per_month)
    )
    unknown = (
        (known is None, ToConfirm.INCOME),
        (home.charges_eur_per_month is None, ToConfirm.CHARGES),
        (leans_on_aid, ToConfirm.HOUSING_AID),
        (bool(household.accessible_needed) and home.accessible is None, ToConfirm.ACCESSIBILITY),
        (case.commitment is None, ToConfirm.COMMITMENT),
    )
    return tuple(what for is_unknown, what in unknown if is_unknown)


def post_verdict(
    household: Household,
    post: Post,
    *,
    proximity: float | None,
    commute: Commute,
    programme: Programme,
    today: date,
    bans: Bans = NO_BANS,
) -> Verdict:
    """Whether this post could be a lead for this household from a home at the end of `commute`.

    `proximity`: 1 for a wanted occupation, below 1 for a near one, None for neither.
    """
    case = PostCase(household, post, proximity, commute, programme, today, bans)
    reasons = tuple(reason for reason, fails in POST_CONSTRAINTS if fails(case))
    if reasons:
        return Ineligible(reasons)
    licence_unknown = household.driving_licence is None and (post.licence_required or commute.needs_licence)
    unknown = (
        (licence_unknown, ToConfirm.DRIVING_LICENCE),
        (household.driving_licence is False and post.licence_required is None, ToConfirm.OFFER_LICENCE),
        (programme.durable_contract and durable(post) is None, ToConfirm.CONTRACT_DURATION),
    )
    return Eligible(tuple(what for is_unknown, what in unknown if is_unknown))
