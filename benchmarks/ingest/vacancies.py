"""The vacancies that every contender gets: made from a seed, all different, ten fields each."""

import json
import random
from typing import Any, Final

COMMUNES: Final = ("15014", "48095", "36044", "18033", "75056", "13055", "63113", "97411", "2A004", "29232")


def body(source: random.Random) -> dict[str, Any]:
    """The body of one PUT."""
    rooms = source.randint(1, 5)
    return {
        "commune": source.choice(COMMUNES),
        "typology": f"T{rooms}",
        "surface_m2": rooms * 20 + source.randint(0, 15),
        "rent_eur_per_month": 250 + source.randint(0, 40_000) / 100,
        "charges_eur_per_month": source.randint(20, 120),
        "available_from": f"2026-12-{source.randint(1, 28):02d}",
        "floor": source.randint(0, 8),
        "lift": source.random() < 0.5,
        "dpe": source.choice("ABCDEFG"),
        "financing": source.choice(("PLAI", "PLUS", "PLS")),
    }


def bodies(seed: int, number: int) -> list[bytes]:
    """Bodies of single PUTs."""
    source = random.Random(seed)
    return [json.dumps(body(source)).encode() for _ in range(number)]


def lines(seed: int, number: int) -> list[bytes]:
    """Lines of a file, each with a reference of its own."""
    source = random.Random(seed)
    return [json.dumps({"reference": f"B{seed}-{n:07d}", **body(source)}).encode() for n in range(number)]
