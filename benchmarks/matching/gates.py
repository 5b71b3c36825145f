"""The gates of the engine on MOBI-90, and the runs that they ask for: one row a gate, met or not."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from multiprocessing import get_context
from typing import Any, Final

import numpy as np

from benchmarks.matching import harness

ENGINE: Final = "benchmarks.matching.policy:make"
LAWFUL: Final = "benchmarks.matching.policy:make_lawful"
THIN: Final = "benchmarks.matching.policy:make_thin_history"
DEAR: Final = "benchmarks.matching.policy:make_dear"
GREEDY: Final = "greedy"

FIVE, THREE = (11, 12, 13, 14, 15), (11, 12, 13)
RUNS: Final = (
    ("REF", "A", (ENGINE, GREEDY), FIVE),
    ("REF", "B", (ENGINE, GREEDY), FIVE),
    ("TENSE", "A", (ENGINE, GREEDY), THREE),
    ("TENSE", "B", (ENGINE, GREEDY), THREE),
    ("PATIENT", "A", (ENGINE, GREEDY), THREE),
    ("PATIENT", "B", (ENGINE, GREEDY), THREE),
    ("REF", "A", (THIN, DEAR, LAWFUL), FIVE),
)


@dataclass(frozen=True)
class Run:
    """One stream with one policy."""

    scenario: str
    regime: str
    policy: str
    seed: int
    figures: dict[str, Any]


@dataclass(frozen=True)
class Gate:
    """A figure beside the least that is asked of it."""

    name: str
    figure: float
    least: float

    @property
    def met(self) -> bool:
        return self.figure >= self.least


def run_all(jobs: int, *, quick: bool) -> list[Run]:
    """All runs, those of one scenario, regime and policy in one process, which learns its model once.

    `quick`: the first seed only. Latencies mean something with one job on a quiet machine.
    """
    harness.enable()
    tasks = [
        (scenario, regime, policy, seeds[:1] if quick else seeds)
        for scenario, regime, policies, seeds in RUNS
        for policy in policies
    ]
    with get_context("spawn").Pool(jobs, maxtasksperchild=1) as pool:
        return list(chain.from_iterable(pool.imap(_run_task, tasks, chunksize=1)))


def _run_task(task: tuple[str, str, str, tuple[int, ...]]) -> list[Run]:
    scenario, regime, policy, seeds = task
    harness.enable()
    from run import run_one  # the harness's script

    made = [Run(scenario, regime, policy, seed, run_one(policy, scenario, regime, seed)) for seed in seeds]
    mean = np.mean([run.figures["ratio"] for run in made])
    print(f"{scenario} {regime} {policy.rpartition(':')[2]}: {mean:.4f}", file=sys.stderr, flush=True)
    return made


def gates(runs: list[Run]) -> Iterator[Gate]:
    """Every gate that the runs can answer."""

    def of(name: str, scenario: str, regime: str, policy: str = ENGINE) -> dict[int, float]:
        return {
            run.seed: run.figures[name]
            for run in runs
            if (run.scenario, run.regime, run.policy) == (scenario, regime, policy)
        }

    def mean(name: str, scenario: str, regime: str, policy: str = ENGINE) -> float:
        return float(np.mean(list(of(name, scenario, regime, policy).values())))

    def gain(scenario: str, regime: str, policy: str = ENGINE) -> list[float]:
        greedy = of("ratio", scenario, regime, GREEDY)
        return [ratio - greedy[seed] for seed, ratio in of("ratio", scenario, regime, policy).items()]

    for scenario, regime, least in (
        ("REF", "A", 0.890),
        ("REF", "B", 0.872),
        ("TENSE", "A", 0.893),
        ("TENSE", "B", 0.868),
        ("PATIENT", "A", 0.905),
        ("PATIENT", "B", 0.893),
    ):
        yield Gate(f"{scenario} {regime}: part of the optimum", mean("ratio", scenario, regime), least)
    yield Gate("REF A: points over greedy", 100 * float(np.mean(gain("REF", "A"))), 1.3)
    yield Gate("REF A: points over greedy, worst seed", 100 * min(gain("REF", "A")), 0.0)
    yield Gate("REF A: placements, part of the optimum's", mean("placements", "REF", "A"), 0.925)
    yield Gate("REF A: DALO households served", mean("dalo", "REF", "A"), 0.68)
    yield Gate(
        "REF A, history without 40 % of households: points over greedy",
        float(100 * np.mean(gain("REF", "A", THIN))),
        0.0,
    )
    yield Gate("REF A, prices x 1.6: points over greedy", float(100 * np.mean(gain("REF", "A", DEAR))), 0.0)
    yield Gate("valid proposals only (0: yes)", -float(sum(run.figures["invalid"] for run in runs)), 0.0)
