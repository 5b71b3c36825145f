"""Wiring of scoring: `python -m services.scoring.main packer|worker|scorer|historian|api`."""

import sys

from services.scoring.settings import ScoringSettings
from shared.garbage import collect_rarely
from shared.web.serve import main, serve_api
from shared.web.serve import run_worker as run_loop


def run_packer(settings: ScoringSettings) -> None:
    """Entity events to counter deltas."""
    from services.scoring.adapters.packer import PackerProcess

    collect_rarely()
    run_loop(PackerProcess(settings), settings, "scoring.packer")


def run_worker(settings: ScoringSettings) -> None:
    """Deltas to counters."""
    from services.scoring.adapters.counters_worker import run_worker as run

    collect_rarely()
    run(settings)


def run_scorer(settings: ScoringSettings) -> None:
    """Counters to scores."""
    from services.scoring.adapters.scorer import ScorerProcess

    collect_rarely()
    run_loop(ScorerProcess(settings), settings, "scoring.scorer")


def run_historian(settings: ScoringSettings) -> None:
    """Published scores to the history."""
    from services.scoring.adapters.historian import build
    from shared.sql.engine import service_engine

    run_loop(build(settings, service_engine(settings, "scoring", pool=2)), settings, "scoring.historian")


def run_api(settings: ScoringSettings) -> None:
    """The HTTP API."""
    from services.scoring.api import build

    serve_api(build(settings), settings, "scoring.api")


if __name__ == "__main__":
    _settings = ScoringSettings()
    main(
        "scoring",
        {
            "packer": lambda: run_packer(_settings),
            "worker": lambda: run_worker(_settings),
            "scorer": lambda: run_scorer(_settings),
            "historian": lambda: run_historian(_settings),
            "api": lambda: run_api(_settings),
        },
        _settings,
        sys.argv[1:],
    )
