"""Creations, changes, withdrawals, late and repeated inputs, one by one or in chunks: the state of the sorted history."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlmodel import Session

from services.ingest.adapters.registry import VACANCIES, Applied, Input, put_many, withdraw, withdraw_many
from services.ingest.core.entities import Outcome, content_digest
from services.ingest.core.states import Horizon, digest_source
from shared.identity import Actor, Role
from shared.ids import new_id
from tests.integration.ingest.test_http import BODY, events_of

T0 = datetime(2026, 11, 20, tzinfo=UTC)
NOW = T0 + timedelta(days=1)
HORIZON = Horizon(92, 45)
REFERENCES = ("A", "B", "C")


@dataclass(frozen=True)
class Said:
    """One input: a rent, or None for a withdrawal, observed at a minute."""

    reference: str
    minute: int
    rent: int | None

    @property
    def observed_at(self) -> datetime:
        return T0 + timedelta(minutes=self.minute)

    @property
    def content(self) -> dict[str, Any]:
        return {**BODY, "rent_eur_per_month": self.rent}

    @property
    def order(self) -> tuple[int, bool, bytes]:
        """Of one instant: contents by digest, then the withdrawal."""
        digest = b"" if self.rent is None else content_digest(digest_source(self.content))
        return self.minute, self.rent is None, digest


Histories = st.lists(
    st.builds(Said, st.sampled_from(REFERENCES), st.integers(0, 5), st.sampled_from([300, 400, 500, None])),
    min_size=1,
    max_size=12,
)


def landlord() -> Actor:
    return Actor(bearer="ank_test", organisation=new_id("org"), organisation_name="Bailleur", role=Role.LANDLORD)


def say(engine: Engine, actor: Actor, chunk: list[Said]) -> list[Applied]:
    """One transaction; a chunk holds publications only, or withdrawals of one instant only."""
    first = chunk[0]
    with Session(engine) as session:
        if first.rent is not None:
            inputs = [Input(one.reference, one.content, one.observed_at) for one in chunk]
            applied = put_many(session, VACANCIES, actor, inputs, now=NOW, at=NOW, horizon=HORIZON)
        else:
            references = [one.reference for one in chunk]
            given: dict[str, Any] = {"observed_at": first.observed_at, "reason": None, "now": NOW, "at": NOW}
            if len(references) == 1:
                applied = [withdraw(session, VACANCIES, actor, references[0], **given)]
            else:
                applied = withdraw_many(session, VACANCIES, actor, references, **given)
        session.commit()
    return applied


def chunks(history: list[Said], cuts: list[bool]) -> list[list[Said]]:
    """The history in order, cut where told and where a transaction cannot hold both."""
    made: list[list[Said]] = []
    for one, cut in zip(history, cuts, strict=False):
        last = made[-1][-1] if made else None
        together = last is not None and (
            (one.rent is not None and last.rent is not None)
            or (one.rent is None and last.rent is None and one.minute == last.minute)
        )
        if together and not cut:
            made[-1].append(one)
        else:
            made.append([one])
    return made


def final(engine: Engine, actor: Actor) -> dict[str, Any]:
    """What each reference ended as, and that its events tell the same."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT * FROM vacancy WHERE owner = :owner AND current"), {"owner": actor.organisation}
        ).all()
    ends: dict[str, Any] = {}
    for row in rows:
        events = [event for event in events_of(engine, "vacancies", row.id) if event is not None]
        assert [event.data.version for event in events] == list(range(1, row.version + 1))
        for earlier, later in pairwise(events):
            assert later.data.before == earlier.data.after
        after = events[-1].data.after
        assert (after is None) == (row.withdrawn_at is not None)
        if after is not None:
            assert row.state["rent_eur_per_month"] == after.rent_eur_per_month
            assert (row.commune, row.status) == (after.commune, after.status.value)
        ends[row.reference] = (row.observed_at, None if after is None else after.rent_eur_per_month)
    return {name: end for name, end in ends.items() if end[1] is not None}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(Histories, st.lists(st.booleans(), min_size=12, max_size=12))
def test_any_interleaving_ends_as_the_sorted_history(
    ingest_engine: Engine, history: list[Said], cuts: list[bool]
) -> None:
    mixed, tidy = landlord(), landlord()
    accepted: list[Said] = []
    for chunk in chunks(history, cuts):
        for one, applied in zip(chunk, say(ingest_engine, mixed, chunk), strict=True):
            if applied.outcome is not Outcome.UNKNOWN:  # refused: nothing of that name was ever published
                accepted.append(one)
    for one in sorted(accepted, key=lambda said: said.order):
        say(ingest_engine, tidy, [one])
    assert final(ingest_engine, mixed) == final(ingest_engine, tidy)
