"""What happens between the engine's question what is due and its decision, and while a new engine reads the market."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session

from services.matching import engine as running
from services.matching.adapters import held_homes
from services.matching.adapters.changes import Fenced
from services.matching.adapters.due import Due, due
from services.matching.adapters.live_market import LiveMarket
from services.matching.adapters.prices import Verdict
from services.matching.core.price_list import NO_PRICES
from services.matching.engine import MatchingEngine
from tests.integration.matching.conftest import Stream, household, placements
from tests.integration.matching.test_prices import DEAR, publish

Key = dict[str, str]


def once_after_asking(monkeypatch: pytest.MonkeyPatch, happen: Callable[[], Any]) -> None:
    """Lets something happen when the engine has next been told what is due, before it decides."""

    def asked_then(*given: Any, **named: Any) -> Due:
        answer = due(*given, **named)
        monkeypatch.setattr(running, "due", due)
        happen()
        return answer

    monkeypatch.setattr(running, "due", asked_then)


def held_home(api: TestClient, key: Key, stream: Stream, database: Engine) -> str:
    """A home that dear prices keep from the one household; the engine is at rest."""
    publish(database, stream.clock, DEAR)
    home = stream.home()
    stream.post(openings=9)
    household(api, key)
    stream.work()
    assert placements(api, key) == []
    return home


def test_homes_that_a_list_has_judged_anew_are_judged_by_that_list(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = held_home(api, caseworker, stream, database)
    household(api, caseworker)
    once_after_asking(monkeypatch, lambda: publish(database, stream.clock, NO_PRICES, Verdict.FALLBACK))
    stream.work()
    assert [one["vacancy"] for one in placements(api, caseworker)] == [home]


def test_a_home_asked_for_meanwhile_is_proposed(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = held_home(api, caseworker, stream, database)
    household(api, caseworker)

    def ask_for_it() -> None:
        with Session(database) as session, session.begin():
            held_homes.force(session, home, actor="usr_test", now=stream.clock.now())

    once_after_asking(monkeypatch, ask_for_it)
    stream.work()
    assert [one["vacancy"] for one in placements(api, caseworker)] == [home]


def test_the_one_before_decides_nothing_more_once_a_new_engine_reads_the_market(
    api: TestClient, caseworker: Key, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what it decided and removed meanwhile would be missing from the new one's memory."""
    home = stream.home()
    stream.post()
    stream.work()
    before, read = stream.engine, LiveMarket.read
    stream.engine = MatchingEngine(before._wiring)

    def read_beside(session: Session, **named: Any) -> LiveMarket:
        monkeypatch.setattr(LiveMarket, "read", read)
        market = read(session, **named)
        household(api, caseworker)
        with pytest.raises(Fenced):
            before.idle()
        return market

    monkeypatch.setattr(LiveMarket, "read", read_beside)
    stream.work()
    assert [one["vacancy"] for one in placements(api, caseworker)] == [home]
