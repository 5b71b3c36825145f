"""`python -m benchmarks.matching.stocks`: a stock decided in strict order, with room made, or by the sum of lawful weights.

Made-up households, homes and posts of a département's territories, on the product's rules and order, without prices.
Tension is homes for a household. A loss is told against strict order, on the household's own scale.
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from rich.console import Console
from rich.table import Table

from benchmarks.matching.room import GIVES_WAY, Call, Rules, decided
from services.matching.core.market import Market
from services.matching.core.model import Commitment, Home, Household, Post, Priority
from services.matching.core.options import OptionFinder
from services.matching.core.plan import make_plan
from services.matching.core.policy import Inputs, in_lawful_order
from services.matching.core.ranking import Option, worth
from services.matching.engine import SWEPT_A_TICK
from services.matching.programmes import current
from shared.geography import geography
from shared.occupations import occupations

TODAY: Final = date(2026, 11, 23)
DEPARTEMENT: Final = "15"
TENSIONS: Final = (0.25, 0.5, 1.0, 2.0)
_RENTS: Final = {1: 290, 2: 375, 3: 455, 4: 535, 5: 620}
_SURFACES: Final = {1: 26, 2: 45, 3: 64, 4: 80, 5: 95}
_CAP: Final = 10**6


def a_stock(seed: int, households: int, tension: float, posts: float) -> Market:
    """The same for the same seed. `posts` for a household; a third of the occupations carry most of them."""
    chance, places = random.Random(seed), geography()
    market = Market(places, occupations(), current())
    territories = sorted(one.code for one in places.territories_in(DEPARTEMENT))
    weights = [1.0 / (rank + 1) for rank in range(len(territories))]
    romes = chance.sample(sorted(occupations().all), 12)

    def place() -> tuple[str, str]:
        territory = chance.choices(territories, weights)[0]
        return territory, chance.choice(places.territories[territory].communes)

    for number in range(households):
        size = chance.choices((1, 2, 3, 4, 5), (28, 24, 20, 18, 10))[0]
        wanted = chance.choices(territories, weights, k=chance.randint(1, 4))
        market.put_household(
            Household(
                f"hh_{number:04}",
                1,
                "org",
                f"usr_{number % 10}",
                size,
                chance.choice(("emile", "emile", "generique", "plateforme-refugies")),
                TODAY - timedelta(days=int(chance.gammavariate(2, 270))),
                rome=tuple(dict.fromkeys(chance.choices(romes, k=chance.choice((1, 2, 3))))),
                wanted=tuple(dict.fromkeys(wanted)),
                income_eur_per_month=float(round(900 + 250 * (size - 1) + chance.gammavariate(2, 200))),
                driving_licence=chance.random() < 0.62,
                accessible_needed=True if chance.random() < 0.07 else None,
                priorities=frozenset({Priority.DALO}) if chance.random() < 0.15 else frozenset(),
            )
        )
    for number in range(round(households * tension)):
        territory, commune = place()
        rooms = chance.choices((1, 2, 3, 4, 5), (14, 26, 34, 20, 6))[0]
        market.put_home(
            Home(
                f"vac_{number:04}",
                "org_landlord",
                commune,
                territory,
                places.zone_of(commune),
                f"T{rooms}",
                round(_SURFACES[rooms] * chance.uniform(0.8, 1.2), 1),
                float(round(_RENTS[rooms] * chance.lognormvariate(0, 0.18))),
                TODAY + timedelta(days=chance.randrange(60)),
                accessible=chance.choice((None, False, False, True)),
            )
        )
    for number in range(round(households * posts)):
        _, commune = place()
        market.put_post(
            Post(
                f"off_{number:05}",
                commune,
                places.zone_of(commune),
                chance.choice(romes),
                chance.choice(("CDI", "CDI", "CDD")),
                duration_months=chance.choice((None, 3.0, 8.0)),
                openings=chance.choice((None, 1, 1, 2, 3)),
            )
        )
    for territory in territories:
        for programme in ("emile", "generique", "plateforme-refugies"):
            room = chance.choice((None, None, None, max(1, households // 20)))
            key = f"{programme}:{territory}"
            market.put_commitment(Commitment(key, programme, territory, "open", capacity_households=room))
    return market


@dataclass(frozen=True, slots=True)
class Outcome:
    """By household, the worth of its option on its own scale. `pause_ms`: CPU of the longest decision."""

    share: Mapping[str, float]
    pause_ms: float


Way = Callable[[Market], tuple[dict[str, Option], float]]


def in_turns(at_once: int, rules: Rules | None) -> Way:
    """As the engine's sweep does: so many households a decision, in lawful order."""

    def way(market: Market) -> tuple[dict[str, Option], float]:
        order, found, longest = list(in_lawful_order(market, market.households, 1)), {}, 0.0
        for turn in (order[begin : begin + at_once] for begin in range(0, len(order), at_once)):
            begun = time.process_time()
            call = Call(Inputs(households=frozenset(turn)), TODAY, 1, _CAP)
            for one in decided(market, call, rules):
                found[one.household.id] = one.option
            longest = max(longest, time.process_time() - begun)
        return found, 1e3 * longest

    return way


