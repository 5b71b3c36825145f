"""All of France in the read model: the real offers of one day by commune and occupation, and the real vacant social
dwellings of each commune with sizes and rents drawn with a seed. Scored by the product's own code."""

import bz2
import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.scoring.adapters.counting_places import counting_places
from services.scoring.adapters.places import scored_places
from services.scoring.adapters.references import shipped_reference
from services.scoring.core.counters import Counters, add_into, shares
from services.scoring.core.occupation_counters import is_occupations
from services.scoring.core.scores import ScoreBoard
from shared.events import (
    Contract,
    Offer,
    OfferSource,
    OfferStatus,
    TerritoryCounters,
    TerritoryScore,
    Typology,
    Vacancy,
    VacancyStatus,
)

OBSERVED: Final = "2021-12-21T08:00:00.000Z"
SIZES: Final = (Typology.T1, Typology.T2, Typology.T3, Typology.T4, Typology.T5)
SHARES: Final = (10, 25, 36, 22, 7)  # percent, near those of the social stock
CONTRACTS: Final = (Contract.CDI, Contract.CDD, Contract.MIS)


@dataclass(frozen=True)
class France:
    """What the scorer would have written: scores by territory and counters by occupation place."""

    scores: list[TerritoryScore]
    occupations: list[TerritoryCounters]
    offers: int
    homes: int

    @property
    def occupation_counters(self) -> int:
        return sum(len(one.counters) for one in self.occupations)


def states(data: Path, seed: int = 1) -> Iterator[tuple[Vacancy | Offer, int]]:
    """Each state with how many of it there are."""
    pick = random.Random(seed)
    with bz2.open(data / "offres_commune_rome_2021-12-21.csv.bz2", "rt", encoding="utf-8") as offers:
        for row in csv.DictReader(offers, delimiter=";"):
            if row["commune"]:
                yield (
                    offer(row["commune"], row["dc_rome_id"], pick.choices(CONTRACTS, (5, 3, 2))[0]),
                    int(row["nb_offre"]),
                )
    with (data / "parc_social_communes_2024.csv").open(encoding="utf-8-sig") as dwellings:
        for row in csv.DictReader(dwellings):
            if row["nb_vacants"].isdecimal():
                for _ in range(int(row["nb_vacants"])):
                    typology = pick.choices(SIZES, SHARES)[0]
                    rent = round(pick.gauss(6.1, 0.9) * (12 + 18 * typology.rooms), 2)
                    yield vacancy(row["DEPCOM_ARM"], typology, max(90.0, rent)), 1


def offer(commune: str, rome: str, contract: Contract) -> Offer:
    """An open offer with one opening."""
    return Offer(
        id="off_bench",
        feed="org_bench",
        reference="bench",
        status=OfferStatus.OPEN,
        rome=rome,
        contract=contract,
        source=OfferSource("bench"),
        observed_at=OBSERVED,
        commune=commune,
        openings=1,
        duration_months=8.0,
    )


def vacancy(commune: str, typology: Typology, rent_eur_per_month: float) -> Vacancy:
    """An open dwelling."""
    return Vacancy(
        id="vac_bench",
        landlord="org_bench",
        reference="bench",
        status=VacancyStatus.OPEN,
        commune=commune,
        typology=typology,
        surface_m2=12.0 + 18.0 * typology.rooms,
        rent_eur_per_month=rent_eur_per_month,
        available_from="2021-12-01",
        observed_at=OBSERVED,
    )


def france(data: Path, generation: str) -> France:
    """Counts and scores the country."""
    places, totals = counting_places(), dict[str, Counters]()
    offers = homes = 0
    for state, times in states(data):
        for where, counters in shares(state, places):
            for place in where:
                add_into(totals.setdefault(place, {}), {name: amount * times for name, amount in counters.items()})
        offers += times if isinstance(state, Offer) else 0
        homes += times if isinstance(state, Vacancy) else 0
    board = ScoreBoard(scored_places(), shipped_reference())
    for place, counters in totals.items():
        board.update(place, counters)
    scores = [
        TerritoryScore(
            code=code,
            generation=generation,
            position=1,
            score=one.score,
            score_class=one.score_class,
            coverage=one.coverage,
            blocks=one.blocks,
            contributions=one.contributions,
            counters=totals.get(code, {}),
            as_of=OBSERVED,
            reference_version=board.reference.version,
        )
        for code, one in board.compute().items()
    ]
    occupations = [
        TerritoryCounters(place, generation, 1, counters) for place, counters in totals.items() if is_occupations(place)
    ]
    return France(scores, occupations, offers, homes)
