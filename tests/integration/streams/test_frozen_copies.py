"""A copy that falls silent loses its place and its locks; what it still commits when it wakes is refused."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from services.matching.adapters import changes
from shared.clock import utc_now
from shared.settings import Settings
from shared.sql import positions
from shared.sql.driver import heard_of, transaction_heard_of
from shared.sql.engine import service_engine
from shared.sql.positions import Moved, Position
from shared.streams.consumer import NotInCharge, Record, SqlConsumer
from shared.topics import VACANCIES
from tests.integration.streams.test_relay_and_consumer import dsn
from tests.patience import PATIENCE_SECONDS, until
from tests.sessions import anyone_waits, last_heard, until_heard_again

PLACE = (VACANCIES, 0)


@pytest.fixture(scope="module")
def matching(migrated: Settings) -> Iterator[Engine]:
    engine = service_engine(migrated, "matching", pool=4)
    yield engine
    engine.dispose()


def consumer(engine: Engine, name: str) -> SqlConsumer:
    def effect(connection: Connection, records: list[Record]) -> None:
        connection.execute(text("UPDATE engine SET tick = tick + 1"))

    made = SqlConsumer(name, [VACANCIES], kafka="", engine=engine, handle=effect)
    with engine.connect() as connection:
        made._stored = positions.load(connection, name)
    return made


def ticks(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT tick FROM engine")).scalar_one())


def record() -> Any:
    from shared.streams.dead_letters import Source

    return Record(Source(VACANCIES, 0, 7), b"key", None, None)


def test_a_session_that_is_not_heard_of_ends_and_one_that_is_stays(matching: Engine) -> None:
    with psycopg.connect(dsn(matching), autocommit=True, options="-c idle_session_timeout=60s") as heard:
        with heard_of(heard, 0.2):
            silent = psycopg.connect(dsn(matching), autocommit=True, options="-c idle_session_timeout=1s")
            until_heard_again(matching, heard.info.backend_pid)
            until(lambda: last_heard(matching, silent.info.backend_pid) is None)
        assert heard.execute("SELECT 1").fetchone() == (1,)
        with pytest.raises(psycopg.OperationalError):
            silent.execute("SELECT 1")
        silent.close()


def test_an_engine_that_falls_silent_with_the_fence_in_hand_lets_the_next_one_take_over(
    matching: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "FROZEN_SECONDS", 2)
    with Session(matching) as session:
        first = changes.take_over(session)
        session.commit()
    frozen = Session(matching)
    changes.check_fence(frozen, first)
    with Session(matching) as session:  # waits until the server has ended the silent transaction
        following = changes.take_over(session)
        session.commit()
    assert following == first + 1
    with pytest.raises(OperationalError):
        frozen.execute(text("UPDATE engine SET tick = tick + 1"))
    frozen.close()
    with Session(matching) as session, pytest.raises(changes.Fenced):
        changes.check_fence(session, first)


def test_an_engine_that_thinks_for_long_keeps_the_fence(matching: Engine) -> None:
    with Session(matching) as session:
        epoch = changes.take_over(session)
        session.commit()
    taken: list[int] = []

    def take_over() -> None:
        with Session(matching) as other:
            taken.append(changes.take_over(other))
            other.commit()

    with Session(matching) as session:
        changes.check_fence(session, epoch)
        pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        waiting = threading.Thread(target=take_over)
        waiting.start()
        with transaction_heard_of(session, 0.2):
            until_heard_again(matching, pid)
        until(lambda: anyone_waits(matching))
        assert taken == []
        session.commit()
    waiting.join(PATIENCE_SECONDS)
    assert taken == [epoch + 1]


def test_what_a_copy_commits_from_positions_that_another_has_moved_is_refused_whole(matching: Engine) -> None:
    name = "test.frozen"
    begun = {PLACE: Position(5, 5, utc_now())}
    with matching.begin() as connection:
        connection.execute(text("DELETE FROM consumed_position WHERE consumer = :name"), {"name": name})
        positions.store(connection, name, begun, known={})
    frozen, following = consumer(matching, name), consumer(matching, name)
    before = ticks(matching)
    reached = {PLACE: replace(begun[PLACE], next_offset=8, sequence=8)}
    assert following._apply_with_retry([record()], reached) == []
    assert ticks(matching) == before + 1
    with pytest.raises(NotInCharge):
        frozen._apply_with_retry([record()], reached)
    assert ticks(matching) == before + 1
    # The one in charge goes on.
    further = {PLACE: replace(begun[PLACE], next_offset=9, sequence=9)}
    assert following._apply_with_retry([record()], further) == []
    assert ticks(matching) == before + 2


def test_two_copies_that_both_begin_a_place_do_not_both_write_it(matching: Engine) -> None:
    name = "test.first"
    begun = {PLACE: Position(5, 5, utc_now())}
    with matching.begin() as connection:
        connection.execute(text("DELETE FROM consumed_position WHERE consumer = :name"), {"name": name})
        positions.store(connection, name, begun, known={})
    with matching.connect() as connection, pytest.raises(Moved):
        positions.store(connection, name, begun, known={})
