"""Idempotency keys on a real PostgreSQL: the first answer again, once, in the transaction of its effect."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from shared.ids import new_id
from shared.settings import Settings
from shared.sql.engine import service_engine
from shared.sql.idempotency import recall, remember
from shared.web.problems import Problem, ProblemType
from tests.patience import PATIENCE_SECONDS

NOW = datetime(2026, 11, 23, tzinfo=UTC)
BODY = b'{"size":3}'
ANSWER = {"id": "hh_1", "size": 3, "income_eur_per_month": None, "note": "é\u2028"}


@pytest.fixture(scope="module")
def database(migrated: Settings) -> Iterator[Engine]:
    engine = service_engine(migrated, "matching", pool=4)
    yield engine
    engine.dispose()


def post(database: Engine, actor: str, key: str | None, answer: Any = ANSWER, subject: str | None = None) -> None:
    """What a route does at the first request."""
    with Session(database) as session:
        assert recall(session, actor, key, BODY) is None
        remember(session, actor, key, BODY, 201, answer, at=NOW, subject=subject)
        session.commit()


def again(database: Engine, actor: str, key: str | None, body: bytes = BODY) -> tuple[int, Any] | None:
    with Session(database) as session:
        return recall(session, actor, key, body)


def test_the_same_request_gets_the_first_answer(database: Engine) -> None:
    actor, key = new_id("ank"), "order-1"
    post(database, actor, key)
    assert again(database, actor, key) == (201, ANSWER)
    assert again(database, actor, key) == (201, ANSWER)


@pytest.mark.parametrize("key", ["é", "x" * 200, "a b", "'; DROP TABLE idempotency; --", "\\", "%s", ":name"])
def test_any_text_of_a_header_is_a_key(database: Engine, key: str) -> None:
    actor = new_id("ank")
    post(database, actor, key)
    assert again(database, actor, key) == (201, ANSWER)


def test_the_key_for_another_body_is_a_conflict(database: Engine) -> None:
    actor = new_id("ank")
    post(database, actor, "k")
    with pytest.raises(Problem) as told:
        again(database, actor, "k", b'{"size":4}')
    assert told.value.kind is ProblemType.IDEMPOTENCY_CONFLICT
    assert told.value.errors[0]["field"] == "Idempotency-Key"


def test_two_callers_may_use_the_same_key(database: Engine) -> None:
    one, other = new_id("ank"), new_id("ank")
    post(database, one, "k")
    post(database, other, "k", {"id": "hh_2"})
    assert again(database, one, "k") == (201, ANSWER)
    assert again(database, other, "k") == (201, {"id": "hh_2"})


def test_a_request_without_a_key_is_never_remembered(database: Engine) -> None:
    actor = new_id("ank")
    post(database, actor, None)
    post(database, actor, None)
    with database.connect() as connection:
        kept = text("SELECT count(*) FROM idempotency WHERE actor = :actor")
        assert connection.execute(kept, {"actor": actor}).scalar_one() == 0


def test_an_answer_whose_effect_was_rolled_back_was_not_given(database: Engine) -> None:
    actor = new_id("ank")
    with Session(database) as session:
        recall(session, actor, "k", BODY)
        remember(session, actor, "k", BODY, 201, ANSWER, at=NOW)
        session.rollback()
    assert again(database, actor, "k") is None


def test_a_second_request_waits_for_the_first_and_gets_its_answer(database: Engine) -> None:
    actor, began, second = new_id("ank"), threading.Event(), []

    def retry() -> None:
        began.set()
        second.append(again(database, actor, "k"))

    with Session(database) as session:
        assert recall(session, actor, "k", BODY) is None
        thread = threading.Thread(target=retry)
        thread.start()
        assert began.wait(PATIENCE_SECONDS)
        thread.join(0.5)
        assert thread.is_alive(), "the second request did not wait"
        remember(session, actor, "k", BODY, 201, ANSWER, at=NOW)
        session.commit()
    thread.join(PATIENCE_SECONDS)
    assert second == [(201, ANSWER)]


def test_requests_with_other_keys_do_not_wait(database: Engine) -> None:
    actor = new_id("ank")
    with Session(database) as session:
        recall(session, actor, "first", BODY)
        assert again(database, actor, "second") is None


def test_the_answers_about_a_household_are_found_for_its_erasure(database: Engine) -> None:
    actor, household = new_id("ank"), new_id("hh")
    post(database, actor, "k", subject=household)
    with database.begin() as connection:
        erased = connection.execute(text("DELETE FROM idempotency WHERE subject = :id"), {"id": household})
        assert erased.rowcount == 1
    assert again(database, actor, "k") is None
