"""Where the engine meets Kafka, PostgreSQL, ingest and its policy."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Engine

from services.matching.adapters.verification import Verifier
from services.matching.core.policy import LawfulRanking
from services.matching.engine import MatchingEngine, Wiring
from services.matching.programmes import programmes
from services.matching.settings import MatchingSettings
from shared.clock import BusinessClock
from shared.geography import geography
from shared.occupations import occupations
from shared.sql.engine import service_engine
from shared.streams.consumer import SqlConsumer
from shared.topics import OFFERS, TERRITORIES, VACANCIES

ENGINE_CONSUMER: Final = "matching.engine"


@contextmanager
def opened_engine(settings: MatchingSettings) -> Iterator[SqlConsumer]:
    """The same, for a record that is handed again; what it holds is given back at the end."""
    engine = service_engine(settings, "matching", pool=2)
    verifier = Verifier(settings, seconds=settings.verify_seconds)
    try:
        yield _wired(settings, engine, verifier)
    finally:
        verifier.close()
        engine.dispose()


def build_engine(settings: MatchingSettings) -> SqlConsumer:
    """The consumer that mirrors, proposes, verifies and releases."""
    # Read now: what is ready answers at once.
    geography()
    occupations()
    programmes()
    verifier = Verifier(settings, seconds=settings.verify_seconds)
    return _wired(settings, service_engine(settings, "matching", pool=4), verifier)


def _wired(settings: MatchingSettings, engine: Engine, verifier: Verifier) -> SqlConsumer:
    matching = MatchingEngine(
        Wiring(
            engine=engine,
            clock=BusinessClock(engine, movable=settings.test_clock),
            policy=LawfulRanking(),
            verifier=verifier,
            settings=settings,
        )
    )
    return SqlConsumer(
        ENGINE_CONSUMER,
        (VACANCIES, OFFERS, TERRITORIES),
        kafka=settings.kafka_bootstrap,
        engine=engine,
        handle=matching.handle,
        idle=matching.idle,
        poll_seconds=0.1,
    )
