"""The way from home to work, as long as no travel times are at hand: distance as the crow flies, an assumption of ours.

35 km for a household with a driving licence, 12 km without (public transport, bicycle), within one zone d'emploi (INSEE
draws it as the area where most people both live and work). A limit in minutes is turned into km at the speed of 35 km in
45 minutes. Where it is unknown whether the household has a licence, 35 km is allowed and the licence is to be confirmed.
"""

from dataclasses import dataclass
from typing import Final

from services.matching.core.model import Household
from shared.words import Words

WITH_LICENCE_KM: Final = 35.0
WITHOUT_LICENCE_KM: Final = 12.0
KM_PER_MINUTE: Final = 35.0 / 45.0
SOURCE: Final = Words(
    "distance à vol d'oiseau entre les communes (hypothèse : 35 km avec permis, 12 km sans)",
    "as the crow flies between the communes (assumed: 35 km with a licence, 12 km without)",
)


@dataclass(frozen=True, slots=True)
class Commute:
    """A way between two communes and the longest that the household can do."""

    distance_km: float
    longest_km: float
    same_zone: bool

    @property
    def needs_licence(self) -> bool:
        return self.distance_km > WITHOUT_LICENCE_KM


def longest_commute_km(household: Household) -> float:
    """Longest way that the household can do each day, in km as the crow flies."""
    longest = WITHOUT_LICENCE_KM if household.driving_licence is False else WITH_LICENCE_KM
    if household.max_commute_minutes is not None:
        longest = min(longest, household.max_commute_minutes * KM_PER_MINUTE)
    return longest
