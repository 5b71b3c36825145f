"""Wiring of matching: `python -m services.matching.main api|engine|prices|relay`."""

import sys

from services.matching.settings import MatchingSettings
from shared.web.serve import main, run_worker, serve_api


def run_api(settings: MatchingSettings) -> None:
    """The HTTP API."""
    from services.matching.api import build

    serve_api(build(settings), settings, "matching.api")


def run_engine(settings: MatchingSettings) -> None:
    """Events and households to proposals."""
    from services.matching.wiring import build_engine
    from shared.garbage import collect_rarely

    collect_rarely()
    run_worker(build_engine(settings), settings, "matching.engine")


def run_prices(settings: MatchingSettings) -> None:
    """What is too slow for a decision or a request: the recorded past to prices, and fairness reports."""
    from services.matching.fairness_report import FairnessLoop
    from services.matching.pricing import PriceLoop
    from services.matching.slow_work import SlowWork
    from shared.clock import BusinessClock
    from shared.sql.engine import service_engine

    engine = service_engine(settings, "matching", pool=2)
    clock = BusinessClock(engine, movable=settings.test_clock)
    loops = (PriceLoop(engine, clock, settings), FairnessLoop(engine, clock, settings))
    run_worker(SlowWork(loops), settings, "matching.prices")


def run_relay(settings: MatchingSettings) -> None:
    """Outbox to Kafka."""
    from shared.streams.relay import Relay

    dsn = settings.database("matching", "matching").replace("postgresql+psycopg", "postgresql", 1)
    run_worker(Relay("matching", dsn=dsn, kafka=settings.kafka_bootstrap), settings, "matching.relay")


if __name__ == "__main__":
    _settings = MatchingSettings()
    main(
        "matching",
        {
            "api": lambda: run_api(_settings),
            "engine": lambda: run_engine(_settings),
            "prices": lambda: run_prices(_settings),
            "relay": lambda: run_relay(_settings),
        },
        _settings,
        sys.argv[1:],
    )