def planned(market: Market) -> tuple[dict[str, Option], float]:
    """The best sum of lawful weight times own scale, as a weekly plan has it. No capacity of a territory: a bound."""
    begun = time.process_time()
    plan = make_plan(market, sorted(market.households), list(market.homes.values()), today=TODAY, seed=1)
    chosen = (candidate for home in plan.homes for candidate in home.candidates if candidate.chosen)
    return {one.household: one.option for one in chosen}, 1e3 * (time.process_time() - begun)


def ways(turns: Sequence[int], bounds: Sequence[float]) -> dict[str, Way]:
    """Name of a row -> how it decides; the first is what the others are compared with."""
    found: dict[str, Way] = {"strict order": in_turns(SWEPT_A_TICK, None)}
    for at_once in turns:
        for bound in bounds:
            found[f"with room, {at_once} at once, keeps {bound:.0%}"] = in_turns(at_once, Rules(gives_way=bound))
    return found | {"sum of weights (plan)": planned}


def figures(outcome: Outcome, strict: Outcome) -> dict[str, float]:
    """Of one stock. Losses are of households that strict order serves too."""
    losses = [1 - outcome.share[name] / share for name, share in strict.share.items() if name in outcome.share]
    return {
        "served": len(outcome.share),
        "left for others": len(strict.share.keys() - outcome.share.keys()),
        "mean share": statistics.fmean(outcome.share.values()) if outcome.share else 0.0,
        "lose over 1 %": sum(loss > 0.01 for loss in losses),
        "worst loss": max(losses, default=0.0),
        "longest decision ms": outcome.pause_ms,
    }


def compare(
    tried: Mapping[str, Way], seeds: Iterable[int], stock: Callable[[int], Market]
) -> dict[str, dict[str, float]]:
    """Means over seeds by way; of losses and pauses the worst."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in tried}
    for seed in seeds:
        fresh = stock(seed)
        best = {
            name: worth(option)
            for name, one in fresh.households.items()
            if (option := OptionFinder(fresh, one, today=TODAY, seed=1).best()) is not None
        }
        strict: Outcome | None = None
        for name, way in tried.items():
            options, pause_ms = way(stock(seed))
            outcome = Outcome({one: worth(option) / best[one] for one, option in options.items()}, pause_ms)
            strict = strict or outcome
            found[name].append(figures(outcome, strict))
    worst = {"worst loss", "longest decision ms"}
    return {
        name: {
            figure: (max if figure in worst else statistics.fmean)(one[figure] for one in rows) for figure in rows[0]
        }
        for name, rows in found.items()
    }


def main() -> None:
    """A table for each tension."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--households", type=int, default=150)
    parser.add_argument("--posts", type=float, default=3.0, help="for a household")
    parser.add_argument("--at-once", type=int, nargs="+", default=[SWEPT_A_TICK, 100])
    parser.add_argument("--keeps", type=float, nargs="+", default=[GIVES_WAY])
    parser.add_argument("--tensions", type=float, nargs="+", default=TENSIONS, help="homes for a household")
    given = parser.parse_args()
    for tension in given.tensions:

        def stock(seed: int, tension: float = tension) -> Market:
            return a_stock(seed, given.households, tension, given.posts)

        found = compare(ways(given.at_once, given.keeps), range(1, given.seeds + 1), stock)
        title = f"{given.households} households, {tension} homes and {given.posts} posts for each, {given.seeds} stocks"
        table = Table(title=title, box=None)
        table.add_column("")
        for figure in next(iter(found.values())):
            table.add_column(figure, justify="right")
        for name, row in found.items():
            table.add_row(name, *(f"{value:.3f}" if value < 2 else f"{value:.1f}" for value in row.values()))
        Console(width=150).print(table)


if __name__ == "__main__":
    main()
