"""Where the past is shorter than a stay, no quote reaches its end: it is made once for each end, and lost, once more."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session

from services.matching.adapters import prices
from services.matching.adapters.recorded_past import unquoted
from services.matching.core.policy import LawfulRanking
from services.matching.core.price_list import NO_PRICES, PriceList, Quote
from services.matching.pricing import PriceLoop
from services.matching.settings import MatchingSettings
from shared.clock import paris_date
from shared.identity import Role
from tests.integration.matching.conftest import MakeKey, Stream, household
from tests.integration.matching.test_prices import publish

WINDOW_DAYS = 10


@pytest.fixture
def short(database: Engine, matching_settings: MatchingSettings, stream: Stream) -> PriceLoop:
    """Learns from ten days."""
    known = {"price_least_households": 20, "price_window_days": WINDOW_DAYS}
    return PriceLoop(database, stream.clock, matching_settings.model_copy(update=known))


@pytest.fixture
def home(api: TestClient, make_key: MakeKey, stream: Stream, database: Engine) -> str:
    """A home that is wanted and never ends, with a list in force that has no quote of it yet."""
    key = make_key(Role.CASEWORKER)
    stream.post(openings=20)
    home = stream.home()
    for _ in range(25):
        household(api, key, size=3)
    stream.clock.advance(timedelta(days=9))
    publish(database, stream.clock, PriceList(homes={"T3:other": 0.2}), figures={"quoted": True})
    return home


def quote_of(database: Engine, home: str) -> Quote:
    with Session(database) as session:
        return prices.in_force(session, LawfulRanking()).prices.quotes[home]


def test_a_quote_that_cannot_reach_the_announced_end_is_made_once_for_each_end(
    home: str, short: PriceLoop, stream: Stream, database: Engine
) -> None:
    today = paris_date(stream.clock.now())
    for until in (None, today + timedelta(days=20), today + timedelta(days=21)):
        stream.home(home, available_until=until.isoformat() if until else None)
        assert short.quote_some()
        assert not short.quote_some()
        assert quote_of(database, home).until_day == today.toordinal() + WINDOW_DAYS


def test_quotes_that_another_list_overtook_are_still_to_be_made(
    home: str, short: PriceLoop, stream: Stream, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert short.quote_some()
    first = quote_of(database, home)
    until = paris_date(stream.clock.now()) + timedelta(days=20)
    stream.home(home, available_until=until.isoformat())
    with monkeypatch.context() as overtaken:
        overtaken.setattr(prices, "publish_quotes", lambda *_: None)
        assert not short.quote_some()
    assert quote_of(database, home) == first
    assert short.quote_some()
    assert not short.quote_some()


def test_of_those_to_quote_homes_come_first_and_no_more_than_are_asked_for(stream: Stream, database: Engine) -> None:
    homes, posts = sorted(stream.home() for _ in range(2)), sorted(stream.post() for _ in range(2))
    with Session(database) as session:
        for most, of_homes, of_posts in ((1, 1, 0), (2, 2, 0), (3, 2, 1), (9, 2, 2)):
            found_homes, found_posts = unquoted(session, NO_PRICES, most, {})
            assert [one.id for one in found_homes] == homes[:of_homes]
            assert [one.id for one in found_posts] == posts[:of_posts]
