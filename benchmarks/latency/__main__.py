"""`python -m benchmarks.latency`: from ingest's 2xx to the score in Redis and on `territory-scores`.

Vacancies and offers are PUT at a steady rate, each in another territory, so that each is the first change of its territory
for a while: what the scorer tells at once. Then the same while a replay flows through beside them; there a territory may
have told its score less than 250 ms before, and the publication waits for the rest of that time. Those count as well.
"""

import argparse
import json
import os
import platform as machine
import sys
import tempfile
import time
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from benchmarks.ingest.processor_time import seconds_by_process
from benchmarks.latency.hops import HOPS, Seen, figures
from benchmarks.latency.platform import World, world
from benchmarks.latency.publications import Beside, Publications
from benchmarks.latency.watching import RedisWatch, TopicsWatch, wait_quiet
from services.scoring.settings import ScoringSettings
from shared.clock import isoformat, utc_now

AIM_P50_MS: Final = 100
AIM_P99_MS: Final = 400
SETTLE_SECONDS: Final = 3.0  # of the replay beside, before anything counts


class Run:
    """One platform and its phases."""

    def __init__(self, running: World, per_second: float, count: int) -> None:
        self._world = running
        self._per_second = per_second
        self._count = count
        self._publications = Publications(running)

    def warm_up(self, count: int) -> None:
        """Not counted: everybody's first records."""
        with TopicsWatch(self._world.settings.kafka_bootstrap) as topics:
            self._publications.at_rate(self._per_second, count)
            wait_quiet(topics)

    def phase(self, beside: int) -> dict[str, Any]:
        """The counted publications, with `beside` other events a second."""
        settings = self._world.settings
        with RedisWatch(settings.redis) as redis, TopicsWatch(settings.kafka_bootstrap) as topics:
            if beside:
                with Beside(self._world, beside) as replay:
                    time.sleep(SETTLE_SECONDS)
                    sent, used = self._timed()
                flowed = {"asked": beside, "reached": round(replay.published / replay.seconds)}
            else:
                sent, used = self._timed()
                flowed = {"asked": 0, "reached": 0}
            wait_quiet(topics)
        shaped = ScoringSettings().scoring_publish_ms / 1000
        return {
            "per_second": self._per_second,
            "beside_per_second": flowed,
            **figures(sent, Seen(redis, topics), shaped),
            "cpu_share_by_process": used,
        }

    def close(self) -> None:
        """Ends the client."""
        self._publications.close()

    def _timed(self) -> tuple[list[Any], dict[str, float]]:
        before, started = seconds_by_process(self._world.pids), time.perf_counter()
        sent = self._publications.at_rate(self._per_second, self._count)
        seconds = time.perf_counter() - started
        after = seconds_by_process(self._world.pids)
        return sent, {name: round((after[name] - before[name]) / seconds, 3) for name in before}


def _json(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(type(value).__name__)


def table(phases: dict[str, dict[str, Any]]) -> Table:
    """What was measured, for people."""
    shown = Table(title="Latency, ms: p50 / p99 / worst")
    shown.add_column("")
    for name in phases:
        shown.add_column(name, justify="right")
    shown.add_column("aim", justify="right")

    def row(label: str, values: list[Any], aim: str = "") -> None:
        cells = [
            f"{one.p50:.0f} / {one.p99:.0f} / {one.worst:.0f}" if hasattr(one, "p50") else str(one) for one in values
        ]
        shown.add_row(label, *cells, aim)

    found = list(phases.values())
    aim = f"< {AIM_P50_MS} / < {AIM_P99_MS}"
    row("2xx to Redis", [one["accepted_to_redis_ms"] for one in found], aim)
    row("2xx to territory-scores", [one["accepted_to_territory_scores_ms"] for one in found], aim)
    key = "accepted_to_redis_ms_of_those_not_shaped"
    row("2xx to Redis, those not shaped", [one.get(key, one["accepted_to_redis_ms"]) for one in found])
    row("counted, of which shaped", [f"{one['events']}, {one['shaped']}" for one in found])
    row("events beside, a second", [one["beside_per_second"]["reached"] for one in found])
    shown.add_section()
    for name, label, _, _ in HOPS:
        row(label, [one["hops_ms"][name] for one in found])
    shown.add_section()
    row("entries a compound record", [one["entries_a_compound_record"] for one in found])
    for process in found[0]["cpu_share_by_process"]:
        row(f"share of a processor, {process}", [one["cpu_share_by_process"][process] for one in found])
    return shown


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency", description=__doc__)
    parser.add_argument("--per-second", type=float, default=20.0, help="publications that count, a second")
    parser.add_argument("--events", type=int, default=200, help="publications that count, in each phase")
    parser.add_argument("--warm-up", type=int, default=150, help="publications before, not counted")
    parser.add_argument("--beside", type=int, default=2_000, help="events a second beside, in the second phase")
    parser.add_argument("--port-base", type=int, default=30_500)
    parser.add_argument("--json", type=Path, help="where to write the figures")
    given = parser.parse_args()
    load_before = os.getloadavg()
    with (
        tempfile.TemporaryDirectory(prefix="ancrage-latency-") as folder,
        world(Path(folder), given.port_base) as alive,
    ):
        run = Run(alive, given.per_second, given.events)
        try:
            run.warm_up(given.warm_up)
            phases = {"quiet": run.phase(0), f"with {given.beside:,} events/s beside": run.phase(given.beside)}
        finally:
            run.close()
    outcome = {
        "at": isoformat(utc_now()),
        "machine": {"cpus": os.cpu_count(), "python": machine.python_version()},
        "load_before": load_before,
        "aim_ms": {"p50": AIM_P50_MS, "p99": AIM_P99_MS},
        "phases": phases,
    }
    Console(width=130).print(table(phases))
    print(f"load before: {' '.join(f'{one:.1f}' for one in load_before)}", file=sys.stderr)
    text = json.dumps(outcome, default=_json, indent=1)
    if given.json:
        given.json.write_text(text + "\n", encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
