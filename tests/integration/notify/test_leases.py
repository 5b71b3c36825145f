"""Two dispatchers and one queue: nothing is sent by both, and who has lost a lease decides nothing any more."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, text
from sqlmodel import Session

from services.notify.adapters.leases import Destination, Leased, lease
from services.notify.adapters.models import Delivery, Endpoint
from services.notify.adapters.outcomes import record
from services.notify.adapters.tried import Tried
from services.notify.core.channels import Channel
from services.notify.core.schedule import Answer, Outcome, State, Verdict
from shared.clock import utc_now
from shared.ids import new_id
from tests.integration.interleaving import at_the_same_time

NOW = utc_now()
LIFE = timedelta(seconds=30)


@pytest.fixture
def queue(notify_engine: Engine) -> Iterator[Destination]:
    """Six mails of an endpoint that no dispatcher of the session looks at: it is disabled."""
    endpoint = Endpoint(
        id=new_id("we"),
        organisation=new_id("org"),
        owner="ank",
        role="caseworker",
        owner_territories=[],
        channel=Channel.EMAIL.value,
        url="",
        types=[],
        territories=[],
        minimum_score_change=0,
        secret=b"",
        enabled=False,
        created_at=NOW,
        updated_at=NOW,
    )
    with Session(notify_engine) as session, session.begin():
        session.add(endpoint)
        session.flush()
        for number in range(6):
            session.add(
                Delivery(
                    id=new_id("msg"),
                    endpoint_id=endpoint.id,
                    organisation=endpoint.organisation,
                    channel=endpoint.channel,
                    event_id=f"evt_{number}",
                    type="digest",
                    subject="sub",
                    payload="{}",
                    state=State.PENDING.value,
                    next_attempt_at=NOW,
                    created_at=NOW,
                )
            )
        destination = Destination(endpoint.id, Channel.EMAIL, "", "", False, b"", None, None, None)
    yield destination
    with notify_engine.begin() as connection:
        connection.execute(text("DELETE FROM endpoint WHERE id = :id"), {"id": destination.id})


def take(
    connection: Connection, queue: Destination, holder: str, most: int, after: timedelta = timedelta()
) -> list[Leased]:
    return lease(connection, {queue.id: most}, {queue.id: queue}, holder=holder, now=NOW + after, life=LIFE)


def tried(delivery: Leased, state: State, status: int) -> Tried:
    return Tried(delivery, NOW, Outcome(Answer(status), 5), Verdict(state))


def test_two_dispatchers_at_once_take_different_deliveries_and_neither_waits(
    notify_engine: Engine, queue: Destination
) -> None:
    def other() -> list[Leased]:
        with notify_engine.begin() as connection:
            return take(connection, queue, "second", 6)

    with at_the_same_time(notify_engine) as run, notify_engine.connect() as connection:
        first = {one.id for one in take(connection, queue, "first", 4)}
        second = run(other)
        assert second.done()
        connection.commit()
    taken = {one.id for one in second.result()}
    assert (len(first), len(taken), first & taken) == (4, 2, set())


def test_what_a_frozen_dispatcher_writes_after_its_lease_has_gone_changes_nothing(
    notify_engine: Engine, queue: Destination
) -> None:
    with notify_engine.begin() as connection:
        (frozen,) = take(connection, queue, "frozen", 1)
        (again,) = take(connection, queue, "awake", 1, LIFE)
        assert again.id == frozen.id
    with notify_engine.begin() as connection:
        record(connection, [tried(frozen, State.FAILED, 550)], holder="frozen", now=NOW)
    with notify_engine.begin() as connection:
        record(connection, [tried(again, State.DELIVERED, 250)], holder="awake", now=NOW)
    with notify_engine.connect() as connection:
        row = connection.execute(text("SELECT state, tries FROM delivery WHERE id = :id"), {"id": again.id}).one()
        shown = connection.execute(text("SELECT count(*) FROM attempt WHERE delivery_id = :id"), {"id": again.id})
        told = connection.execute(
            text("SELECT count(*) FROM live_event e JOIN delivery d ON d.organisation = e.account WHERE d.id = :id"),
            {"id": again.id},
        )
        assert (row.state, row.tries, shown.scalar_one(), told.scalar_one()) == ("delivered", 1, 2, 0)
