"""The slow loop on a real database: too little past, a list learnt and used, homes held back and let go."""

import random
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlmodel import Session

from services.matching import pricing
from services.matching.adapters import prices
from services.matching.adapters.prices import Verdict
from services.matching.adapters.recorded_past import recorded_past
from services.matching.core.past import Past
from services.matching.core.policy import LawfulRanking
from services.matching.core.price_list import NO_PRICES, PriceList, Quote
from services.matching.core.pricing.potentials import KNOTS
from services.matching.pricing import PriceLoop
from services.matching.settings import MatchingSettings
from shared.clock import BusinessClock, paris_date
from shared.identity import Role
from shared.sql.engine import service_engine
from tests.integration.matching.conftest import TERRITORY, MakeKey, Stream, household, placements
from tests.sessions import until_heard_again

Key = dict[str, str]
DEAR = PriceList(0, {"T3:other": 9.0}, {})


@pytest.fixture
def loop(database: Engine, matching_settings: MatchingSettings, stream: Stream) -> PriceLoop:
    return PriceLoop(database, stream.clock, settings_of(matching_settings))


def settings_of(given: MatchingSettings) -> MatchingSettings:
    return given.model_copy(update={"price_least_households": 20})


def publish(
    database: Engine,
    clock: BusinessClock,
    listed: PriceList,
    verdict: Verdict = Verdict.USED,
    figures: dict[str, Any] | None = None,
) -> int:
    now = clock.now()
    with Session(database) as session, session.begin():
        return prices.publish(
            session, listed, verdict, figures or {}, window=(paris_date(now), paris_date(now)), now=now
        )


def rows(database: Engine, query: str) -> list[Any]:
    with database.connect() as connection:
        return list(connection.execute(text(query)).all())


def test_a_new_deployment_has_too_little_past_and_is_ranked_without_prices(
    api: TestClient, caseworker: Key, stream: Stream, loop: PriceLoop, database: Engine
) -> None:
    learnt = loop.learn_once()
    assert (learnt.verdict, learnt.prices) == (Verdict.TOO_LITTLE, NO_PRICES)
    assert loop.details["verdict"] == "too_little_history"
    stream.home()
    stream.post()
    household(api, caseworker)
    stream.work()
    assert len(placements(api, caseworker)) == 1
    assert {row.price_version for row in rows(database, "SELECT price_version FROM engine_journal")} == {0}


def test_prices_are_learnt_from_what_sql_recorded_and_journaled_by_the_engine(
    api: TestClient, make_key: MakeKey, stream: Stream, loop: PriceLoop, database: Engine
) -> None:
    chance = random.Random(5)
    key = make_key(Role.CASEWORKER)
    for _ in range(6):
        stream.post(openings=2)
    gone = [stream.home(rent_eur_per_month=chance.choice([350.0, 410.0])) for _ in range(8)]
    for _ in range(25):
        household(api, key, size=chance.choice([2, 3]))
    stream.clock.advance(timedelta(days=9))
    for name in gone[:4]:
        stream.withdraw("vacancies", name)
    assert {row.id for row in rows(database, "SELECT id FROM market_past WHERE kind = 'vacancy'")} == set(gone[:4])
    learnt = loop.learn_once()
    assert (learnt.figures["households"], learnt.figures["homes"], learnt.figures["posts"]) == (25, 8, 6)
    assert learnt.figures["optimum"] > 0
    assert learnt.figures["with_prices"] >= learnt.figures["without"]
    assert learnt.verdict is Verdict.USED
    # 25 households for 8 homes: each home has a price.
    assert learnt.prices.homes[f"T3:other:{TERRITORY}"] > 0.5
    content = zlib.decompress(bytes(rows(database, "SELECT content FROM price_list")[0].content)).decode()
    assert "hh_" not in content
    stream.work()
    (number,) = [row.number for row in rows(database, "SELECT number FROM price_list")]
    assert {row.price_version for row in rows(database, "SELECT DISTINCT price_version FROM engine_journal")} == {
        number
    }
    # Nothing of the window is forgotten, and a second list does not drift.
    assert loop.learn_once().prices.homes == learnt.prices.homes


def test_a_dear_home_waits_with_its_reason_and_is_proposed_at_the_latest_after_seven_days(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine
) -> None:
    publish(database, stream.clock, DEAR)
    home = stream.home()
    stream.post()
    household(api, caseworker)
    stream.work()
    assert placements(api, caseworker) == []
    (held,) = rows(database, "SELECT vacancy, until - since AS days, reason FROM held_home")
    assert (held.vacancy, held.days) == (home, timedelta(days=7))
    assert held.reason
    # Looked at again for another reason, it keeps its first moments.
    stream.clock.advance(timedelta(days=3))
    stream.work()
    assert rows(database, "SELECT until - since AS days FROM held_home")[0].days == timedelta(days=7)
    stream.clock.advance(timedelta(days=4, minutes=1))
    stream.work()
    assert [one["vacancy"] for one in placements(api, caseworker)] == [home]
    assert rows(database, "SELECT vacancy FROM held_home") == []


