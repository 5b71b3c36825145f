"""What is measured."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any, Final

from benchmarks.delivery.platform import CLOSED_PORT, World

WORKERS: Final = 16  # in flight to one receiver, as webhook_endpoint_concurrency
PATIENCE_SECONDS: Final = 120.0


class BenchmarkFailed(RuntimeError):
    """Something did not arrive: the figures would mean nothing."""


@dataclass(frozen=True)
class Latencies:
    """Milliseconds."""

    p50: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Latencies":
        return cls(round(median(seconds) * 1000, 1), round(quantiles(seconds, n=100)[98] * 1000, 1))


def bare_loops(world: World, count: int) -> dict[str, Any]:
    """Posts a second of httpx and of aiohttp, nothing else."""
    found: dict[str, Any] = {}
    for library in ("httpx", "aiohttp"):
        figures = world.bare(library, "/bare", count, WORKERS)
        found[library] = {
            "per_second": round(count / figures["seconds"]),
            "cpu_ms_each": round(figures["cpu_seconds"] / count * 1000, 3),
        }
    world.arrivals()
    return found


def catch_up(world: World, count: int, endpoints: int) -> dict[str, Any]:
    """Pending deliveries, all due, until the last is received: from the first receipt on, and from the start on."""
    made = world.endpoints([f"/endpoint/{number}" for number in range(endpoints)])
    world.arrivals()
    world.backlog(list(made.values()), count)
    started = time.perf_counter()
    with world.dispatcher() as process:
        _until_count(world, count)
        cpu = process.cpu_times()
    arrivals = sorted(at for _, at in world.arrivals().values())
    if len(arrivals) != count:
        raise BenchmarkFailed(f"{len(arrivals)} of {count} ids received")
    return {
        "deliveries": count,
        "endpoints": endpoints,
        "per_second": round(count / (arrivals[-1] - arrivals[0])),
        "seconds_with_start": round(arrivals[-1] - started, 1),
        "cpu_ms_each": round((cpu.user + cpu.system) / count * 1000, 3),
    }


def latency(world: World, per_second: float, seconds: float) -> dict[str, Any]:
    """From placement event (handed to the producer) to receipt, at a steady rate, one endpoint."""
    made = world.endpoints(["/endpoint/0"])
    world.arrivals()
    with world.dispatcher():
        _warm_up(world)
        published = _publish(world, per_second, seconds)
        _until_count(world, len(published))
    found = _latencies(world, published, made)
    return {"events": len(published), "per_second": per_second, "ms": found["/endpoint/0"]}


def saturation(world: World, count: int) -> dict[str, Any]:
    """The same with events published as fast as possible: latency is the queue's."""
    made = world.endpoints(["/endpoint/0"])
    world.arrivals()
    with world.dispatcher():
        _warm_up(world)
        published = _publish(world, None, count)
        _until_count(world, count)
    arrivals = world.arrivals()
    of_placement = world.placements(made["/endpoint/0"])
    ends = [at for _, at in arrivals.values()]
    seconds = [at - published[of_placement[identifier]] for identifier, (_, at) in arrivals.items()]
    return {
        "events": count,
        "per_second": round(count / (max(ends) - min(published.values()))),
        "ms": Latencies.of(seconds),
    }


def dead_endpoints(world: World, per_second: float, seconds: float) -> dict[str, Any]:
    """Eight healthy endpoints, alone and beside two dead ones (one refuses, one never answers), three times in turn.

    The ratio is that of the median runs: one busy moment of the machine must not decide.
    """
    healthy = [f"/endpoint/{number}" for number in range(8)]
    dead = [f"http://127.0.0.1:{CLOSED_PORT}/refuses", "/hang/0"]
    runs: dict[str, list[Latencies]] = {"alone": [], "beside": []}
    for name in ("alone", "beside", "beside", "alone", "alone", "beside"):
        made = world.endpoints([*healthy, *(dead if name == "beside" else ())])
        world.arrivals()
        with world.dispatcher():
            _warm_up(world, len(healthy))
            published = _publish(world, per_second, seconds)
            _until_count(world, len(published) * len(healthy))
        arrivals = world.arrivals()
        found: list[float] = []
        for path in healthy:
            found += [
                arrivals[identifier][1] - published[placement]
                for identifier, placement in world.placements(made[path]).items()
                if placement in published
            ]
        runs[name].append(Latencies.of(found))
    alone, beside = (sorted(runs[name], key=lambda one: one.p99)[1] for name in ("alone", "beside"))
    return {
        "events_per_second": per_second,
        "deliveries_per_second": per_second * len(healthy),
        "alone_ms": alone,
        "beside_dead_ms": beside,
        "p99_ratio": round(beside.p99 / alone.p99, 2),
        "runs": runs,
    }


def streams(world: World, count: int, per_second: float, seconds: float) -> dict[str, Any]:
    """Live streams in one process: memory a stream, and from placement event to each client."""
    world.endpoints([])
    with world.api() as process:
        with world.watchers(1) as end:
            _publish(world, 20, 1)
            time.sleep(1)
            end()
        before, cpu_before = process.memory_info().rss, process.cpu_times()
        with world.watchers(count) as end:
            published = _publish(world, per_second, seconds)
            time.sleep(2)
            held = process.memory_info().rss
            seen = end()
        cpu = process.cpu_times()
    if len(seen) != count * len(published):
        raise BenchmarkFailed(f"{len(seen)} of {count * len(published)} live events seen")
    return {
        "streams": count,
        "events_per_second": per_second,
        "kb_a_stream": round((held - before) / count / 1024),
        "rss_mb": round(held / 2**20),
        "cpu_ms_a_live_event": round(
            (cpu.user + cpu.system - cpu_before.user - cpu_before.system) / len(seen) * 1000, 3
        ),
        "ms": Latencies.of([at - published[placement] for placement, at in seen]),
    }


def _publish(world: World, per_second: float | None, amount: float) -> dict[str, float]:
    """Placement id -> perf_counter; `amount` in seconds at a rate, else in events."""
    published: dict[str, float] = {}
    started = time.perf_counter()
    if per_second is None:
        for _ in range(int(amount)):
            name, at = world.publish()
            published[name] = at
    else:
        for number in range(int(per_second * amount)):
            time.sleep(max(0.0, started + number / per_second - time.perf_counter()))
            name, at = world.publish()
            published[name] = at
    world.producer.flush()
    return published


def _warm_up(world: World, endpoints: int = 1) -> None:
    for _ in range(30):
        world.publish()
        time.sleep(0.02)
    world.producer.flush()
    _until_count(world, 30 * endpoints)
    world.arrivals()


def _latencies(world: World, published: dict[str, float], made: dict[str, str]) -> dict[str, Latencies]:
    arrivals = world.arrivals()
    found: dict[str, Latencies] = {}
    for path, endpoint in made.items():
        of_placement = world.placements(endpoint)
        found[path] = Latencies.of(
            [
                at - published[of_placement[identifier]]
                for identifier, (_, at) in arrivals.items()
                if identifier in of_placement
            ]
        )
    return found


def _until_count(world: World, count: int) -> None:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while (seen := world.count()) < count:
        if time.monotonic() > give_up:
            raise BenchmarkFailed(f"{seen} of {count} received in {PATIENCE_SECONDS:.0f} s")
        time.sleep(0.1)
