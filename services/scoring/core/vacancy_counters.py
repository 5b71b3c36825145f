"""What a vacancy counts in its territory."""

import math
from functools import lru_cache
from typing import Final

from services.scoring.core.amounts import countable
from services.scoring.core.counted_events import CountedVacancy
from shared.events import Dpe, Typology, Vacancy, VacancyStatus

# Open dwellings by size and band of rent: what a budget is answered from. One counter a dwelling, whatever the bands.
RENTS_OF: Final = "rents_"
RENT_BAND_EUR: Final = 25
MAX_RENT_BAND_EUR: Final = 1_500
RENT_BAND_OPEN: Final = "over"

# Reference households of the affordability indicator, by the size of the dwelling that they would rent: net income in euros
# per month, from work alone. SMIC net of a full-time job since 1 November 2024 (1,426.30 €): one wage up to a T3, one and
# a half from a T4 (a couple, the second half-time). Housing benefit is left out: who gets it bears less.
REFERENCE_INCOME_EUR_PER_MONTH: Final = {
    Typology.T1: 1_426.30,
    Typology.T2: 1_426.30,
    Typology.T3: 1_426.30,
    Typology.T4: 2_139.45,
    Typology.T5: 2_139.45,
    Typology.T6: 2_139.45,
}
EFFORT_CEILING: Final = 0.33  # usual ceiling of landlords for (rent + charges) / resources (arrêté of 10 March 2011)

# Dwellings that their landlord has left unconfirmed, by how long at least: half as likely to be still free every 15 days.
UNCONFIRMED_OF: Final = "unconfirmed_"
UNCONFIRMED_STEPS_DAYS: Final = (15, 30)

_BEARABLE_EUR_PER_MONTH: Final = {
    typology: EFFORT_CEILING * income for typology, income in REFERENCE_INCOME_EUR_PER_MONTH.items()
}

RENT_SUM: Final = "rent_sum_eur"
SURFACE_SUM: Final = "surface_sum_m2"

# Size, top of the band of rent (0: above all), whether a reference household can pay it, days unconfirmed, energy label.
Kind = tuple[Typology, int, bool | None, int | None, Dpe | None]


def of_vacancy(vacancy: Vacancy | CountedVacancy) -> dict[str, int]:
    """`known_vacancies` for any state: a territory without one has no feed, which is not the same as no supply."""
    if vacancy.status is not VacancyStatus.OPEN:
        return {"known_vacancies": 1}
    return counted_kind(kind_of(vacancy)) | dict(sums_of(vacancy))


def sums_of(vacancy: Vacancy | CountedVacancy) -> tuple[tuple[str, int], ...]:
    """What an open vacancy adds beside what its kind does. Raises StateUncountable."""
    return (
        (RENT_SUM, countable(vacancy.rent_eur_per_month, "rent_eur_per_month")),
        (SURFACE_SUM, countable(vacancy.surface_m2, "surface_m2")),
    )


def kind_of(vacancy: Vacancy | CountedVacancy) -> Kind:
    """All that counts of an open vacancy but its sums."""
    unconfirmed = vacancy.unconfirmed_days
    if unconfirmed is not None:
        unconfirmed = max((step for step in UNCONFIRMED_STEPS_DAYS if unconfirmed >= step), default=None)
    rent = vacancy.rent_eur_per_month
    return vacancy.typology, _band_top(rent), is_affordable(vacancy), unconfirmed, vacancy.dpe


@lru_cache(maxsize=65_536)
def counted_kind(kind: Kind) -> dict[str, int]:
    """What an open vacancy of a kind counts, but its sums. Shared: not to be changed. What is not in the kind cannot be
    counted."""
    typology, band_top, affordable, unconfirmed, dpe = kind
    counters = {
        "known_vacancies": 1,
        "open_vacancies": 1,
        f"vacancies_{typology.value}": 1,
        "rent_known": 1,
        _band_name(typology, band_top): 1,
    }
    if affordable is not None:
        counters["effort_known"] = 1
        if affordable:
            counters["effort_bearable"] = 1
    if unconfirmed is not None:
        counters[f"{UNCONFIRMED_OF}{unconfirmed}"] = 1
    if dpe is not None:
        counters["dpe_known"] = 1
        if dpe.value in "FG":
            counters["dpe_fg"] = 1
    return counters


def rent_band(typology: Typology, rent_eur_per_month: float) -> str:
    """Counter of the open dwellings of one size whose rent without charges is in one band, named by the band's top.

    A band of 450 holds rents above 425 and up to 450; the last one, `RENT_BAND_OPEN`, everything above MAX_RENT_BAND_EUR.
    """
    return _band_name(typology, _band_top(rent_eur_per_month))


def _band_top(rent_eur_per_month: float) -> int:
    if rent_eur_per_month > MAX_RENT_BAND_EUR:
        return 0
    return max(1, math.ceil(rent_eur_per_month / RENT_BAND_EUR)) * RENT_BAND_EUR


def _band_name(typology: Typology, top: int) -> str:
    return f"{RENTS_OF}{typology.value}_{top or RENT_BAND_OPEN}"


def is_affordable(vacancy: Vacancy | CountedVacancy) -> bool | None:
    """Whether the reference household of its size pays rent and charges with a third of its income. None: charges unknown,
    and the rent alone does not decide."""
    bearable = _BEARABLE_EUR_PER_MONTH[vacancy.typology]
    if vacancy.rent_eur_per_month > bearable:
        return False
    if vacancy.charges_eur_per_month is None:
        return None
    return vacancy.rent_eur_per_month + vacancy.charges_eur_per_month <= bearable