def test_a_held_home_is_proposed_at_once_when_someone_asks_for_it(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine, make_key: MakeKey
) -> None:
    publish(database, stream.clock, DEAR)
    home = stream.home()
    stream.post()
    household(api, caseworker)
    stream.work()
    assert placements(api, caseworker) == []
    asked = api.post(f"/v1/vacancies/{home}:propose", headers=caseworker)
    assert asked.status_code == 202, asked.text
    stream.work()
    assert [one["vacancy"] for one in placements(api, caseworker)] == [home]


def test_a_home_that_ends_soon_never_waits(api: TestClient, caseworker: Key, stream: Stream, database: Engine) -> None:
    publish(database, stream.clock, DEAR)
    today = paris_date(stream.clock.now())
    stream.home(available_from=today.isoformat(), available_until=(today + timedelta(days=1)).isoformat())
    stream.post()
    household(api, caseworker)
    stream.work()
    assert len(placements(api, caseworker)) == 1


@pytest.mark.parametrize("newest", [Verdict.FALLBACK, Verdict.TOO_LITTLE])
def test_the_engine_falls_back_to_no_prices_between_two_ticks(
    api: TestClient,
    caseworker: Key,
    stream: Stream,
    database: Engine,
    newest: Verdict,
) -> None:
    publish(database, stream.clock, DEAR)
    home = stream.home()
    stream.post()
    household(api, caseworker)
    stream.work()
    assert placements(api, caseworker) == []
    publish(database, stream.clock, NO_PRICES, newest)
    stream.work()
    assert [one["vacancy"] for one in placements(api, caseworker)] == [home], "what waited is judged anew"


def quote(price: float, clock: BusinessClock, days: float = 28.0) -> Quote:
    """Falls evenly from a price today to nothing."""
    day = float(paris_date(clock.now()).toordinal())
    return Quote(day, day + days, tuple(price * (1 - knot / (KNOTS - 1)) for knot in range(KNOTS)))


def add_quotes(database: Engine, clock: BusinessClock, quotes: dict[str, Quote]) -> int | None:
    with Session(database) as session, session.begin():
        base = prices.newest(session)
        assert base is not None
        return prices.publish_quotes(session, base, quotes, clock.now())


def test_quotes_that_come_between_two_ticks_are_taken_up_and_journaled_under_their_number(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine
) -> None:
    base = publish(database, stream.clock, PriceList(homes={"T3:other": 0.0}))
    stream.post()
    home = stream.home()
    number = add_quotes(database, stream.clock, {home: quote(1.6, stream.clock)})
    assert number is not None
    assert number > base
    household(api, caseworker)
    stream.work()
    assert placements(api, caseworker) == []
    (held,) = rows(database, "SELECT vacancy, reason, until - since AS waits FROM held_home")
    assert held.vacancy == home
    # The quote has fallen enough after two days or three, long before the longest hold.
    assert timedelta(days=1.5) < held.waits < timedelta(days=3)
    assert number in {row.price_version for row in rows(database, "SELECT DISTINCT price_version FROM engine_journal")}
    with Session(database) as session:
        assert prices.of_number(session, number).quotes.keys() == {home}
        assert prices.of_number(session, base).quotes == {}
    stream.clock.advance(timedelta(days=3, minutes=1))
    stream.work()
    assert [one["vacancy"] for one in placements(api, caseworker)] == [home]


def test_quotes_of_a_list_that_another_has_replaced_are_not_published(stream: Stream, database: Engine) -> None:
    publish(database, stream.clock, DEAR)
    with Session(database) as session:
        old = prices.newest(session)
    publish(database, stream.clock, NO_PRICES, Verdict.FALLBACK)
    assert old is not None
    with Session(database) as session, session.begin():
        assert prices.publish_quotes(session, old, {"vac_1": quote(1.0, stream.clock)}, stream.clock.now()) is None
    assert add_quotes(database, stream.clock, {"vac_1": quote(1.0, stream.clock)}) is None


