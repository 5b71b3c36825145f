"""The engine's assignment as a solver of the harness."""

from typing import Any

import numpy as np

from services.matching.core.pricing.auction import NOBODY, assign


def solve(problem: Any) -> tuple[np.ndarray, np.ndarray]:
    """(households, homes) matched."""
    found = assign(problem.household, problem.vacancy, problem.weight, households=problem.n, homes=problem.n)
    matched = np.flatnonzero(found.home_of != NOBODY)
    return matched, found.home_of[matched]
