"""What a view of the répertoire is for: occupations, dwelling sizes and a budget. Nothing of who is asking."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from services.scoring.core.vacancy_counters import MAX_RENT_BAND_EUR, RENT_BAND_EUR, RENTS_OF
from shared.events import Typology

Near = Callable[[str], Iterable[tuple[str, float]]]


@dataclass(frozen=True)
class Need:
    """Empty = no wish. `occupations`: weight 0..1 by ROME code, 1 for those asked for. `max_rent_eur_per_month`: rent
    without charges that a home may cost at most. `has_licence`: who drives does not mind offers that ask for it."""

    occupations: tuple[tuple[str, float], ...] = ()
    typologies: tuple[Typology, ...] = ()
    max_rent_eur_per_month: float | None = None
    has_licence: bool | None = None

    @property
    def of_homes(self) -> bool:
        """Whether it says what homes are wanted."""
        return bool(self.typologies) or self.max_rent_eur_per_month is not None

    @property
    def anything(self) -> bool:
        """Whether it differs from the répertoire itself."""
        return bool(self.occupations) or self.of_homes

    @property
    def sizes(self) -> tuple[Typology, ...]:
        """The dwelling sizes that suit: those asked for, else all."""
        return self.typologies or tuple(Typology)

    @property
    def rent_counted_up_to_eur(self) -> int | None:
        """Top of the last band of rent that lies wholly within the budget, None without a budget.

        A dwelling between it and the budget is left out: the counters do not tell on which side of the budget it is. A
        budget above the last band stops at its top.
        """
        if self.max_rent_eur_per_month is None:
            return None
        within = int(self.max_rent_eur_per_month // RENT_BAND_EUR) * RENT_BAND_EUR
        return min(within, MAX_RENT_BAND_EUR)

    def counters_of(self, typology: Typology) -> tuple[str, ...]:
        """The counters whose sum is the open dwellings of one size within the budget."""
        top = self.rent_counted_up_to_eur
        if top is None:
            return (f"vacancies_{typology.value}",)
        return tuple(f"{RENTS_OF}{typology.value}_{band}" for band in range(RENT_BAND_EUR, top + 1, RENT_BAND_EUR))


def is_rent_band(counter: str) -> bool:
    """Whether a counter is of dwellings by band of rent (an inner matter of budgets, not shown)."""
    return counter.startswith(RENTS_OF)


def occupations_of(codes: Iterable[str], near: Near | None) -> tuple[tuple[str, float], ...]:
    """The codes asked for, with weight 1, and the near ones with their proximity (the largest of several); by code."""
    asked = tuple(dict.fromkeys(codes))
    weights: dict[str, float] = {}
    for code in asked if near is not None else ():
        for other, proximity in near(code) if near is not None else ():
            weights[other] = max(weights.get(other, 0.0), proximity)
    weights |= dict.fromkeys(asked, 1.0)
    return tuple(sorted(weights.items()))
