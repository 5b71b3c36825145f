"""What a household needs of a territory, as an address tells it, and a territory as scoring judges it for that. Pure.

The answer is a class, and counts of what suits: the public sees them under the same rules as the répertoire's
(`territories`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from services.console.core.territories import Territory
from shared.events import Typology

TYPOLOGIES: Final = tuple(typology.value for typology in Typology)
MOST_EUR_PER_MONTH: Final = 10_000
NAMES: Final = ("metier", "taille", "budget")  # of the address


@dataclass(frozen=True)
class Need:
    """An occupation (with its near ones), sizes (none: all), and a rent without charges at most."""

    rome: str | None = None
    typologies: tuple[str, ...] = ()
    max_rent_eur_per_month: float | None = None

    def __bool__(self) -> bool:
        return self.of_jobs or self.of_homes

    @property
    def of_jobs(self) -> bool:
        """Whether it speaks of jobs."""
        return self.rome is not None

    @property
    def of_homes(self) -> bool:
        """Whether it speaks of homes."""
        return bool(self.typologies) or self.max_rent_eur_per_month is not None

    def parameters(self) -> dict[str, Any]:
        """As scoring asks for it."""
        rent = self.max_rent_eur_per_month
        given = {"rome": self.rome, "typology": ",".join(self.typologies), "max_rent": rent}
        return {name: value for name, value in given.items() if value}

    def address(self) -> dict[str, Any]:
        """As pages' addresses tell it."""
        rent = self.max_rent_eur_per_month
        given = {"metier": self.rome, "taille": list(self.typologies), "budget": None if rent is None else f"{rent:g}"}
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True)
class Asked:
    """A need with the texts that told it; `wrong` names the parts of the address that could not be read and count for
    nothing."""

    need: Need
    occupation: str = ""
    budget: str = ""
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class View:
    """What scoring says of the whole list for a need."""

    near: tuple[str, ...] = ()
    rent_counted_up_to_eur_per_month: int | None = None
    reference_version: str | None = None


def asked_of(
    query: Mapping[str, str], several: Callable[[str], Sequence[str]], code_of: Callable[[str], str | None]
) -> Asked:
    """The need of an address; `code_of` gives the one occupation that a code or a label stands for."""
    occupation, budget = query.get("metier", "").strip()[:120], query.get("budget", "").strip()[:20]
    rome = code_of(occupation) if occupation else None
    rent = rent_of(budget)
    sizes = several("taille")
    wrong = [
        name
        for name, missed in (("metier", occupation and rome is None), ("budget", budget and rent is None))
        if missed
    ]
    typologies = tuple(size for size in TYPOLOGIES if size in sizes)
    return Asked(Need(rome, typologies, rent), occupation, budget, tuple(wrong))


def rent_of(text: str) -> float | None:
    """Euros a month as people write them; None for what is no amount, or none that anyone asks for."""
    plain = text.replace("€", "").replace("\u202f", "").replace("\xa0", "").replace(" ", "").replace(",", ".")
    if not plain.replace(".", "", 1).isdecimal() or not plain.isascii():
        return None
    rent = float(plain)
    return rent if 0 < rent <= MOST_EUR_PER_MONTH else None


def view_of(told: Mapping[str, Any] | None) -> View:
    """What scoring's list says of itself."""
    if told is None:
        return View()
    near = tuple(str(one["label"]) for one in told.get("near") or ())
    return View(near, told.get("rent_counted_up_to_eur_per_month"), told.get("reference_version"))


def suited(territory: Territory, need: Need, figures: Mapping[str, Any]) -> Territory:
    """The territory with what suits in the place of what there is: homes in its own, offers where people can work from
    there. None is unknown. `untold`: something that the need speaks of is unknown here."""
    homes, offers = figures.get("homes"), figures.get("offers_around")
    openings = figures.get("openings_around_weighted")
    untold = (need.of_homes and homes is None) or (need.of_jobs and offers is None)
    found = replace(territory, untold=untold)
    if need.of_homes:
        found = replace(found, open_vacancies=homes)
    if need.of_jobs:
        found = replace(found, open_offers=offers, open_openings=None if openings is None else round(openings))
    return found
