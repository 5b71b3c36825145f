"""Runs the scenarios, prints a table, writes JSON."""

import argparse
import json
import os
import platform
import tempfile
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.delivery import scenarios
from benchmarks.delivery.platform import world
from shared.clock import isoformat, utc_now

AIM_OF_BARE, AIM_P99_RATIO = 0.7, 1.2


def measure(home: Path, port_base: int, *, quick: bool) -> dict[str, Any]:
    """All figures, in one run."""
    pending, bare = (4000, 2000) if quick else (20_000, 8000)
    seconds = 6.0 if quick else 20.0
    with world(home, port_base) as running:
        loops = scenarios.bare_loops(running, bare)
        one = scenarios.catch_up(running, pending, 1)
        ten = scenarios.catch_up(running, pending, 10)
        again = scenarios.bare_loops(running, bare)
        figures = {
            "bare": {name: max(loops[name], again[name], key=lambda run: run["per_second"]) for name in loops},
            "catch_up": {"one_endpoint": one, "ten_endpoints": ten},
            "latency_at_50_a_second": scenarios.latency(running, 50, seconds),
            "saturation": scenarios.saturation(running, pending // 4),
            "streams": scenarios.streams(running, 300, 5, seconds / 2),
            "dead_endpoints": scenarios.dead_endpoints(running, 20, seconds / 2),
        }
    figures["of_bare_httpx"] = round(one["per_second"] / figures["bare"]["httpx"]["per_second"], 2)
    figures["of_bare_aiohttp"] = round(one["per_second"] / figures["bare"]["aiohttp"]["per_second"], 2)
    return figures


def _json(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(type(value).__name__)


def _table(figures: dict[str, Any]) -> Table:
    table = Table(title="Webhooks", show_lines=False)
    for name in ("measure", "figure", "aim"):
        table.add_column(name, justify="right" if name != "measure" else "left")
    for library, run in figures["bare"].items():
        table.add_row(f"bare {library} loop, posts/s (CPU ms each)", f"{run['per_second']} ({run['cpu_ms_each']})", "")
    for name, run in figures["catch_up"].items():
        shown = f"{run['per_second']} ({run['cpu_ms_each']})"
        table.add_row(f"catch-up of {run['deliveries']}, {name}, deliveries/s (CPU ms each)", shown, "")
    table.add_row("of the bare httpx loop", f"{figures['of_bare_httpx']:.0%}", f"≥ {AIM_OF_BARE:.0%}")
    table.add_row("of the bare aiohttp loop", f"{figures['of_bare_aiohttp']:.0%}", "")
    steady, full, dead = figures["latency_at_50_a_second"], figures["saturation"], figures["dead_endpoints"]
    table.add_row("event to receipt at 50/s, p50 / p99 ms", f"{steady['ms'].p50} / {steady['ms'].p99}", "")
    table.add_row(f"{full['events']} events at once, end to end, events/s", str(full["per_second"]), "")
    table.add_row("… event to receipt, p50 / p99 ms", f"{full['ms'].p50} / {full['ms'].p99}", "")
    table.add_row("eight healthy endpoints, p50 / p99 ms", f"{dead['alone_ms'].p50} / {dead['alone_ms'].p99}", "")
    table.add_row(
        "… beside two dead ones, p50 / p99 ms", f"{dead['beside_dead_ms'].p50} / {dead['beside_dead_ms'].p99}", ""
    )
    table.add_row("… p99 ratio", f"{dead['p99_ratio']}", f"< {AIM_P99_RATIO}")
    live = figures["streams"]
    shown = f"{live['ms'].p50} / {live['ms'].p99}"
    table.add_row(
        f"{live['streams']} live streams at {live['events_per_second']}/s, event to client p50 / p99 ms", shown, ""
    )
    table.add_row("… memory a stream, kB (process, MB)", f"{live['kb_a_stream']} ({live['rss_mb']})", "")
    table.add_row("… CPU ms a live event and client", f"{live['cpu_ms_a_live_event']}", "")
    return table


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.delivery", description=__doc__)
    parser.add_argument("--json", type=Path, help="where to write the figures")
    parser.add_argument("--quick", action="store_true", help="a fifth of the deliveries")
    parser.add_argument("--port-base", type=int, default=27_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ancrage-bench-") as folder:
        figures = measure(Path(folder), given.port_base, quick=given.quick)
    figures["machine"] = {"cpus": os.cpu_count(), "python": platform.python_version(), "at": isoformat(utc_now())}
    figures["load_before"] = os.getloadavg()[2]
    Console(width=120).print(_table(figures))
    text = json.dumps(figures, default=_json, indent=1, ensure_ascii=False)
    if given.json:
        given.json.write_text(text + "\n", encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
