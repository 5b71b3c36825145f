"""Runs the engine's core on the harness: its gates, its latency at scale, its re-solve beside an exact solver."""

import argparse
import json
import sys
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks.matching import harness


def _gates(options: argparse.Namespace) -> int:
    from benchmarks.matching import gates

    runs = gates.run_all(options.jobs, quick=options.quick)
    print(
        f"\n{'scenario':8} {'':2} {'policy':18} {'ratio':>6} {'min':>6} {'placed':>6} {'DALO':>5} {'accessible':>10} "
        f"{'wait d':>6} {'event ms p50/p95/p99/max':>26}"
    )
    for scenario, regime, policies, _ in gates.RUNS:
        for policy in policies:
            mine = [one.figures for one in runs if (one.scenario, one.regime, one.policy) == (scenario, regime, policy)]
            ratio, placed, dalo, accessible, wait = (
                [one[name] for one in mine] for name in ("ratio", "placements", "dalo", "accessible", "wait_days")
            )
            ms = [max(one["events_ms"][q] for one in mine) for q in ("p50", "p95", "p99", "max")]
            print(
                f"{scenario:8} {regime:2} {policy.rpartition(':')[2]:18} {np.mean(ratio):6.4f} {min(ratio):6.4f} "
                f"{np.mean(placed):6.3f} {np.mean(dalo):5.3f} {np.mean(accessible):10.3f} {np.mean(wait):6.1f} "
                f"{'/'.join(f'{x:.2f}' for x in ms):>26}"
            )
    found = list(gates.gates(runs))
    print()
    for gate in found:
        print(f"{'met   ' if gate.met else 'MISSED'} {gate.name:62} {gate.figure:8.4f}  (at least {gate.least:.3f})")
    if options.json:
        report = {"gates": [asdict(gate) for gate in found], "runs": [asdict(run) for run in runs]}
        options.json.write_text(json.dumps(report, indent=1, default=float) + "\n", encoding="utf-8")
    return 0 if all(gate.met for gate in found) else 1


def _scale(options: argparse.Namespace) -> int:
    harness.enable()
    from scale import measure_events

    from benchmarks.matching.learning import learn_at_scale

    with get_context("spawn").Pool(1) as slow_loop:  # as in the product, learning is another process's memory
        slow_loop.apply(learn_at_scale, (options.households,))
    result = measure_events("benchmarks.matching.policy:make_at_scale", options.households)
    print(json.dumps(result, indent=1, default=float))
    limit_ms = 5.0 if options.households <= 2000 else 30.0
    return (
        0 if result["events_ms"]["p99"] <= limit_ms and result["rss_peak_mb"] <= 2048 and not result["invalid"] else 1
    )


def _resolve(options: argparse.Namespace) -> int:
    harness.enable()
    import time

    from scale import make_problem, ortools_flow, value

    from benchmarks.matching.solver import solve

    problem = make_problem(options.size, options.candidates)
    seconds = []
    for _ in range(4):
        start = time.perf_counter()
        matched = solve(problem)
        seconds.append(time.perf_counter() - start)
    start = time.perf_counter()
    exact = value(problem, *ortools_flow(problem))
    ratio = value(problem, *matched) / exact
    print(
        f"{len(problem.household)} pairs: first call {seconds[0]:.2f} s, then {min(seconds[1:]):.2f} s; "
        f"ratio {ratio:.7f} of ortools' optimum ({time.perf_counter() - start:.2f} s)"
    )
    return 0 if min(seconds[1:]) <= 1.0 and ratio >= 0.999 else 1


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.matching", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    gates = commands.add_parser(
        "gates", help="every scenario and regime, with greedy beside; exit code 1 if one is missed"
    )
    gates.add_argument("--jobs", type=int, default=1, help="processes; latencies mean something with 1")
    gates.add_argument("--quick", action="store_true", help="the first seed of each only")
    gates.add_argument("--json", type=Path, help="write runs and gates there")
    gates.set_defaults(run=_gates)
    scale = commands.add_parser("scale", help="latency and memory of events, 2000 or 20000 households in stock")
    scale.add_argument("--households", type=int, default=2000)
    scale.set_defaults(run=_scale)
    resolve = commands.add_parser("resolve", help="the re-solve beside ortools (which must be installed)")
    resolve.add_argument("--size", type=int, default=10_000)
    resolve.add_argument("--candidates", type=int, default=50)
    resolve.set_defaults(run=_resolve)
    options = parser.parse_args()
    if not harness.available():
        print(f"skipped: the matching harness is not in {harness.PLACE} (ANCRAGE_MATCHING_HARNESS)", file=sys.stderr)
        return 0
    return int(options.run(options))


if __name__ == "__main__":
    sys.exit(main())
