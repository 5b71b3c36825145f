"""Scores the national stock and writes docs/territories-reviewed.md, with the remarks kept beside the tests.

The counters of the stock are kept beside the tests (`--counters` makes them anew, about a minute):

    python -m scripts.review_territories [--counters]
"""

import argparse
import gzip
import sys
import tomllib
from datetime import date
from pathlib import Path
from typing import Any, Final

import orjson

from scripts.derive_scoring_reference import national_counters
from services.scoring.adapters.places import scored_places, source_vintages
from services.scoring.adapters.references import shipped_reference
from services.scoring.core.counters import Counters
from services.scoring.core.indicators import BY_NAME, COUNTED
from services.scoring.core.scores import ScoreBoard, Scored

ROOT: Final = Path(__file__).resolve().parent.parent
COUNTERS: Final = ROOT / "tests" / "unit" / "scoring" / "national_counters.json.gz"
REVIEWED: Final = COUNTERS.with_name("reviewed_territories.toml")
PAGE: Final = ROOT / "docs" / "territories-reviewed.md"
SHOWN: Final = (
    *("live_supply", "official_vacancy", "job_openings", "durable_openings"),
    *("competition", "recruitment_difficulty", "seasonal_hiring", "tension"),
)


def stock_scores(counters: dict[str, Counters], day: date) -> dict[str, Scored]:
    """Scores of every territory under the shipped reference, on a day."""
    board = ScoreBoard(scored_places(), shipped_reference(), day, source_vintages())
    for code, amounts in counters.items():
        board.update(code, amounts)
    return board.compute()


def kept_counters() -> dict[str, Counters]:
    found: dict[str, Counters] = orjson.loads(gzip.decompress(COUNTERS.read_bytes()))
    return found


def figure(scored: Scored, name: str) -> float | None:
    """A block's value, or the rank of an indicator."""
    if name in scored.blocks:
        return scored.blocks[name]
    return next(one.rank for one in scored.contributions if one.indicator == name)


def page(document: dict[str, Any], scores: dict[str, Scored]) -> str:
    """The page, in French."""
    names = {place.code: place.name for place in scored_places()}
    parts = [
        "# Territoires relus\n",
        "Page produite par `python -m scripts.review_territories` ; remarques de `tests/unit/scoring/"
        f"reviewed_territories.toml`, écrites le {document['read_on']:%d/%m/%Y} à l'œil, au regard de ce "
        "qui se sait communément de ces territoires ; leurs partenaires ne les ont pas encore relues. Un test tient ce qui "
        "est écrit sous « tient ».\n",
        f"Données : {document['stock']}. Rangs de 0 (le moins bon) à 1, dans la référence livrée. **Ce n'est pas un "
        "classement** : chaque territoire est lu pour lui-même, et ceux qui manquent n'ont pas été relus.\n",
        "Ce que la lecture a appris : sans la pression de la demande sociale (SNE, non livrée), les métropoles de départ "
        "paraissent meilleures qu'elles ne sont pour se loger ; le loyer simulé ne distingue presque rien.\n",
    ]
    for one in document["territory"]:
        scored = scores[one["code"]]
        blocks = ", ".join(
            f"{label} {_number(scored.blocks[name])}" for name, label in (("housing", "logement"), ("jobs", "emploi"))
        )
        rows = "\n".join(_row(scored, name) for name in SHOWN)
        parts.append(
            f"## {names[one['code']]} ({one['code']})\n\nClasse {scored.score_class}, "
            f"couverture {_number(100 * scored.coverage, 0)} % ; {blocks}.\n\n{one['remark']}\n\n"
            f"| indicateur | valeur | rang |\n| --- | ---: | ---: |\n{rows}\n\n"
            f"Tient : {', '.join(f'`{held}`' for held in one['holds'])}.\n"
        )
    return "\n".join(parts)


def _row(scored: Scored, name: str) -> str:
    one = next(item for item in scored.contributions if item.indicator == name)
    return f"| {BY_NAME[name].label.fr} | {_number(one.value)} | {_number(one.rank)} |"


def _number(value: float | None, digits: int = 2) -> str:
    return "inconnu" if value is None else f"{value:.{digits}f}".replace(".", ",")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counters", action="store_true", help="count the national stock anew")
    if parser.parse_args().counters:
        counted = {
            code: {name: amount for name, amount in sorted(counters.items()) if name in COUNTED}
            for code, counters in sorted(national_counters().items())
        }
        COUNTERS.write_bytes(gzip.compress(orjson.dumps(counted), 9, mtime=0))
    document = tomllib.loads(REVIEWED.read_text(encoding="utf-8"))
    scores = stock_scores(kept_counters(), document["read_on"])
    PAGE.write_text(page(document, scores), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}: {len(document['territory'])} territories\n")


if __name__ == "__main__":
    main()
