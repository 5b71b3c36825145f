"""An estimate of housing benefit (APL, rented sector), always on the prudent side: less aid rather than more.

Source: code de la construction et de l'habitation D823-16 to D823-19, arrêté of 27 September 2019, amounts of 1 October 2025
(resources allowance: 1 January 2025). Assumptions: zone 3 (the lowest rent ceilings) wherever the home is, declared
resources taken whole as taxable, stable over a year and without the 10 % allowance, the composition that gives least where
the number of adults is unknown. Outside mainland France nothing is estimated.
"""

from dataclasses import dataclass
from typing import Final

from services.matching.core.model import Home

AS_OF: Final = "2025-10-01"
SOURCE_FR: Final = "barème de l'APL au 1er octobre 2025, zone 3 et revenus déclarés : estimation prudente"

# Monthly rent ceilings: alone, couple, one dependant, each further one. Zone 2 is the reference of the rent's rate.
_ZONE_3: Final = (272.12, 329.88, 369.88, 53.01)
_ZONE_2: Final = (290.34, 355.38, 399.89, 58.21)
_CHARGES: Final = (60.59, 13.74)  # forfait, each dependant
_LEAST_SHARE: Final = (0.085, 39.56)  # P0: rate of rent and charges, and its floor
_FIXED_CUT: Final = 5.0
_CRDS: Final = 0.005
# R0 by composition, euros a year: alone, couple, then 1 to 6 dependants, each further one.
_ALLOWANCE_ALONE: Final = 5235.0
_ALLOWANCE_COUPLE: Final = 7501.0
_ALLOWANCE: Final = (8947.0, 9148.0, 9498.0, 9851.0, 10202.0, 10554.0)
_ALLOWANCE_MORE: Final = 346.0
# TF by composition.
_FAMILY_ALONE: Final = 0.0283
_FAMILY_COUPLE: Final = 0.0315
_FAMILY: Final = (0.0270, 0.0238, 0.0201, 0.0185, 0.0179, 0.0173)
_FAMILY_MORE: Final = -0.0006
_RENT_STEPS: Final = ((0.45, 0.0045), (0.75, 0.0068))
# Above 2.5 times the ceiling the aid falls, from 3.1 times on there is none.
_FALLS_FROM, _ENDS_AT = 2.5, 3.1


@dataclass(frozen=True, slots=True)
class Composition:
    """Who is counted: a couple or one adult, and dependants."""

    couple: bool
    dependants: int


def in_mainland(home: Home) -> bool:
    """Whether aid can be estimated there."""
    return not home.commune.startswith(("97", "98"))


def least_aid_eur_per_month(
    rent_eur_per_month: float, income_eur_per_month: float, size: int, adults: int | None
) -> float:
    """The aid of the composition that gets least, of those that are possible."""
    income = 12.0 * income_eur_per_month
    return min(aid_eur_per_month(rent_eur_per_month, income, who) for who in _compositions(size, adults))


def aid_eur_per_month(rent_eur_per_month: float, income_eur_per_year: float, who: Composition) -> float:
    """The formula: L + C - (P0 + Tp x (R - R0)) - 5, less CRDS."""
    ceiling = _ceiling(_ZONE_3, who)
    rent = min(rent_eur_per_month, ceiling)
    eligible = rent + _CHARGES[0] + _CHARGES[1] * who.dependants
    rate = _family_rate(who) + _rent_rate(rent / _ceiling(_ZONE_2, who))
    rate_share, floor = _LEAST_SHARE
    share = max(rate_share * eligible, floor) + rate * max(0.0, income_eur_per_year - _allowance(who))
    aid = (eligible - share - _FIXED_CUT) * (1.0 - _CRDS)
    over = (rent_eur_per_month / ceiling - _FALLS_FROM) / (_ENDS_AT - _FALLS_FROM)
    return round(max(0.0, aid * (1.0 - min(1.0, max(0.0, over)))), 2)


def _compositions(size: int, adults: int | None) -> tuple[Composition, ...]:
    alone, couple = Composition(False, size - 1), Composition(True, size - 2)
    if size == 1:
        return (alone,)
    if adults is None:
        return (alone, couple)
    return (alone,) if adults == 1 else (couple,)


def _ceiling(of_zone: tuple[float, float, float, float], who: Composition) -> float:
    alone, couple, one, more = of_zone
    if who.dependants == 0:
        return couple if who.couple else alone
    return one + more * (who.dependants - 1)


def _by_dependants(first: tuple[float, ...], more: float, dependants: int) -> float:
    return first[min(dependants, len(first)) - 1] + more * max(0, dependants - len(first))


def _allowance(who: Composition) -> float:
    if who.dependants == 0:
        return _ALLOWANCE_COUPLE if who.couple else _ALLOWANCE_ALONE
    return _by_dependants(_ALLOWANCE, _ALLOWANCE_MORE, who.dependants)


def _family_rate(who: Composition) -> float:
    if who.dependants == 0:
        return _FAMILY_COUPLE if who.couple else _FAMILY_ALONE
    return max(0.0, _by_dependants(_FAMILY, _FAMILY_MORE, who.dependants))


def _rent_rate(ratio: float) -> float:
    """TL: nothing below 45 % of the reference rent, then 0.45 % of the excess, 0.68 % above 75 %."""
    (low, first), (high, second) = _RENT_STEPS
    return first * min(max(0.0, ratio - low), high - low) + second * max(0.0, ratio - high)
