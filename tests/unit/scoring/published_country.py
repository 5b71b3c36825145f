"""A small country of synthetic states, counted and scored by the product's own code."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from services.scoring.adapters.counting_places import counting_places
from services.scoring.adapters.places import scored_places
from services.scoring.adapters.references import shipped_reference
from services.scoring.core.counters import Counters, add_into, shares
from services.scoring.core.need_scores import Ground, NeedScores, score_need
from services.scoring.core.needs import Need
from services.scoring.core.occupation_counters import is_occupations
from services.scoring.core.occupation_table import OccupationTable
from services.scoring.core.published_columns import PublishedColumns
from services.scoring.core.scores import ScoreBoard
from shared.events import Contract, Offer, TerritoryScore, Typology, Vacancy
from shared.geography import geography
from tests.scoring_history import offer, vacancy

REFERENCE = shipped_reference()
PLACES = scored_places()
ROMES = ("F1703", "F1701", "K1304", "N4101", "G1602")


@cache
def ground() -> Ground:
    return Ground.of(PublishedColumns(PLACES))


@dataclass(frozen=True)
class Country:
    """States, their counters, and the scores that are published of them."""

    states: Sequence[Vacancy | Offer]
    counters: dict[str, Counters]
    published: dict[str, TerritoryScore]
    columns: PublishedColumns
    occupations: OccupationTable

    def scored_for(self, need: Need) -> NeedScores:
        return score_need(need, self.columns, self.occupations, ground(), REFERENCE)


def country(seed: int, states: int) -> Country:
    """The same seed gives the same country. Its states stand in the communes of a few départements."""
    pick = random.Random(seed)
    communes = sorted(code for code in geography().communes if code[:2] in {"15", "48", "18"})
    found: list[Vacancy | Offer] = []
    for number in range(states):
        commune = pick.choice(communes)
        if pick.random() < 0.5:
            typology, rent = pick.choice(list(Typology)), round(pick.uniform(150, 1_700), 1)
            found.append(vacancy(f"vac_{number}", commune=commune, typology=typology, rent_eur_per_month=rent))
        else:
            openings, contract = pick.choice((None, 0, 1, 2, 7)), pick.choice((Contract.CDI, Contract.MIS))
            rome = pick.choice(ROMES)
            found.append(offer(f"off_{number}", commune=commune, rome=rome, openings=openings, contract=contract))
    return of_states(found)


def of_states(states: Sequence[Vacancy | Offer], also: dict[str, Counters] | None = None) -> Country:
    """The country of these states; `also` adds counters to territories."""
    counters: dict[str, Counters] = {}
    for state in states:
        for where, counted in shares(state, counting_places()):
            for place in where:
                add_into(counters.setdefault(place, {}), counted)
    for code, amounts in (also or {}).items():
        add_into(counters.setdefault(code, {}), amounts)
    board = ScoreBoard(PLACES, REFERENCE)
    for place, counted in counters.items():
        board.update(place, counted)
    published = {
        code: TerritoryScore(
            code=code,
            generation="d-01A",
            position=1,
            score=scored.score,
            score_class=scored.score_class,
            coverage=scored.coverage,
            blocks=scored.blocks,
            contributions=scored.contributions,
            counters=counters.get(code, {}),
            as_of="2026-11-23T08:00:00.000Z",
            reference_version=REFERENCE.version,
        )
        for code, scored in board.compute().items()
    }
    columns, occupations = PublishedColumns(PLACES), OccupationTable(place.code for place in PLACES)
    columns.replace(published.values())
    occupations.replace({place: counted for place, counted in counters.items() if is_occupations(place)})
    return Country(states, counters, published, columns, occupations)
