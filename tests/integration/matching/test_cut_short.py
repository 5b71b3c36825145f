"""The engine dies at each statement in turn, while a shortlist's next is promoted and a new home is decided on: what was not
committed is as if it had not been, the next engine does it, and nothing is done twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Engine, event

from services.matching.engine import MatchingEngine
from tests.integration.matching.conftest import Stream, placements
from tests.integration.matching.test_engine_kills import ledger, rows
from tests.integration.matching.test_plans import Key, plan, three


class Killed(BaseException):
    """As SIGKILL: no handler of the engine's sees it, and the server rolls back."""


@contextmanager
def dying_at(database: Engine, number: int) -> Iterator[None]:
    """Kills whoever sends the given statement, counted from 1."""
    sent = 0

    def count(*_: Any) -> None:
        nonlocal sent
        sent += 1
        if sent == number:
            raise Killed

    event.listen(database, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(database, "before_cursor_execute", count)


def finished(stream: Stream, number: int) -> bool:
    """Whether a new engine comes to rest before the statement at which it dies."""
    stream.engine = MatchingEngine(stream.engine._wiring)
    with dying_at(stream.database, number):
        try:
            stream.work()
        except Killed:
            return False
    return True


def test_dying_at_any_statement_promotes_once_and_proposes_once(
    api: TestClient, stream: Stream, caseworker: Key, database: Engine
) -> None:
    home = stream.home()
    stream.post(openings=9)
    names = three(api, caseworker)
    (kept,) = plan(api, caseworker, vacancies=[home], keep=True)["shortlists"]
    assert api.post(f"/v1/shortlists/{kept['shortlist']}:propose", headers=caseworker).status_code == 200
    stream.work()
    (first,) = placements(api, caseworker)
    refusal = {"decision": "refuse", "reason": "no_reason_given"}
    api.post(f"/v1/placements/{first['id']}/decisions", json=refusal, headers=caseworker)
    large = stream.home(surface_m2=90.0)
    deaths = 0
    while not finished(stream, deaths + 1):
        deaths += 1
        assert deaths < 500
    assert deaths > 30  # statements of the promotion, of the reading of the market, of the decision
    assert in_a_row(rows(database, "SELECT DISTINCT tick FROM decision ORDER BY tick"))
    assert [(one["household"], one["vacancy"]) for one in placements(api, caseworker) if one["step"] != "refused"] == [
        (names[1], home),
        (names[0], large),
    ]
    live = rows(database, "SELECT vacancy, offer FROM reservation WHERE released_at IS NULL")
    assert sorted(row.vacancy for row in live) == sorted([home, large])
    assert sum(row.leads for row in rows(database, "SELECT leads FROM offer")) == len(
        [one for one in live if one.offer]
    )
    ledger(database)


def in_a_row(found: list[Any]) -> bool:
    return [row.tick for row in found] == list(range(1, len(found) + 1))
