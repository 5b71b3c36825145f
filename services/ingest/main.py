"""Wiring of ingest: `python -m services.ingest.main api|relay|clock|puller`."""

import sys

from services.ingest.settings import IngestSettings
from shared.web.serve import main, run_worker, serve_api


def run_api(settings: IngestSettings) -> None:
    """The HTTP API."""
    from services.ingest.api import build

    serve_api(build(settings), settings, "ingest.api")


def run_relay(settings: IngestSettings) -> None:
    """Outbox to Kafka."""
    from shared.streams.relay import Relay

    dsn = settings.database("ingest", "ingest").replace("postgresql+psycopg", "postgresql", 1)
    run_worker(Relay("ingest", dsn=dsn, kafka=settings.kafka_bootstrap), settings, "ingest.relay")


def run_clock(settings: IngestSettings) -> None:
    """Passing dates to events."""
    from services.ingest.bulk.upkeep import Upkeep
    from services.ingest.clock_job import ClockJob
    from services.ingest.core.states import Horizon
    from shared.clock import BusinessClock
    from shared.sql.engine import service_engine

    engine = service_engine(settings, "ingest", pool=2)
    clock = BusinessClock(engine, movable=settings.test_clock)
    horizon = Horizon(settings.publication_horizon_days, settings.stale_after_days)
    upkeep = Upkeep(engine, clock, retention_days=settings.run_retention_days)
    run_worker(ClockJob(engine, clock, horizon, upkeep=upkeep), settings, "ingest.clock")


def run_puller(settings: IngestSettings) -> None:
    """France Travail's offers, walk after walk; idle without credentials."""
    from services.ingest.feeds.france_travail.wiring import puller

    run_worker(puller(settings), settings, "ingest.puller")


if __name__ == "__main__":
    _settings = IngestSettings()
    main(
        "ingest",
        {
            "api": lambda: run_api(_settings),
            "relay": lambda: run_relay(_settings),
            "clock": lambda: run_clock(_settings),
            "puller": lambda: run_puller(_settings),
        },
        _settings,
        sys.argv[1:],
    )
