"""`python -m benchmarks.engine [--national] [--json FILE]`: start, memory and decisions of matching's engine.

Processor time is this process's; elapsed time holds the transaction on a real PostgreSQL as well. It is told apart:
*deciding* in memory (the policy alone), *waiting* for PostgreSQL (*committing* is part of it), and what is left: rows read
into values, values written. After each decision one row is inserted and committed: the floor that figures are told beside.
"""

import argparse
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks.engine.database import Running, running, stock
from benchmarks.engine.floor import floor_of
from benchmarks.engine.learnt import learn, past
from benchmarks.engine.nation import Nation
from shared.garbage import collect_rarely

SIZES: Final = {"regional": (2_000, 1_200, 3_600), "national": (20_000, 12_000, 36_000)}
SEED: Final = 1
_PARTS: Final = {
    "cpu": "of which processor",
    "deciding": "of which deciding in memory",
    "waiting": "of which waiting for SQL",
    "committing": "of which waiting for a commit",
    "floor": "the floor: an insert and its commit",
}
AIMS: Final = {"start_seconds": 30.0, "rss_mib": 2048, "decision_p99_ms": 30.0}


def measure(size: str, events: int, port_base: int, *, prices: bool = False) -> dict[str, Any]:
    """All figures of one size: stock read, everyone looked at once, then `events` arrivals of each kind, one a tick.

    `prices`: a list is learnt first, by the product's slow loop from 60 days of the same nation, and is in force.
    """
    households, homes, posts = SIZES[size]
    collect_rarely()  # as the engine's process does
    nation = Nation(SEED)
    with running(port_base) as world:
        stock(world, nation, households, homes, posts)
        learnt: dict[str, Any] = {}
        if prices:
            print("prices are learnt; at national size this takes some minutes", file=sys.stderr)
            past(world, nation, households, homes, posts)
            learnt = {"prices": learn(world)}
        begun = time.perf_counter()
        world.engine.idle()
        figures: dict[str, Any] = {
            **learnt,
            "size": size,
            "households": households,
            "homes": homes,
            "posts": posts,
            "start_seconds": round(time.perf_counter() - begun, 1),
            "rss_after_start_mib": _rss_mib(),
        }
        begun = time.perf_counter()
        while world.engine.idle():
            pass
        figures["sweep_seconds"] = round(time.perf_counter() - begun, 1)
        figures["placed"] = _placed(world)
        arrivals: dict[str, Callable[[], None]] = {
            "home": lambda: world.hand(nation.home()),
            "post": lambda: world.hand(nation.post()),
            "household": lambda: world.come(nation.household()),
        }
        with floor_of(world.database) as floor:
            for kind, arrive in arrivals.items():
                figures[kind] = _decisions(world, arrive, events, floor)
        figures["rss_mib"] = _rss_mib()
    return figures


def _decisions(world: Running, arrive: Callable[[], None], events: int, floor: Callable[[], float]) -> dict[str, float]:
    """Percentiles in ms of a decision: from the change in SQL to the commit of what follows; of the floor, in turn with
    them; and the statements sent."""
    elapsed, processor, floors = [], [], []
    parts: dict[str, list[float]] = {"deciding": [], "waiting": [], "committing": []}
    statements = []
    before = _placed(world)
    for _ in range(events):
        arrive()
        world.spent.clear()
        begun, worked = time.perf_counter(), time.process_time()
        while world.engine.idle():
            pass
        elapsed.append(time.perf_counter() - begun)
        processor.append(time.process_time() - worked)
        for name, spent in parts.items():
            spent.append(world.spent[name])
        statements.append(world.spent["statements"])
        floors.append(floor())
    return {
        **{f"p{share}_ms": _percentile(elapsed, share) for share in (50, 95, 99)},
        **{f"cpu_p{share}_ms": _percentile(processor, share) for share in (50, 99)},
        **{f"{name}_p{share}_ms": _percentile(spent, share) for name, spent in parts.items() for share in (50, 99)},
        **{f"floor_p{share}_ms": _percentile(floors, share) for share in (50, 99)},
        "times_floor_p50": round(statistics.median(elapsed) / statistics.median(floors), 1),
        "statements_mean": round(sum(statements) / events, 1),
        "placed": _placed(world) - before,
    }


def _percentile(seconds: Sequence[float], share: int) -> float:
    return round(1e3 * sorted(seconds)[min(len(seconds) - 1, len(seconds) * share // 100)], 1)


def _placed(world: Running) -> int:
    with world.database.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM placement").scalar_one())


def _rss_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _table(figures: dict[str, Any]) -> Table:
    table = Table(title=f"Engine, {figures['size']}: {figures['households']} households", box=None)
    for name in ("measure", "figure", "aim"):
        table.add_column(name)
    if "prices" in figures:
        learnt = figures["prices"]
        table.add_row("prices: verdict, way", f"{learnt['verdict']}, {learnt.get('way', '')}", "")
        table.add_row(
            "  learnt / all quoted, s",
            f"{learnt['learn_seconds']} (processor {learnt['learn_cpu_seconds']}) / {learnt['quote_seconds']}",
            "",
        )
        table.add_row("  RSS of the price process, MiB", str(learnt["rss_mib"]), "≤ 2048")
    table.add_row("start: stock read and first decision, s", str(figures["start_seconds"]), "< 30")
    table.add_row("everyone looked at once, s", str(figures["sweep_seconds"]), "")
    table.add_row("placements of the stock", str(figures["placed"]), "")
    for kind in ("home", "post", "household"):
        found = figures[kind]
        shown = " / ".join(str(found[name]) for name in ("p50_ms", "p95_ms", "p99_ms"))
        table.add_row(f"a {kind} arrives: p50 / p95 / p99 ms", shown, "p99 ≤ 30")
        for what, words in _PARTS.items():
            figures_of = f"{found[f'{what}_p50_ms']} / {found[f'{what}_p99_ms']}"
            table.add_row(f"  {words}, p50 / p99 ms", figures_of, "")
        table.add_row(
            "  statements, mean; times the floor, p50", f"{found['statements_mean']}; {found['times_floor_p50']}", ""
        )
    table.add_row(
        "RSS after start / at the end, MiB", f"{figures['rss_after_start_mib']} / {figures['rss_mib']}", "≤ 2048"
    )
    return table


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--national", action="store_true", help="20,000 households, 12,000 homes, 36,000 posts")
    parser.add_argument("--prices", action="store_true", help="learnt first by the slow loop, and in force")
    parser.add_argument("--events", type=int, default=300, help="arrivals of each kind")
    parser.add_argument("--port-base", type=int, default=37_500)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    found = measure("national" if given.national else "regional", given.events, given.port_base, prices=given.prices)
    Console().print(_table(found))
    if given.json:
        given.json.write_text(json.dumps(found, indent=1))
