"""Why the engine keeps a home for later, in words; no figure of a household is in it, and no price.

A home is held when giving it now would close it to households that need it more or to whom little else is open. It is held
until a moment, and anyone with a right to the home can ask for a proposal now.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from services.matching.core.model import Home
from services.matching.core.pricing.decision import HoldReason
from shared.words import Words

LONGEST_DAYS: Final = 7  # by default; the engine's setting may shorten it
FEW: Final = 5


class Holding(StrEnum):
    """What makes a home wait: its rarity among what is open in its territory, that of posts, or what is to come."""

    ACCESSIBLE = "rare_accessible"
    LARGE = "rare_large"
    SMALL = "rare_small"
    HERE = "rare_here"
    WANTED = "much_wanted"
    POST = "rare_post"
    BETTER = "better_expected"


@dataclass(frozen=True, slots=True)
class Rarity:
    """`alike` homes of that kind are open in the territory, this one counted."""

    reason: Holding
    alike: int
    typology: str
    territory: str

    @property
    def facts(self) -> dict[str, Any]:
        """What the sentence needs, as it is stored."""
        return {"alike": self.alike, "typology": self.typology, "territory": self.territory}


def why_held(home: Home, in_territory: Iterable[Home], reason: HoldReason) -> Rarity:
    """What is said of a home that waits: where the home itself weighs most, its rarest quality."""
    found = rarity(home, in_territory)
    match reason:
        case HoldReason.SCARCE_HOME:
            return found
        case HoldReason.SCARCE_POST:
            return replace(found, reason=Holding.POST)
        case HoldReason.BETTER_HOME_EXPECTED:
            return replace(found, reason=Holding.BETTER)


def rarity(home: Home, in_territory: Iterable[Home]) -> Rarity:
    """The rarest quality of a home among those open in its territory."""
    homes = [one for one in in_territory if one.id != home.id]
    accessible = 1 + sum(one.accessible is True for one in homes)
    if home.accessible and accessible <= FEW:
        return Rarity(Holding.ACCESSIBLE, accessible, home.typology, home.territory)
    same = 1 + sum(one.typology == home.typology for one in homes)
    if same > FEW:
        return Rarity(Holding.WANTED, same, home.typology, home.territory)
    if home.rooms >= 4:
        return Rarity(Holding.LARGE, same, home.typology, home.territory)
    reason = Holding.SMALL if home.rooms == 1 else Holding.HERE
    return Rarity(reason, same, home.typology, home.territory)


def held_sentence(reason: str, alike: int, typology: str, place: str) -> Words:
    """Why the home waits, as a caseworker or a landlord can say it. `place`: the territory's name."""
    several = "s" if alike > 1 else ""
    match reason:
        case Holding.ACCESSIBLE:
            return Words(
                f"Rareté du logement : {alike} logement{several} accessible{several} libre{several} seulement ({place}).",
                f"A rare home: only {alike} accessible {'homes are' if alike > 1 else 'home is'} free ({place}).",
            )
        case Holding.WANTED:
            return Words(
                f"Logement très demandé ({place}) : il peut servir d'ici peu un ménage qui en a plus besoin.",
                f"Home in great demand ({place}): it may soon serve a household that needs it more.",
            )
        case Holding.POST:
            return Words(
                f"Rareté des emplois à portée ({place}) : ils sont gardés peu de temps pour qui n'en a pas d'autre.",
                f"Jobs in reach are rare ({place}): they are kept for a short time for those who have no other.",
            )
        case Holding.BETTER:
            return Words(
                f"Pourquoi attendre : un logement qui convient mieux est attendu d'ici peu ({place}).",
                f"Why wait: a home that suits better is expected soon ({place}).",
            )
        case _:
            return Words(
                f"Rareté du logement : {alike} {typology} libre{several} ({place}).",
                f"A rare home: {alike} {typology} free ({place}).",
            )
