"""What an operator sees when nothing waits, and when something does: the lag of a group, the rows of an outbox."""

import threading
from collections.abc import Iterator

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import Connection, Engine, text

from deploy.status import read_status
from shared.ids import new_id
from shared.settings import Settings
from shared.sql import outbox
from shared.sql.engine import service_engine
from shared.streams.consumer import Record, SqlConsumer
from shared.streams.relay import LOCK, Relay
from shared.topics import TERRITORIES
from tests.integration.streams.test_relay_and_consumer import Running, commitment, dsn, pending
from tests.patience import PATIENCE_SECONDS, until


@pytest.fixture(scope="module")
def ingest(migrated: Settings) -> Iterator[Engine]:
    engine = service_engine(migrated, "ingest", pool=4)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def notify(migrated: Settings) -> Iterator[Engine]:
    """A database that keeps consumed positions."""
    engine = service_engine(migrated, "notify", pool=4)
    yield engine
    engine.dispose()


class Seen:
    """Subjects in order; waits before each batch while it is told to."""

    def __init__(self) -> None:
        self.subjects: list[str] = []
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def __call__(self, _: Connection, records: list[Record]) -> None:
        self.may_go_on.wait(PATIENCE_SECONDS)
        self.subjects += [record.event.subject for record in records if record.event is not None]


def publish(ingest: Engine, settings: Settings, keys: list[str]) -> None:
    """Through the relay, in a transaction of Kafka."""
    with ingest.begin() as connection:
        outbox.add(connection, TERRITORIES, [commitment(key, 1, 1) for key in keys])
    with Running(Relay("ingest", dsn=dsn(ingest), kafka=settings.kafka_bootstrap)):
        until(lambda: pending(ingest) == 0)


def lag(settings: Settings, group: str) -> int | None:
    return next((one.lag for one in read_status(settings).groups if one.group == group), None)


def test_a_group_that_has_read_everything_shows_no_lag_and_one_that_has_not_shows_it(
    migrated: Settings, ingest: Engine, notify: Engine
) -> None:
    name, seen = new_id("consumer"), Seen()
    first, second, third = ([new_id("tst") for _ in range(30)] for _ in range(3))

    def consumer() -> SqlConsumer:
        kafka = migrated.kafka_bootstrap
        return SqlConsumer(name, [TERRITORIES], kafka=kafka, engine=notify, handle=seen, poll_seconds=0.05)

    publish(ingest, migrated, first)
    with Running(consumer()):
        until(lambda: set(first) <= set(seen.subjects))
        until(lambda: lag(migrated, name) == 0)
        seen.may_go_on.clear()
        publish(ingest, migrated, second)
        assert (lag(migrated, name) or 0) >= len(second), "what is polled and not applied still waits"
        seen.may_go_on.set()
        until(lambda: lag(migrated, name) == 0)
    publish(ingest, migrated, third)
    assert (lag(migrated, name) or 0) >= len(third), "a consumer that does not run is behind"
    with Running(consumer()):
        until(lambda: lag(migrated, name) == 0)
    mine = [subject for subject in seen.subjects if subject in {*first, *second, *third}]
    assert sorted(mine) == sorted([*first, *second, *third]), "each once"


def test_a_relay_says_what_waits_in_its_outbox_even_while_it_cannot_publish(migrated: Settings, ingest: Engine) -> None:
    def said() -> float | None:
        return REGISTRY.get_sample_value("ancrage_outbox_pending_rows", {"service": "ingest"})

    publish(ingest, migrated, [])
    with ingest.connect() as other:
        other.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        with Running(Relay("ingest", dsn=dsn(ingest), kafka=migrated.kafka_bootstrap)):
            for _ in range(3):
                with ingest.begin() as connection:
                    outbox.add(connection, TERRITORIES, [commitment(new_id("tst"), 1, 1)])
            until(lambda: said() == 3)
            other.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
            until(lambda: said() == 0)
    assert pending(ingest) == 0
