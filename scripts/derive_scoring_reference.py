"""Derives the reference "0" of the scores from the national stock that ships with the project.

Real: vacant social dwellings and social stock by commune (RPLS, 1 January 2024), job offers by commune (Pôle emploi,
21 December 2021), hiring (BMO 2024), tensions (DARES 2021), population. Simulated, and marked so: rents, surfaces, DPE,
contracts, licences, drawn by the demonstration's stated distributions (docs/demo-data.md). Takes about half a minute:

    python -m scripts.derive_scoring_reference
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec
import numpy as np
import orjson

from deploy.demo import synthesis
from deploy.demo.stock import ATTRIBUTION, OFFERS_AS_OF, VACANCIES_AS_OF, load
from services.scoring.adapters.counting_places import counting_places
from services.scoring.adapters.places import scored_places, source_vintages
from services.scoring.adapters.references import FOLDER
from services.scoring.core.counters import Counters, add_into, contribution
from services.scoring.core.indicators import COMPUTED
from services.scoring.core.reference import RANKED, Reference, quantiles_of
from services.scoring.core.scores import ScoreBoard
from shared.events import Offer, Vacancy

DAY = date(2026, 1, 1)
SIMULATED = ["affordability", "durable_jobs", "durable_openings", "energy", "licence_need", "rent_level"]
_STATE = {
    "id": "-",
    "reference": "-",
    "status": "open",
    "observed_at": "-",
    "landlord": "-",
    "feed": "-",
    "source": {"name": "-"},
}


def counted(lines: Iterable[dict[str, Any]], kind: Any, totals: dict[str, Counters]) -> None:
    """Adds the counters of publication bodies to their territories."""
    places = counting_places()
    for line in lines:
        state = msgspec.convert({**_STATE, **line}, kind, strict=False)
        where, counters = contribution(state, places)
        for territory in where:
            add_into(totals[territory], counters)


def national_counters() -> dict[str, Counters]:
    """Counters of every territory as the national stock makes them."""
    stock = load()
    totals: dict[str, Counters] = defaultdict(dict)
    counted(synthesis.vacancies(stock, DAY), Vacancy, totals)
    counted(synthesis.offers(stock, DAY), Offer, totals)
    return dict(totals)


def main() -> None:
    """Writes services/scoring/reference/0.json."""
    totals = national_counters()
    places = scored_places()
    flat = {one.name: np.linspace(0.0, 1.0, 101) for one in RANKED}
    board = ScoreBoard(places, Reference("flat", flat, (20.0, 40.0, 60.0, 80.0), frozenset()))
    for territory, counters in totals.items():
        board.update(territory, counters)
    scored = board.compute()
    quantiles = {}
    for number, indicator in enumerate(COMPUTED):
        if indicator not in RANKED:
            continue
        known = [one.contributions[number] for one in scored.values()]
        values = np.array([np.nan if one.value is None or one.rank is None else one.value for one in known])
        if np.isfinite(values).any():
            quantiles[indicator.name] = quantiles_of(values)
    document: dict[str, Any] = {
        "version": "0",
        "made_from": f"{ATTRIBUTION} ; logements au {VACANCIES_AS_OF}, offres au {OFFERS_AS_OF}",
        "simulated": SIMULATED,
        "quantiles": quantiles,
        "class_breaks": [20.0, 40.0, 60.0, 80.0],
    }
    ranked = ScoreBoard(places, Reference.parse(document), DAY, source_vintages())
    for territory, counters in totals.items():
        ranked.update(territory, counters)
    scores = np.array([one.score for one in ranked.compute().values() if one.score is not None])
    document["class_breaks"] = [round(float(limit), 2) for limit in np.quantile(scores, [0.2, 0.4, 0.6, 0.8])]
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "0.json").write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    main()
