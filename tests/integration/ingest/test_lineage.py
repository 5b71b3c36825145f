"""Where a change came from travels with its event and stays with its row, and never decides what happens."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlmodel import Session

from services.ingest.adapters.registry import (
    OFFERS,
    VACANCIES,
    Applied,
    Input,
    Kind,
    advance_dates,
    put_many,
    republish,
    withdraw_many,
)
from services.ingest.core.entities import Outcome
from services.ingest.core.states import Horizon
from shared.events import Channel, Lineage, Offer, OfferStatus
from shared.identity import Actor, Role
from shared.ids import new_id
from tests.integration.ingest.conftest import MakeKey
from tests.integration.ingest.test_http import BODY, OFFER, events_of

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
LICENCE = "Licence de réutilisation France Travail"
HORIZON = Horizon(92, 45)


def feed() -> Actor:
    return Actor(bearer="ank_test", organisation=new_id("org"), organisation_name="Flux", role=Role.FEED)


def put(
    engine: Engine, actor: Actor, inputs: list[Input], *, now: datetime = NOW, kind: Kind[Offer] = OFFERS
) -> list[Applied]:
    with Session(engine) as session:
        applied = put_many(session, kind, actor, inputs, now=now, at=now, horizon=HORIZON)
        session.commit()
    return applied


def pulled(reference: str, at: datetime = NOW, **content: object) -> Input:
    return Input(reference, {**OFFER, **content}, at, channel=Channel.FRANCE_TRAVAIL, licence=LICENCE, fetched_at=at)


def test_each_way_in_is_named_on_the_event(api: TestClient, make_key: MakeKey, ingest_engine: Engine) -> None:
    landlord = make_key(Role.LANDLORD)
    single = api.put("/v1/vacancies/L-1", json=BODY, headers=landlord).json()["id"]
    line = json.dumps({"reference": "L-2", **BODY})
    api.post("/v1/vacancies:bulk", content=line, headers={**landlord, "Content-Type": "application/x-ndjson"})
    bulk = api.get("/v1/vacancies/L-2", headers=landlord).json()
    (one,) = events_of(ingest_engine, "vacancies", single)
    (two,) = events_of(ingest_engine, "vacancies", bulk["id"])
    assert one.data.lineage == Lineage("api", bulk["landlord"])
    assert two.data.lineage == Lineage("bulk", bulk["landlord"])


def test_a_pulled_offer_keeps_its_licence_and_fetch_through_dates_and_repairs(ingest_engine: Engine) -> None:
    actor = feed()
    (made,) = put(ingest_engine, actor, [pulled("FT-1", expires_at="2026-11-28")])
    assert made.id is not None
    with Session(ingest_engine) as session:
        advance_dates(session, OFFERS, now=NOW + timedelta(days=5), at=NOW, horizon=HORIZON)
        session.commit()
    with Session(ingest_engine) as session:
        assert republish(session, OFFERS, made.id, at=NOW) == 3
        session.commit()
    lineages = [event.data.lineage for event in events_of(ingest_engine, "offers", made.id)]
    assert [lineage.source for lineage in lineages] == ["france-travail", "clock", "operator"]
    assert {(lineage.feed, lineage.licence, lineage.fetched_at) for lineage in lineages} == {
        (actor.organisation, LICENCE, "2026-11-26T09:00:00.000Z")
    }
    with ingest_engine.connect() as connection:
        kept = connection.execute(text("SELECT lineage FROM offer WHERE id = :id"), {"id": made.id}).scalar_one()
    assert kept["source"] == "operator"


def test_the_same_content_by_another_way_is_unchanged(ingest_engine: Engine) -> None:
    actor = feed()
    put(ingest_engine, actor, [pulled("FT-2")])
    (again,) = put(ingest_engine, actor, [Input("FT-2", OFFER, NOW + timedelta(hours=1))])
    assert (again.outcome, again.version) == (Outcome.UNCHANGED, 1)


def test_many_withdrawals_are_a_chunk_of_events_then_tombstones(ingest_engine: Engine) -> None:
    actor = feed()
    references = [f"FT-{number}" for number in range(250)]
    made = put(ingest_engine, actor, [pulled(reference) for reference in references])
    with ingest_engine.connect() as connection:
        last = connection.execute(text("SELECT max(id) FROM outbox")).scalar_one()
    with Session(ingest_engine) as session:
        applied = withdraw_many(
            session,
            OFFERS,
            actor,
            [*references, "never-seen", references[0]],
            observed_at=NOW + timedelta(hours=1),
            reason="absent",
            now=NOW,
            at=NOW,
            channel=Channel.FRANCE_TRAVAIL,
        )
        session.commit()
    assert [item.outcome for item in applied] == [Outcome.WITHDRAWN] * 250 + [Outcome.UNKNOWN, Outcome.UNCHANGED]
    assert [item.id for item in applied[:250]] == [item.id for item in made]
    with ingest_engine.connect() as connection:
        counts = connection.execute(text("SELECT count FROM outbox WHERE id > :last"), {"last": last}).scalars().all()
    assert counts == [500]
    assert made[7].id is not None
    _, gone, tombstone = events_of(ingest_engine, "offers", made[7].id)
    assert (gone.data.version, gone.data.after, tombstone) == (2, None, None)
    assert gone.data.before.rome == "F1703"


def test_what_is_published_again_changes_no_sum_of_differences(ingest_engine: Engine) -> None:
    actor = feed()
    made = put(ingest_engine, actor, [pulled("FT-5"), pulled("FT-6"), pulled("FT-7")])
    ids = [str(one.id) for one in made]
    with Session(ingest_engine) as session:
        for reference, erase in (("FT-6", False), ("FT-7", True)):
            withdraw_many(
                session,
                OFFERS,
                actor,
                [reference],
                observed_at=NOW + timedelta(hours=1),
                reason="absent",
                now=NOW,
                at=NOW,
                erase=erase,
            )
        assert [republish(session, OFFERS, one, at=NOW) for one in ids] == [2, 3, 3]
        session.commit()
    standing = events_of(ingest_engine, "offers", ids[0])[-1]
    assert standing.data.after is not None
    assert standing.data.before == standing.data.after
    for withdrawn in ids[1:]:
        *_, again, tombstone = events_of(ingest_engine, "offers", withdrawn)
        assert (again.data.version, again.data.before, again.data.after, tombstone) == (3, None, None, None)


def test_an_older_absence_withdraws_nothing(ingest_engine: Engine) -> None:
    actor = feed()
    put(ingest_engine, actor, [pulled("FT-3")])
    with Session(ingest_engine) as session:
        (late,) = withdraw_many(
            session, OFFERS, actor, ["FT-3"], observed_at=NOW - timedelta(hours=1), reason=None, now=NOW, at=NOW
        )
    assert late.outcome is Outcome.SUPERSEDED


def test_what_is_erased_keeps_its_order_and_identity_and_no_content(ingest_engine: Engine) -> None:
    actor = feed()
    (made,) = put(ingest_engine, actor, [pulled("FT-4", wage_eur_per_month=1900)])
    assert made.id is not None
    with Session(ingest_engine) as session:
        withdraw_many(
            session,
            OFFERS,
            actor,
            ["FT-4"],
            observed_at=NOW + timedelta(hours=1),
            reason="absent",
            now=NOW,
            at=NOW,
            erase=True,
        )
        session.commit()
    with ingest_engine.connect() as connection:
        row = connection.execute(text("SELECT state, commune, digest FROM offer WHERE id = :id"), {"id": made.id}).one()
    assert not {"commune", "openings", "wage_eur_per_month"} & row.state.keys()
    assert (row.state["rome"], row.state["contract"], row.state["status"]) == ("", "other", OfferStatus.EXPIRED)
    assert (row.state["id"], row.state["feed"], row.state["reference"]) == (made.id, actor.organisation, "FT-4")
    assert row.commune is None
    (late,) = put(ingest_engine, actor, [pulled("FT-4", at=NOW)])
    assert late.outcome is Outcome.SUPERSEDED
    (anew,) = put(ingest_engine, actor, [pulled("FT-4", at=NOW + timedelta(hours=2))])
    assert (anew.outcome, anew.version) == (Outcome.CREATED, 1)


def test_an_erasure_without_a_rule_and_a_chunk_too_large_are_refused(ingest_engine: Engine) -> None:
    actor = feed()
    with Session(ingest_engine) as session:
        with pytest.raises(ValueError, match="no rule"):
            withdraw_many(session, VACANCIES, actor, ["A"], observed_at=None, reason=None, now=NOW, at=NOW, erase=True)
        with pytest.raises(ValueError, match="at most 500"):
            withdraw_many(session, OFFERS, actor, ["A"] * 501, observed_at=None, reason=None, now=NOW, at=NOW)