def test_who_comes_is_quoted_by_any_price_process_and_what_one_had_in_hand_is_done_again(
    api: TestClient,
    make_key: MakeKey,
    stream: Stream,
    loop: PriceLoop,
    database: Engine,
    matching_settings: MatchingSettings,
) -> None:
    key = make_key(Role.CASEWORKER)
    stream.post(openings=20)
    homes = [stream.home() for _ in range(4)]
    for _ in range(25):
        household(api, key, size=3)
    stream.clock.advance(timedelta(days=9))
    publish(database, stream.clock, PriceList(homes={"T3:other": 0.2}), figures={"quoted": True})
    # Another process than the one that published: it learns the window again, and quotes all that has none.
    assert loop.quote_some()
    with Session(database) as session:
        quoted = prices.in_force(session, LawfulRanking()).prices
    assert quoted.quotes.keys() >= set(homes)
    assert all(quoted.quotes[home].course[0] > 0 for home in homes)
    assert not loop.quote_some()
    late = stream.home()
    again = PriceLoop(database, stream.clock, settings_of(matching_settings))
    assert again.quote_some()
    with Session(database) as session:
        assert late in prices.in_force(session, LawfulRanking()).prices.quotes
    shown = zlib.decompress(bytes(rows(database, "SELECT content FROM price_list ORDER BY number DESC")[0].content))
    assert b"hh_" not in shown


def test_a_home_whose_end_is_moved_is_quoted_anew_at_once_and_once(
    api: TestClient, make_key: MakeKey, stream: Stream, loop: PriceLoop, database: Engine
) -> None:
    key = make_key(Role.CASEWORKER)
    stream.post(openings=20)
    home, other = stream.home(), stream.home()
    for _ in range(25):
        household(api, key, size=3)
    stream.clock.advance(timedelta(days=9))
    publish(database, stream.clock, PriceList(homes={"T3:other": 0.2}), figures={"quoted": True})
    today = paris_date(stream.clock.now())

    def quotes() -> dict[str, Quote]:
        assert loop.quote_some()
        assert not loop.quote_some()
        with Session(database) as session:
            return dict(prices.in_force(session, LawfulRanking()).prices.quotes)

    first = quotes()
    assert first[home].until_day - first[home].since_day == 30
    for days in (10, 20):
        stream.home(home, available_until=(today + timedelta(days=days)).isoformat())
        moved = quotes()
        assert moved[home].until_day == today.toordinal() + days
        assert moved[other] == first[other]
    stream.home(home)
    assert quotes()[home].until_day == first[home].until_day


def test_prices_that_do_worse_than_none_on_whole_days_are_lowered(
    api: TestClient, make_key: MakeKey, stream: Stream, loop: PriceLoop, database: Engine
) -> None:
    """Each day one household comes and finds a home: without prices it is placed, with these it waits."""
    key = make_key(Role.CASEWORKER)
    publish(database, stream.clock, PriceList(homes={"T3:other": 90.0}))
    verdicts = []
    for _ in range(3):
        stream.clock.advance(timedelta(hours=12))
        stream.post()
        stream.home()
        household(api, key)
        stream.clock.advance(timedelta(hours=12))
        assert loop.compare_once() is not None
        assert loop.compare_once() is None  # once a day
        row = rows(database, "SELECT * FROM price_comparison ORDER BY day")[-1]
        verdicts.append((row.verdict, round(row.scale, 2)))
    assert verdicts == [("too_soon", 1.0), ("too_soon", 1.0), ("lowered", 0.6)]
    assert row.with_prices < row.without
    with Session(database) as session:
        newest = prices.newest(session)
        assert newest is not None
        assert newest.scale == pytest.approx(0.6)
        assert prices.in_force(session, LawfulRanking()).prices.scale == pytest.approx(0.6)


Events = Callable[[], list[Any]]


def test_no_event_tells_a_price(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine, events: Events
) -> None:
    publish(database, stream.clock, PriceList(0, {"T3:other": 0.123456}, {}))
    stream.home()
    stream.post()
    household(api, caseworker)
    stream.work()
    (placement,) = placements(api, caseworker)
    shown = str(events()) + str(placement) + api.get(f"/v1/placements/{placement['id']}", headers=caseworker).text
    assert "0.1234" not in shown
    assert "price" not in shown


def test_a_past_that_takes_long_to_read_does_not_lose_its_connection(
    api: TestClient,
    caseworker: Key,
    stream: Stream,
    database: Engine,
    matching_settings: MatchingSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    household(api, caseworker)
    single = service_engine(matching_settings, "matching", pool=1)
    with single.connect() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()

    def slowly(*given: Any) -> Past:
        past = recorded_past(*given)
        until_heard_again(database, pid)
        return past

    monkeypatch.setattr(pricing, "recorded_past", slowly)
    monkeypatch.setattr(pricing, "_SPEAK_SECONDS", 0.2)
    assert PriceLoop(single, stream.clock, matching_settings).learn_once().verdict is Verdict.TOO_LITTLE
    single.dispose()
