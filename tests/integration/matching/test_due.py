"""What waits for the engine between two decisions, each told when it is so and not a moment before."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlmodel import Session

from services.matching.adapters import changes, prices
from services.matching.adapters.commission_models import HeldHomeRow, ShortlistRow
from services.matching.adapters.due import Due, due
from services.matching.adapters.prices import Verdict
from services.matching.core.policy import LawfulRanking
from services.matching.core.price_list import PriceList, Quote
from services.matching.core.pricing.potentials import KNOTS
from shared.clock import paris_date, utc_now
from shared.events import Step
from tests.integration.matching.conftest import Stream, household, placements
from tests.integration.matching.test_prices import Key

NOTHING: Final = Due(
    promotion=False, release=False, verification=False, changes=False, not_to_hold=frozenset(), prices=0
)
# Business time runs ahead of technical time, so that one is never taken for the other.
AT: Final = utc_now()
NOW: Final = AT + timedelta(days=30)
MOMENT: Final = timedelta(seconds=1)


def asked(database: Engine) -> Due:
    return due(database, now=NOW, at=AT)


def add(database: Engine, *rows: Any) -> None:
    with Session(database) as session, session.begin():
        session.add_all(rows)


def publish(database: Engine, verdict: Verdict) -> int:
    listed, day = PriceList(homes={"T3:other": 1.5}), paris_date(AT)
    with Session(database) as session, session.begin():
        return prices.publish(session, listed, verdict, {}, window=(day, day), now=AT)


def quote(database: Engine) -> int | None:
    with Session(database) as session, session.begin():
        base = prices.newest(session)
        assert base is not None
        return prices.publish_quotes(session, base, {"vac_1": Quote(0.0, 30.0, (0.0,) * KNOTS)}, AT)


def test_where_nothing_waits_nothing_is_due(database: Engine, clean: None) -> None:
    assert asked(database) == NOTHING


def test_the_list_in_force_is_the_newest_if_it_is_used_with_the_quotes_made_since(
    database: Engine, clean: None
) -> None:
    def in_force() -> int:
        with Session(database) as session:
            number = prices.in_force(session, LawfulRanking()).price_number
        assert asked(database).prices == number
        return number

    used = publish(database, Verdict.USED)
    assert in_force() == used > 0
    quoted = quote(database)
    assert in_force() == quoted == used + 1
    for verdict in (Verdict.FALLBACK, Verdict.TOO_LITTLE):
        publish(database, verdict)
        assert in_force() == 0
    later = publish(database, Verdict.USED)
    assert in_force() == later


def test_a_home_is_no_longer_held_once_it_is_asked_for_or_has_waited_to_its_last_moment(
    database: Engine, clean: None
) -> None:
    held: dict[str, Any] = {"since": AT, "reason": "rare_here"}
    add(
        database,
        HeldHomeRow(vacancy="vac_waits", until=NOW + MOMENT, **held),
        HeldHomeRow(vacancy="vac_due", until=NOW, **held),
        HeldHomeRow(vacancy="vac_asked", until=NOW + MOMENT, forced_at=AT, forced_by="usr_1", **held),
    )
    assert asked(database) == replace(NOTHING, not_to_hold=frozenset({"vac_due", "vac_asked"}))


def test_a_change_is_due_until_a_decision_has_taken_it(database: Engine, clean: None) -> None:
    with Session(database) as session, session.begin():
        changes.add(session, [changes.Change(changes.HOUSEHOLD, "hh_1"), changes.Change(changes.VACANCY, "vac_1")])
    assert asked(database) == replace(NOTHING, changes=True)
    with Session(database) as session, session.begin():
        taken = changes.oldest(session, 10)
        changes.journal(session, 1, taken, price_version=0, seed=1, at=NOW)
    assert asked(database) == NOTHING


@pytest.fixture
def placement(api: TestClient, caseworker: Key, stream: Stream, database: Engine) -> str:
    """The id of one placement, with nothing else that waits."""
    stream.home()
    stream.post()
    household(api, caseworker)
    stream.work()
    (made,) = placements(api, caseworker)
    with database.begin() as connection:
        connection.execute(text("DELETE FROM engine_change"))
        connection.execute(text("UPDATE placement SET due_at = NULL"))
    return str(made["id"])


def stand(database: Engine, placement: str, step: Step, **moments: datetime | None) -> None:
    with database.begin() as connection:
        connection.execute(
            text("UPDATE placement SET step = :step, due_at = :due_at, verify_at = :verify_at WHERE id = :id"),
            {"id": placement, "step": step.value, "due_at": None, "verify_at": None} | moments,
        )


def test_a_placement_past_its_date_is_to_be_released_before_it_is_accepted_only(
    database: Engine, placement: str
) -> None:
    for step in Step:
        stand(database, placement, step, due_at=NOW)
        waits = step in (Step.PROPOSED, Step.APPROVED)
        assert asked(database) == replace(NOTHING, release=waits), step
        stand(database, placement, step, due_at=NOW + MOMENT)
        assert asked(database) == NOTHING, step


def test_ingest_is_asked_again_by_technical_time(database: Engine, placement: str) -> None:
    for step in Step:
        stand(database, placement, step, verify_at=AT)
        assert asked(database) == replace(NOTHING, verification=step is Step.VERIFYING), step
        stand(database, placement, step, verify_at=AT + MOMENT)
        assert asked(database) == NOTHING, step


def test_the_next_of_an_open_shortlist_is_promoted_once_the_one_before_has_ended(
    database: Engine, placement: str
) -> None:
    add(
        database,
        ShortlistRow(
            id="sho_1", organisation="org_1", vacancy="vac_1", placement=placement, created_at=AT, created_by="usr_1"
        ),
    )
    ended = {Step.REFUSED, Step.RELEASED, Step.COMPLETED}
    for step in Step:
        stand(database, placement, step)
        assert asked(database) == replace(NOTHING, promotion=step in ended), step
    with database.begin() as connection:
        connection.execute(text("UPDATE shortlist SET closed_at = :now"), {"now": NOW})
    assert asked(database) == NOTHING
