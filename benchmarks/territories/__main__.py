"""Fills Redis with all of France, asks the API for occupation views, prints a table, writes JSON.

python -m benchmarks.territories [--data ../shared/data] [--requests 600] [--json out.json]
"""

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx
from rich.console import Console
from rich.table import Table

from benchmarks.territories.api import KEY
from benchmarks.territories.country import France, france
from deploy.local.supervisor import Platform
from services.scoring.adapters.read_model import ReadModelWriter, connect
from services.scoring.core.generation import Generation
from shared.events import TerritoryCounters, Typology
from shared.settings import Settings

GENERATION: Final = Generation("benchmark", "01BENCHMARK")
AIM_MS: Final = 50.0
CHANGES_A_SECOND: Final = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--port-base", type=int, default=35_500)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    if not (options.data / "parc_social_communes_2024.csv").is_file():
        sys.exit(f"{options.data}: the official files are not here (see docs/performance.md)")
    country = france(options.data, str(GENERATION))
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), cache=Settings().cache_folder, port_base=options.port_base)
        with Platform(settings, processes=(), servers=("redis",)):
            environment = {
                **os.environ,
                "ANCRAGE_PORT_BASE": str(options.port_base),
                "ANCRAGE_HOME": home,
                "ANCRAGE_SECRET_KEYS": "synthetic-key-for-benchmarks",
                "ANCRAGE_LOG_LEVEL": "WARNING",
                "ANCRAGE_LOG_FORMAT": "json",
            }
            api = subprocess.Popen([sys.executable, "-m", "benchmarks.territories.api"], env=environment)
            try:
                figures = asyncio.run(measure(settings, country, options.requests, api.pid))
            finally:
                api.terminate()
                api.wait(10)
    _table(figures)
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")


async def measure(settings: Settings, country: France, requests: int, api: int) -> dict[str, Any]:
    """Latencies, and processor time of the API (process `api`), in milliseconds by kind of request: with nothing else going
    on, and while counters change."""
    redis = connect(settings.redis)
    writer = ReadModelWriter(redis)
    started = time.perf_counter()
    await writer.write_occupations(GENERATION, country.occupations)
    await writer.write(GENERATION, country.scores)
    await writer.switch(GENERATION)
    written = time.perf_counter() - started
    memory = (await redis.info("memory"))["used_memory"]
    pick = random.Random(7)
    codes = sorted({name for one in country.occupations for name in one.counters if len(name) == 5})

    def view() -> dict[str, Any]:
        sizes = [one.value for one in pick.sample(list(Typology), pick.choice((1, 2)))]
        return {"rome": pick.choice(codes), "typology": sizes, "max_rent": pick.randrange(250, 900)}

    kinds: dict[str, Callable[[], dict[str, Any]]] = {
        "view, 50 territories": view,
        "view, 500 territories": lambda: {**view(), "limit": 500},
        "no need, 50 territories": lambda: {"limit": 50},
    }
    base = f"http://127.0.0.1:{settings.port_base + 2}"
    async with httpx.AsyncClient(base_url=base, headers={"Authorization": f"Bearer {KEY}"}, timeout=30) as client:
        await _ready(client)
        quiet = {name: await _latencies(client, ask, requests, api) for name, ask in kinds.items()}
        changing = asyncio.create_task(_change(writer, country))
        busy = {name: await _latencies(client, ask, requests, api, pause=0.01) for name, ask in kinds.items()}
        changing.cancel()
        await asyncio.gather(changing, return_exceptions=True)
    await redis.aclose()
    return {
        "offers": country.offers,
        "homes": country.homes,
        "occupation_places": len(country.occupations),
        "occupation_counters": country.occupation_counters,
        "redis_mb": round(memory / 1e6, 1),
        "written_s": round(written, 2),
        "requests": requests,
        "quiet_ms": quiet,
        f"at_{CHANGES_A_SECOND}_changes_a_second_ms": busy,
    }


async def _ready(client: httpx.AsyncClient) -> None:
    for _ in range(300):
        try:
            if (await client.get("/v1/territories", params={"limit": 1})).status_code == 200:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.2)
    raise RuntimeError("the API does not answer")


async def _latencies(
    client: httpx.AsyncClient, ask: Callable[[], dict[str, Any]], requests: int, api: int, *, pause: float = 0.0
) -> dict[str, float]:
    times, began = [], _processor_seconds(api)
    for _ in range(requests):
        parameters = ask()
        started = time.perf_counter()
        answer = await client.get("/v1/territories", params=parameters)
        times.append(1000 * (time.perf_counter() - started))
        answer.raise_for_status()
        await asyncio.sleep(pause)
    times.sort()
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    figures = {name: round(times[int(len(times) * share)], 2) for name, share in shares.items()}
    return {**figures, "cpu": round(1000 * (_processor_seconds(api) - began) / requests, 2)}


def _processor_seconds(process: int) -> float:
    """What a process has used so far; nan where the system does not tell."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _change(writer: ReadModelWriter, country: France) -> None:
    """Writes places as the scorer does, each change one of its own: nothing that a view was kept for still holds."""
    pick, position = random.Random(3), 1
    while True:
        position += 1
        place, score = pick.choice(country.occupations), pick.choice(country.scores)
        await writer.write_occupations(
            GENERATION, [TerritoryCounters(place.code, place.generation, position, place.counters)]
        )
        await writer.write(GENERATION, [score])
        await asyncio.sleep(1.0 / CHANGES_A_SECOND)


def _table(figures: dict[str, Any]) -> None:
    counted = f"{figures['occupation_counters']} counters by occupation in {figures['occupation_places']} places"
    stored = f"Redis {figures['redis_mb']} MB, written in {figures['written_s']} s"
    table = Table(title=f"{figures['offers']} offers, {figures['homes']} homes: {counted}; {stored}")
    for name in ("request", "p50 ms", "p95 ms", "p99 ms", "CPU ms", "aim p95"):
        table.add_column(name, justify="left" if name == "request" else "right")
    for when in ("quiet_ms", f"at_{CHANGES_A_SECOND}_changes_a_second_ms"):
        for name, run in figures[when].items():
            aim = f"< {AIM_MS:.0f}" if name == "view, 50 territories" else ""
            figures_shown = (str(run[figure]) for figure in ("p50", "p95", "p99", "cpu"))
            table.add_row(f"{name} ({when.removesuffix('_ms')})", *figures_shown, aim)
    Console().print(table)


if __name__ == "__main__":
    main()
