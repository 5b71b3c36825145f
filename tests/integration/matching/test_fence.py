"""Both ways into a transaction of the engine in charge: fenced, and ended by the server where nobody is heard of."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from services.matching.adapters.changes import FROZEN_SECONDS, Fenced, check_fence, next_tick, take_over

Enter = Callable[[Session, int], object]
SILENCE = text("SELECT current_setting('idle_in_transaction_session_timeout')")


@pytest.mark.parametrize("enter", [next_tick, check_fence])
def test_a_frozen_engine_holds_its_transaction_for_some_seconds_only(
    enter: Enter, database: Engine, clean: None
) -> None:
    with Session(database) as session:
        usual = session.execute(SILENCE).scalar_one()
        session.rollback()
        epoch = take_over(session)
        enter(session, epoch)
        assert session.execute(SILENCE).scalar_one() == f"{FROZEN_SECONDS}s" != usual
        session.commit()
        assert session.execute(SILENCE).scalar_one() == usual


@pytest.mark.parametrize("enter", [next_tick, check_fence])
def test_an_engine_that_was_taken_over_gets_no_further(enter: Enter, database: Engine, clean: None) -> None:
    with Session(database) as session:
        former, epoch = take_over(session), take_over(session)
        session.commit()
        for other in (former, epoch + 1):
            with pytest.raises(Fenced):
                enter(session, other)
            session.rollback()
        enter(session, epoch)


def test_decisions_are_numbered_without_gaps(database: Engine, clean: None) -> None:
    with Session(database) as session:
        epoch = take_over(session)
        session.commit()
        assert next_tick(session, epoch) == 1
        session.rollback()  # a decision that was not made has no number
        assert next_tick(session, epoch) == 1
        session.commit()
        assert next_tick(session, epoch) == 2
