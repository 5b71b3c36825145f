"""Two transactions that propose at the same instant: each waits for what the other decides, and no bound is passed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import NoResultFound
from sqlmodel import Session

from services.matching import engine as running
from services.matching.adapters import prices
from services.matching.adapters.due import Due, due
from services.matching.adapters.prices import Verdict
from services.matching.core.policy import LawfulRanking
from services.matching.core.price_list import NO_PRICES
from services.matching.engine import MatchingEngine
from services.matching.settings import MatchingSettings
from shared.events import OfferOrigin
from shared.web.problems import Problem
from tests.integration.interleaving import at_the_same_time
from tests.integration.matching.conftest import COOK, Choose, Stream, household, placements
from tests.integration.matching.test_prices import DEAR, publish

Key = dict[str, str]
ORIGIN = OfferOrigin(partner="jobs-for-all", reference="A-1")


def leads(database: Engine) -> dict[str, int]:
    with database.connect() as connection:
        return {row.id: row.leads for row in connection.execute(text("SELECT id, leads FROM offer"))}


def test_leads_on_two_publications_of_one_job_never_pass_its_openings(
    api: TestClient,
    caseworker: Key,
    stream: Stream,
    database: Engine,
    choosing: Choose,
    choosing_apart: Callable[..., None],
) -> None:
    first, second = (stream.post(origin=ORIGIN, openings=1) for _ in range(2))
    one, other = (household(api, caseworker) for _ in range(2))
    home, other_home = stream.home(), stream.home()

    with at_the_same_time(database) as run, Session(database) as session:
        choosing(session, one, home, first)
        late = run(lambda: choosing_apart(other, other_home, second))
        session.commit()
    assert isinstance(late.exception(), Problem)
    assert leads(database) == {first: 1, second: 0}
    assert [row["vacancy"] for row in placements(api, caseworker)] == [home]


def test_an_offer_whose_twin_is_taken_meanwhile_is_still_taken_where_two_are_wanted(
    api: TestClient,
    caseworker: Key,
    stream: Stream,
    database: Engine,
    choosing: Choose,
    choosing_apart: Callable[..., None],
) -> None:
    first, second = (stream.post(origin=ORIGIN, openings=2) for _ in range(2))
    one, other = (household(api, caseworker) for _ in range(2))
    home, other_home = stream.home(), stream.home()

    with at_the_same_time(database) as run, Session(database) as session:
        choosing(session, one, home, first)
        late = run(lambda: choosing_apart(other, other_home, second))
        session.commit()
    assert late.exception() is None
    assert leads(database) == {first: 1, second: 1}


def test_two_choices_of_one_caseworker_do_not_pass_the_cap(
    api: TestClient,
    caseworker: Key,
    stream: Stream,
    database: Engine,
    choosing: Choose,
    choosing_apart: Callable[..., None],
) -> None:
    post, other_post = stream.post(), stream.post()
    one, other = (household(api, caseworker) for _ in range(2))
    home, other_home = stream.home(), stream.home()

    with at_the_same_time(database) as run, Session(database) as session:
        choosing(session, one, home, post, cap=1)
        late = run(lambda: choosing_apart(other, other_home, other_post, cap=1))
        session.commit()
    assert isinstance(late.exception(), Problem)
    assert [row["vacancy"] for row in placements(api, caseworker)] == [home]


def test_the_engine_and_a_caseworker_do_not_pass_the_cap(
    api: TestClient,
    caseworker: Key,
    stream: Stream,
    database: Engine,
    choosing: Choose,
    matching_settings: MatchingSettings,
) -> None:
    settings = matching_settings.model_copy(update={"open_proposals_per_caseworker": 1})
    stream.engine = MatchingEngine(replace(stream.engine._wiring, settings=settings))
    stream.work()
    post = stream.post()
    one = household(api, caseworker)
    home = stream.home()
    with at_the_same_time(database) as run, Session(database) as session:
        choosing(session, one, home, post, cap=1)
        # Of another trade: nothing but the caseworker is common to both.
        stream.post(rome=COOK)
        household(api, caseworker, rome=[COOK])
        stream.home()
        turn = run(stream.work)
        session.commit()
    turn.result()
    assert [row["vacancy"] for row in placements(api, caseworker)] == [home]


def test_a_list_of_prices_that_is_forgotten_between_the_question_and_the_decision_stops_no_engine(
    api: TestClient, caseworker: Key, stream: Stream, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream.work()
    told = publish(database, stream.clock, DEAR)
    home = stream.home()
    stream.post(openings=9)
    household(api, caseworker)

    def asked_then_replaced(*given: Any, **named: Any) -> Due:
        answer = due(*given, **named)
        assert answer.prices == told
        monkeypatch.setattr(running, "due", due)
        publish(database, stream.clock, NO_PRICES, Verdict.FALLBACK)
        with Session(database) as session, session.begin():
            prices.forget(session, stream.clock.now())
        return answer

    monkeypatch.setattr(running, "due", asked_then_replaced)
    stream.work()
    assert [one["vacancy"] for one in placements(api, caseworker)] == [home]


def test_a_forgotten_list_is_replaced_for_the_engine_and_missed_by_the_replay(stream: Stream, database: Engine) -> None:
    gone = publish(database, stream.clock, DEAR)
    last = publish(database, stream.clock, DEAR)
    with Session(database) as session, session.begin():
        prices.forget(session, stream.clock.now())
        assert prices.taken_up(session, LawfulRanking(), gone).price_number == last
        with pytest.raises(NoResultFound):
            prices.with_list(session, LawfulRanking(), gone)
