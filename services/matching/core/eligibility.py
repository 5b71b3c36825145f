"""Hard constraints between a household, a home and a post. Unknown never excludes: it is something to confirm."""

from datetime import date
from typing import Final

from services.matching.core.commute import Commute
from services.matching.core.model import NO_BANS, Bans, Commitment, Home, Household, Post
from services.matching.core.programme import Programme
from services.matching.core.reasons import Eligible, Ineligible, Reason, ToConfirm, Verdict

# Usual ceiling of rent and charges in resources (30 to 33 %); housing benefit is not counted, so this is prudent.
EFFORT_CEILING: Final = 0.33
# A fixed-term contract from this length is durable (France Travail and DARES count "emploi durable" so).
DURABLE_MONTHS: Final = 6.0


def decent_surface_m2(size: int) -> float:
    """Least surface for that many persons: 9 m2 for one, 16 for two, 9 more for each further one, at most 70.

    Source: code de la sécurité sociale D542-14 and CCH R831-13-1 (decency of occupation for housing benefit).
    """
    return min(70.0, 9.0 if size == 1 else 16.0 + 9.0 * (size - 2))


def most_rooms(size: int) -> int:
    """Most main rooms before a social dwelling is under-occupied: persons plus one (CCH L621-2)."""
    return size + 1


def effort(household: Household, home: Home) -> float | None:
    """Rent and known charges over resources; None where resources are unknown, infinite where they are nil."""
    if household.income_eur_per_month is None:
        return None
    cost = home.rent_eur_per_month + (home.charges_eur_per_month or 0.0)
    if household.income_eur_per_month == 0:
        return 0.0 if cost == 0 else float("inf")
    return cost / household.income_eur_per_month


def durable(post: Post) -> bool | None:
    """CDI, or CDD of six months or more; None for a fixed term of unknown length."""
    if post.contract == "CDI":
        return True
    if post.contract in {"CDD", "DDI"}:
        return None if post.duration_months is None else post.duration_months >= DURABLE_MONTHS
    return False


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
    reasons: list[Reason] = []
    if home.territory not in household.wanted:
        reasons.append(Reason.TERRITORY_NOT_WANTED)
    if home.territory in household.excluded:
        reasons.append(Reason.TERRITORY_EXCLUDED)
    if home.territory in bans.territories:
        reasons.append(Reason.TERRITORY_REFUSED)
    if commitment is not None and not commitment.open_on(today):
        reasons.append(Reason.COMMITMENT_NOT_OPEN)
    if commitment is not None and not commitment.has_room(household.size):
        reasons.append(Reason.TERRITORY_AT_CAPACITY)
    if home.id in bans.vacancies:
        reasons.append(Reason.HOME_REFUSED)
    if reserved:
        reasons.append(Reason.HOME_RESERVED)
    if home.available_until is not None and home.available_until < today:
        reasons.append(Reason.HOME_NO_LONGER_AVAILABLE)
    if home.surface_m2 < decent_surface_m2(household.size):
        reasons.append(Reason.SURFACE_TOO_SMALL)
    if home.rooms > most_rooms(household.size):
        reasons.append(Reason.TOO_MANY_ROOMS)
    ratio = effort(household, home)
    if ratio is not None and ratio > EFFORT_CEILING:
        reasons.append(Reason.RENT_TOO_HIGH)
    if household.accessible_needed and home.accessible is False:
        reasons.append(Reason.NOT_ACCESSIBLE)
    if reasons:
        return Ineligible(tuple(reasons))
    unknown = (
        (household.income_eur_per_month is None, ToConfirm.INCOME),
        (home.charges_eur_per_month is None, ToConfirm.CHARGES),
        (bool(household.accessible_needed) and home.accessible is None, ToConfirm.ACCESSIBILITY),
        (commitment is None, ToConfirm.COMMITMENT),
    )
    return Eligible(tuple(what for is_unknown, what in unknown if is_unknown))


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
    reasons: list[Reason] = []
    if proximity is None:
        reasons.append(Reason.OCCUPATION_NOT_WANTED)
    if post.id in bans.offers:
        reasons.append(Reason.POST_REFUSED)
    if not post.free:
        reasons.append(Reason.POST_TAKEN)
    if post.expires_at is not None and post.expires_at < today:
        reasons.append(Reason.POST_EXPIRED)
    if post.licence_required and household.driving_licence is False:
        reasons.append(Reason.LICENCE_REQUIRED)
    if not commute.same_zone:
        reasons.append(Reason.ZONE_TOO_FAR)
    if commute.distance_km > commute.longest_km:
        reasons.append(Reason.COMMUTE_TOO_LONG)
    is_durable = durable(post)
    if programme.durable_contract and is_durable is False:
        reasons.append(Reason.CONTRACT_NOT_DURABLE)
    if reasons:
        return Ineligible(tuple(reasons))
    licence_unknown = household.driving_licence is None and (post.licence_required or commute.needs_licence)
    unknown = (
        (licence_unknown, ToConfirm.DRIVING_LICENCE),
        (household.driving_licence is False and post.licence_required is None, ToConfirm.OFFER_LICENCE),
        (programme.durable_contract and is_durable is None, ToConfirm.CONTRACT_DURATION),
    )
    return Eligible(tuple(what for is_unknown, what in unknown if is_unknown))
