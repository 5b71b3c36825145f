"""Two who set the same preferences for the first time at once: both are answered, the last one counts."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from services.notify.adapters.preferences import preferences_of, store, store_organisation
from services.notify.adapters.wishes import WishesOf
from services.notify.core.preferences import OrganisationPreferences, Preferences
from shared.clock import utc_now
from shared.identity import Actor, Role
from shared.ids import new_id
from tests.integration.interleaving import at_the_same_time


@pytest.fixture
def actor() -> Actor:
    return Actor(new_id("ank"), new_id("org"), "Made up", Role.CASEWORKER)


def test_ones_own(notify_engine: Engine, actor: Actor) -> None:
    def put(most: int) -> None:
        with Session(notify_engine) as session, session.begin():
            store(session, actor, Preferences(daily_maximum=most), at=utc_now())

    with at_the_same_time(notify_engine) as run, Session(notify_engine) as session:
        store(session, actor, Preferences(daily_maximum=2), at=utc_now() - timedelta(seconds=1))
        later = run(lambda: put(3))
        session.commit()
    later.result()
    with Session(notify_engine) as session:
        assert preferences_of(session, actor).daily_maximum == 3


def test_an_organisations(notify_engine: Engine, actor: Actor) -> None:
    def put(most: int) -> None:
        with Session(notify_engine) as session, session.begin():
            store_organisation(session, actor.organisation, OrganisationPreferences(daily_maximum=most), at=utc_now())

    with at_the_same_time(notify_engine) as run, Session(notify_engine) as session:
        store_organisation(session, actor.organisation, OrganisationPreferences(daily_maximum=2), at=utc_now())
        later = run(lambda: put(3))
        session.commit()
    later.result()
    with Session(notify_engine) as session:
        assert WishesOf(session.connection()).organisation(actor.organisation).daily_maximum == 3
