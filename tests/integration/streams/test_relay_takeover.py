"""One relay publishes at a time, and one that has lost its place without knowing it publishes nothing more."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import psycopg
import pytest
from confluent_kafka import KafkaException
from sqlalchemy import Engine, text

from shared.events import encode
from shared.ids import new_id
from shared.settings import Settings
from shared.sql import outbox
from shared.sql.driver import heard_of
from shared.sql.engine import service_engine
from shared.streams import relay
from shared.streams.relay import LOCK, Publisher, Relay, Row
from shared.topics import TERRITORIES
from tests.integration.streams.test_relay_and_consumer import (
    Running,
    commitment,
    dsn,
    pending,
    published,
    take_sequences,
)
from tests.patience import until
from tests.sessions import until_heard_again


@pytest.fixture(scope="module")
def ingest(migrated: Settings) -> Iterator[Engine]:
    engine = service_engine(migrated, "ingest", pool=4)
    yield engine
    engine.dispose()


def holders(ingest: Engine) -> list[int]:
    """Sessions that hold the place of the relay."""
    query = text(
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = 0 AND objid = :lock AND granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with ingest.connect() as connection:
        return [int(pid) for pid in connection.execute(query, {"lock": LOCK}).scalars()]


def row(key: str, version: int, sequence: int) -> Row:
    records = outbox.pack([(key, encode(commitment(key, version, version)))])
    return Row(0, TERRITORIES, 1, records, sequence)


def test_a_relay_without_its_place_cannot_put_an_old_version_behind_a_new_one(
    migrated: Settings, ingest: Engine
) -> None:
    """Else compaction, which keeps the last record of a key, would keep the old version."""
    key, kafka = new_id("tst"), migrated.kafka_bootstrap
    first = take_sequences(ingest, 2)
    lost = Publisher("ingest", kafka)
    lost.send([row(new_id("tst"), 1, first)]).result()
    following = Publisher("ingest", kafka)
    following.send([row(key, 1, first), row(key, 2, first + 1)]).result()
    with pytest.raises(KafkaException):
        lost.send([row(key, 1, first)]).result()
    lost.close()
    following.send([row(key, 2, first + 1)]).result()
    following.close()
    assert [version for _, _, version in published(kafka, {key})] == [1, 2, 2]


def test_a_relay_that_stands_by_takes_over_when_the_session_of_the_active_one_ends(
    migrated: Settings, ingest: Engine
) -> None:
    first, second = (Relay("ingest", dsn=dsn(ingest), kafka=migrated.kafka_bootstrap) for _ in range(2))
    keys = [new_id("tst") for _ in range(5)]
    with Running(first) as running:
        until(lambda: first.active)
        with Running(second):
            time.sleep(1.2)
            assert not second.active
            (holder,) = holders(ingest)
            with ingest.begin() as connection:
                connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": holder})
                outbox.add(connection, TERRITORIES, [commitment(key, 1, 1) for key in keys])
            until(lambda: second.active)
            assert running.ended() is not None
            assert not first.active
            until(lambda: pending(ingest) == 0)
    assert {key for key, _, _ in published(migrated.kafka_bootstrap, set(keys))} == set(keys)


def test_a_relay_that_falls_silent_gives_way_and_one_that_only_has_nothing_to_do_stays(
    migrated: Settings, ingest: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    def heard_often(connection: psycopg.Connection[Any], every_seconds: float) -> AbstractContextManager[None]:
        asked.append(every_seconds)
        return heard_of(connection, 0.2)

    monkeypatch.setattr(relay, "heard_of", heard_often)
    monkeypatch.setattr(relay, "POLL_SECONDS", 0.2)
    heard, second = (Relay("ingest", dsn=dsn(ingest), kafka=migrated.kafka_bootstrap) for _ in range(2))
    with Running(heard):
        until(lambda: heard.active)
        (holder,) = holders(ingest)
        until_heard_again(ingest, holder)
        assert heard.active
    assert asked == [relay.PLACE_SECONDS / 4]
    monkeypatch.setattr(relay, "PLACE_SECONDS", 3.0)
    silent = Relay("ingest", dsn=dsn(ingest), kafka=migrated.kafka_bootstrap)
    monkeypatch.setattr(
        relay, "POLL_SECONDS", 60.0
    )  # as a frozen process: a poll keeps its connection, and nobody speaks
    with Running(silent) as running:
        until(lambda: silent.active)
        monkeypatch.undo()
        with Running(second):
            until(lambda: second.active)
            until(lambda: running.ended() is not None)
            assert not silent.active


def test_the_rows_of_many_chunks_are_published_whole_and_in_order(migrated: Settings, ingest: Engine) -> None:
    """More than one batch: what is read while another is in flight neither passes it nor is left out."""
    keys = [new_id("tst") for _ in range(300)]
    with ingest.begin() as connection:
        for version in range(1, 91):
            outbox.add(connection, TERRITORIES, [commitment(key, version, version) for key in keys])
    with Running(Relay("ingest", dsn=dsn(ingest), kafka=migrated.kafka_bootstrap)):
        until(lambda: pending(ingest) == 0)
    found = published(migrated.kafka_bootstrap, set(keys))
    assert len(found) == 300 * 90
    for key in keys[::29]:
        own = [(sequence, version) for name, sequence, version in found if name == key]
        assert [version for _, version in own] == list(range(1, 91))
        assert own == sorted(own)
