"""Publications that arrive together share a transaction, and no fate: each is written, or fails, for itself."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DataError
from sqlmodel import Session

from services.ingest.adapters.gathering import Gathering
from services.ingest.adapters.registry import VACANCIES, Applied, Input, put_many
from services.ingest.core.entities import Outcome
from services.ingest.core.states import Horizon
from shared.identity import Actor, Role
from shared.ids import new_id
from shared.settings import Settings
from shared.sql.engine import service_engine
from tests.integration.ingest.test_http import BODY
from tests.patience import PATIENCE_SECONDS, until
from tests.sessions import anyone_waits

NOW = datetime(2026, 11, 21, tzinfo=UTC)
HORIZON = Horizon(92, 45)


def landlord() -> Actor:
    return Actor(bearer="ank_test", organisation=new_id("org"), organisation_name="Bailleur", role=Role.LANDLORD)


@pytest.fixture
def gathering(ingest_engine: Engine) -> Gathering:
    return Gathering(ingest_engine, HORIZON, lambda: NOW)


Put = Callable[[Actor, str, dict[str, Any]], Future[Applied]]


@contextmanager
def at_once(gathering: Gathering, number: int) -> Iterator[Put]:
    """What is put inside waits until the end of the block, then goes in one turn."""
    queue, turn = gathering._queue, gathering._turn
    with ThreadPoolExecutor(number) as threads:
        turn.acquire()
        try:
            yield lambda actor, reference, content: threads.submit(
                gathering.put, VACANCIES, actor, Input(reference, content)
            )
            until(lambda: len(queue) == number)
        finally:
            turn.release()


def transactions(engine: Engine, applied: list[Applied]) -> int:
    """How many transactions wrote these rows."""
    with engine.connect() as connection:
        query = text("SELECT count(DISTINCT xmin::text) FROM vacancy WHERE id = ANY(:ids)")
        return int(connection.execute(query, {"ids": [one.id for one in applied]}).scalar_one())


def test_what_waits_together_is_written_in_one_transaction_with_an_answer_each(
    gathering: Gathering, ingest_engine: Engine
) -> None:
    first, second = landlord(), landlord()
    with at_once(gathering, 9) as put:
        results = [put(first, f"R-{number}", BODY) for number in range(6)]
        results += [put(second, f"R-{number}", BODY) for number in range(3)]
    applied = [one.result() for one in results]
    assert [one.reference for one in applied] == [*(f"R-{n}" for n in range(6)), *(f"R-{n}" for n in range(3))]
    assert {one.outcome for one in applied} == {Outcome.CREATED}
    assert len({one.id for one in applied}) == 9
    assert transactions(ingest_engine, applied) == 1


def test_the_same_reference_twice_is_one_home_in_two_versions(gathering: Gathering, ingest_engine: Engine) -> None:
    actor = landlord()
    with at_once(gathering, 2) as put:
        results = [put(actor, "R", BODY), put(actor, "R", {**BODY, "rent_eur_per_month": 500})]
    applied = sorted((one.result() for one in results), key=lambda one: one.version)
    assert [(one.version, one.outcome) for one in applied] == [(1, Outcome.CREATED), (2, Outcome.UPDATED)]
    assert applied[0].id == applied[1].id


def test_one_that_cannot_be_kept_takes_no_other_with_it(gathering: Gathering, ingest_engine: Engine) -> None:
    actor = landlord()
    with at_once(gathering, 4) as put:
        results = [put(actor, f"R-{number}", BODY) for number in range(3)]
        unstorable = put(actor, "R-NUL\0", BODY)
    applied = [one.result() for one in results]
    assert {one.outcome for one in applied} == {Outcome.CREATED}
    assert transactions(ingest_engine, applied) == 3
    with pytest.raises(DataError):
        unstorable.result()


@contextmanager
def locked(engine: Engine, actor: Actor, reference: str) -> Iterator[threading.Event]:
    """Somebody else's transaction holds a reference, which it has published, until the event is set."""
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with Session(engine) as session:
            put_many(session, VACANCIES, actor, [Input(reference, BODY)], now=NOW, at=NOW, horizon=HORIZON)
            held.set()
            release.wait(PATIENCE_SECONDS)
            session.commit()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert held.wait(PATIENCE_SECONDS)
        yield release
    finally:
        release.set()
        holder.join(PATIENCE_SECONDS)


@pytest.fixture
def patient(migrated: Settings) -> Iterator[Engine]:
    """Whose statements wait for a lock as long as a test does: who is held up by one is not let go by a timeout."""
    engine = service_engine(migrated, "ingest", pool=8)

    @event.listens_for(engine, "connect")
    def wait_long(connection: Any, _: Any) -> None:
        connection.execute("SET lock_timeout = '600s'; SET idle_in_transaction_session_timeout = '600s'")
        connection.commit()

    yield engine
    engine.dispose()


def test_one_that_waits_for_a_lock_holds_up_nobody_else(patient: Engine) -> None:
    actor, other = landlord(), landlord()
    gathering = Gathering(patient, HORIZON, lambda: NOW)
    with locked(patient, actor, "LOCKED") as release:
        with at_once(gathering, 2) as put:
            waits, free = put(actor, "LOCKED", BODY), put(other, "FREE", BODY)
            # The block ends here and both go; the free one is answered while the other still waits.
            free.add_done_callback(lambda _: release.set())
        assert free.result(PATIENCE_SECONDS).outcome is Outcome.CREATED
        assert waits.result(PATIENCE_SECONDS).outcome is Outcome.UNCHANGED


def test_one_that_waits_by_itself_holds_up_nobody_who_comes_after(patient: Engine) -> None:
    actor, other = landlord(), landlord()
    gathering = Gathering(patient, HORIZON, lambda: NOW)
    with ThreadPoolExecutor(2) as threads, locked(patient, actor, "LOCKED") as release:
        waits = threads.submit(gathering.put, VACANCIES, actor, Input("LOCKED", BODY))
        until(lambda: anyone_waits(patient))
        free = threads.submit(gathering.put, VACANCIES, other, Input("FREE", BODY))
        assert free.result(PATIENCE_SECONDS).outcome is Outcome.CREATED
        release.set()
        assert waits.result(PATIENCE_SECONDS).outcome is Outcome.UNCHANGED
