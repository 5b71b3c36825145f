"""Where the engine meets Kafka, PostgreSQL, ingest and its policy."""

from services.matching.adapters.verification import Verifier
from services.matching.core.policy import FirstRanking
from services.matching.engine import MatchingEngine, Wiring
from services.matching.programmes import programmes
from services.matching.settings import MatchingSettings
from shared.clock import BusinessClock
from shared.geography import geography
from shared.occupations import occupations
from shared.sql.engine import service_engine
from shared.streams.consumer import SqlConsumer
from shared.topics import OFFERS, TERRITORIES, VACANCIES


def build_engine(settings: MatchingSettings) -> SqlConsumer:
    """The consumer that mirrors, proposes, verifies and releases."""
    # Read now: what is ready answers at once.
    geography()
    occupations()
    programmes()
    engine = service_engine(settings, "matching", pool=4)
    matching = MatchingEngine(
        Wiring(
            engine=engine,
            clock=BusinessClock(engine, movable=settings.test_clock),
            policy=FirstRanking(),
            verifier=Verifier(settings, seconds=settings.verify_seconds),
            settings=settings,
        )
    )
    return SqlConsumer(
        "matching.engine",
        (VACANCIES, OFFERS, TERRITORIES),
        kafka=settings.kafka_bootstrap,
        engine=engine,
        handle=matching.handle,
        idle=matching.idle,
        poll_seconds=0.1,
    )
