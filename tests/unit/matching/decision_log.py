"""Made-up inputs and what the core decides on them, as bytes: `python -m tests.unit.matching.decision_log SEED`."""

import json
import random
import sys
from dataclasses import asdict
from datetime import date
from typing import Any

from services.matching.core.market import Market
from services.matching.core.model import Home, Household, Post, Priority
from services.matching.core.policy import Held, Inputs, LawfulRanking
from services.matching.core.price_list import PriceList, Quote
from services.matching.core.pricing.potentials import KNOTS
from tests.unit.matching.playing import count_as_made, undo
from tests.unit.matching.samples import TODAY, a_commitment, a_home, a_household, a_market, a_post

COMMUNES = ("15014", "15012", "15113", "15140")
PRICES = PriceList(
    3,
    {"T2:other": 1.2, "T3:other": 1.7, "T4:other": 2.6, "T3:accessible": 3.2},
    {"F1703": 0.3},
    {"2:any": 0.2, "3:any": 0.4},
    {"vac_03": Quote(TODAY.toordinal(), TODAY.toordinal() + 20.0, tuple(2.9 - knot / 8 for knot in range(KNOTS)))},
)


def stock(chance: random.Random) -> list[Household | Home | Post]:
    """A snapshot: who is there."""
    households = [
        a_household(
            f"hh_{number:02}",
            size=chance.choice([1, 2, 3, 4]),
            income_eur_per_month=chance.choice([None, 1000.0, 1400.0, 2500.0]),
            rome=chance.choice([("F1703",), ("N4101", "F1703"), ("F1702",)]),
            waiting_since=date(2026, chance.choice([1, 5, 9]), 1),  # many equals
            priorities=frozenset({Priority.DALO, Priority.HANDICAP}) if chance.random() < 0.3 else frozenset(),
        )
        for number in range(24)
    ]
    homes = [
        a_home(
            f"vac_{number:02}",
            commune=chance.choice(COMMUNES),
            typology=chance.choice(["T2", "T3", "T4"]),
            rent_eur_per_month=chance.choice([300.0, 380.0]),
            accessible=chance.choice([None, True]),
        )
        for number in range(18)
    ]
    posts = [a_post(f"off_{number:02}", commune=chance.choice(COMMUNES), openings=2) for number in range(9)]
    return [*households, *homes, *posts]


def log(seed: int, market: Market | None = None) -> bytes:
    """Ticks with their inputs, proposals, terms and what is held, one JSON line each."""
    chance = random.Random(seed)
    things = stock(chance)
    market = market or a_market(*things, a_commitment(capacity_households=12))
    policy = LawfulRanking(PRICES)
    lines = []
    for tick in range(40):
        inputs = _inputs(chance, things)
        if chance.random() < 0.3 and market.reservations:
            undo(market, min(market.reservations).removeprefix("plc "))
        made: list[Any] = []
        for one in policy.proposals(market, inputs, today=TODAY, seed=seed + tick, cap=20):
            if isinstance(one, Held):
                made.append(["held", one.home.id])
                continue
            count_as_made(market, one)
            option = one.option
            terms = dict(option.terms)
            made.append([one.household.id, option.home.id, option.lead.post.id if option.lead else None, terms])
        shown = {name: sorted(names) for name, names in asdict(inputs).items()}
        lines.append(json.dumps({"tick": tick, "inputs": shown, "made": made}))
    return "\n".join(lines).encode()


def _inputs(chance: random.Random, things: list[Household | Home | Post]) -> Inputs:
    taken = chance.sample(things, 9)
    return Inputs(
        frozenset(one.id for one in taken if isinstance(one, Household)),
        frozenset(one.id for one in taken if isinstance(one, Home)),
        frozenset(one.id for one in taken if isinstance(one, Post)),
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(log(int(sys.argv[1])))
