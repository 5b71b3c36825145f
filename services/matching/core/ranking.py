"""What an option is worth to one household, term by term, and the order of households for the scarce.

Each term is kept apart, 0..1, higher is better; an unknown one is left out and the others re-weighted. Utilities compare
options of one household only.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum
from typing import Final

from services.matching.core.acceptance import acceptance
from services.matching.core.budget import effort, effort_ceiling
from services.matching.core.commute import Commute
from services.matching.core.criteria import BY_CODE, TERMS
from services.matching.core.eligibility import durable
from services.matching.core.model import Home, Household, Post
from services.matching.core.reasons import ToConfirm

_OCCUPATION: Final = BY_CODE["occupation"].weight
_COMMUTE: Final = BY_CODE["commute"].weight
_CONTRACT: Final = BY_CODE["contract"].weight
_WITHOUT_CONTRACT: Final = fsum((_OCCUPATION, _COMMUTE))
_WITH_CONTRACT: Final = fsum((_OCCUPATION, _COMMUTE, _CONTRACT))


@dataclass(frozen=True, slots=True)
class Lead:
    """A post within reach of a home."""

    post: Post
    proximity: float
    commute: Commute


@dataclass(frozen=True, slots=True)
class Option:
    """A home, with a lead or without, that this household could have."""

    home: Home
    lead: Lead | None
    terms: Mapping[str, float]
    to_confirm: tuple[ToConfirm, ...]
    utility: float

    @property
    def acceptance(self) -> float:
        """How likely the household is to say yes: from its wishes and what home and post are."""
        return acceptance(self.terms)


def worth(option: Option) -> float:
    """What orders the options of one household: utility times the chance of a yes. It compares no two households."""
    return option.utility * option.acceptance


def home_terms(household: Household, home: Home) -> dict[str, float]:
    """Terms of a home alone; unknown ones are absent."""
    terms = {"rooms": max(0.0, 1.0 - 0.5 * abs(home.rooms - _fitting_rooms(household.size)))}
    if (wish := household.wish(home.territory)) is not None:
        terms["territory_rank"] = 1.0 - wish[0] / wish[1]
    ratio = effort(household, home)
    if ratio is not None:
        terms["effort"] = max(0.0, 1.0 - ratio / effort_ceiling(home))
    return terms


def lead_terms(lead: Lead) -> dict[str, float]:
    """Terms of a lead from a home."""
    reach = lead.commute.longest_km
    terms = {
        "occupation": lead.proximity,
        "commute": max(0.0, 1.0 - lead.commute.distance_km / reach) if reach > 0 else 1.0,
    }
    lasting = durable(lead.post)
    if lasting is not None:
        terms["contract"] = 1.0 if lead.post.contract == "CDI" else 0.7 if lasting else 0.3
    return terms


def lead_utility(post: Post, proximity: float, distance_km: float, longest_km: float) -> float:
    """`utility` of `lead_terms`, to the last digit, for the many posts that are only compared."""
    occupation = _OCCUPATION * proximity
    commute = _COMMUTE * (max(0.0, 1.0 - distance_km / longest_km) if longest_km > 0 else 1.0)
    lasting = durable(post)
    if lasting is None:
        return fsum((occupation, commute)) / _WITHOUT_CONTRACT
    contract = _CONTRACT * (1.0 if post.contract == "CDI" else 0.7 if lasting else 0.3)
    return fsum((occupation, commute, contract)) / _WITH_CONTRACT


def utility(terms: Mapping[str, float]) -> float:
    """Weighted mean of the terms known, 0..1; 0 without any. Summed exactly: Python 3.12 sums otherwise than 3.11."""
    known = [(criterion.weight, terms[criterion.code]) for criterion in TERMS if criterion.code in terms]
    weight = fsum(weight for weight, _ in known)
    return fsum(weight * term for weight, term in known) / weight if weight else 0.0


def _fitting_rooms(size: int) -> int:
    """Main rooms that fit a household: one for one person, then one for each person, at most five."""
    return max(1, min(size, 5))


def tie(seed: int, *names: str) -> bytes:
    """Order among equals: looks random, is the same for the same seed, and favours nobody for long as seeds change."""
    return hashlib.blake2b("\x00".join((str(seed), *names)).encode(), digest_size=8).digest()


def lawful_rank(household: Household) -> tuple[bool, bool, int]:
    """Between households: lawful priority first, then declared need, then the longest wait. Nothing else may enter."""
    return (not household.priorities, not household.accessible_needed, household.waiting_since.toordinal())


def option_order(option: Option, seed: int) -> tuple[float, bytes]:
    """Sort key of a household's options: best first."""
    post = option.lead.post.id if option.lead else ""
    return (-round(worth(option), 9), tie(seed, option.home.id, post))
