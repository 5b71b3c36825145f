"""What a home would cost a household each month, and what would be left. Estimates, for what a caseworker then verifies."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from services.matching.core.housing_aid import in_mainland, least_aid_eur_per_month
from services.matching.core.model import Home, Household

# Usual ceiling of rent and charges in resources, housing benefit deducted (arrêté of 10 March 2011; 30 to 33 % in use).
EFFORT_CEILING: Final = 0.33
_KNOWN: Final = 1 << 16  # budgets kept at hand
DAYS_A_MONTH: Final = 30.0  # how landlords count what is left to live on


@dataclass(frozen=True, slots=True)
class Budget:
    """`aid_eur_per_month` None: not estimated, and none is counted. Efforts are shares of resources, infinite where these
    are nil. `left_eur_per_day`: for each person, after housing and its benefit (reste à vivre)."""

    cost_eur_per_month: float
    aid_eur_per_month: float | None
    effort: float
    effort_before_aid: float
    left_eur_per_day: float


def budget(household: Household, home: Home) -> Budget | None:
    """None where the household's resources are unknown. Unknown charges are left out, and are to be confirmed."""
    income = household.income_eur_per_month
    if income is None:
        return None
    charges = home.charges_eur_per_month or 0.0
    return _reckoned(home.rent_eur_per_month, charges, income, household.size, household.adults, in_mainland(home))


@lru_cache(_KNOWN)
def _reckoned(rent: float, charges: float, income: float, size: int, adults: int | None, mainland: bool) -> Budget:
    """A decision asks for the same budget again for each rule and term that it moves."""
    cost = rent + charges
    aid = least_aid_eur_per_month(rent, income, size, adults) if mainland else None
    after = max(0.0, cost - (aid or 0.0))
    return Budget(cost, aid, _share(after, income), _share(cost, income), (income - after) / size / DAYS_A_MONTH)


def effort(household: Household, home: Home) -> float | None:
    """Rent and known charges less estimated housing benefit, over resources; None where resources are unknown."""
    known = budget(household, home)
    return known.effort if known else None


def effort_ceiling(home: Home) -> float:
    """The landlord's own ceiling, else the usual one."""
    return EFFORT_CEILING if home.effort_ceiling is None else home.effort_ceiling


def _share(cost: float, income: float) -> float:
    if income == 0:
        return 0.0 if cost == 0 else float("inf")
    return cost / income
