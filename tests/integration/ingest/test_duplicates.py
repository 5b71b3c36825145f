"""Offers of one origin by several feeds, on a real PostgreSQL: exactly one counts, in any order and at once."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlmodel import Session

from services.ingest.adapters.registry import OFFERS, Input, advance_dates, put_many, withdraw, withdraw_many
from services.ingest.core.duplicates import claim_of
from services.ingest.core.states import Horizon
from shared.events import Offer
from shared.identity import Actor, Role
from shared.ids import new_id
from tests.integration.ingest.conftest import MakeKey
from tests.integration.ingest.test_http import OFFER, events_of

HORIZON = Horizon(92, 45)
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def feeds(count: int) -> list[Actor]:
    """Feeds of this test alone; the first is the partner itself."""
    return [Actor(new_id("ank"), new_id("org"), f"Flux {number}", Role.FEED) for number in range(count)]


def content(key: str, *, direct: bool = False, **more: Any) -> dict[str, Any]:
    return {**OFFER, "origin": {"url": f"https://jobs.example/{key}", "direct": direct}, **more}


def live(engine: Engine, actors: list[Actor]) -> list[Offer]:
    """The offers that are published, as their rows keep them."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT state FROM offer WHERE withdrawn_at IS NULL AND owner = ANY(:owners)"),
            {"owners": [one.organisation for one in actors]},
        ).scalars()
        return [msgspec.convert(row, Offer) for row in rows]


def counting(engine: Engine, actors: list[Actor]) -> dict[str, tuple[str, str]]:
    """By origin key the (feed, reference) that counts, having checked that it is one and the right one."""
    found: dict[str, tuple[str, str]] = {}
    members: dict[str, list[Offer]] = {}
    for state in live(engine, actors):
        if (claim := claim_of(state)) is not None:
            members.setdefault(claim.key, []).append(state)
        else:
            assert state.duplicate_of is None
    for key, states in members.items():
        first = min(states, key=lambda one: claim_of(one).order)  # type: ignore[union-attr]
        assert [one.id for one in states if one.counts] == [first.id]
        assert {one.duplicate_of for one in states if one is not first} <= {first.id}
        found[key] = (first.feed, first.reference)
    return found


def test_the_next_counts_when_the_one_that_counts_is_withdrawn(
    api: TestClient, make_key: MakeKey, ingest_engine: Engine
) -> None:
    partner, again = make_key(Role.FEED), make_key(Role.FEED)
    origin = {"partner": "Jobs", "reference": new_id("x")}
    second = api.put("/v1/offers/R-1", json={**OFFER, "origin": origin}, headers=again).json()["id"]
    first = api.put("/v1/offers/D-1", json={**OFFER, "origin": {**origin, "direct": True}}, headers=partner).json()[
        "id"
    ]
    shown = api.get("/v1/offers/R-1", headers=again).json()
    assert (shown["status"], shown["duplicate_of"]) == ("duplicate", first)
    listed = api.get("/v1/offers", params={"status": "duplicate"}, headers=again).json()["items"]
    assert [one["id"] for one in listed] == [second]
    same = api.put("/v1/offers/R-1", json={**OFFER, "origin": origin}, headers=again).json()
    assert same["result"] == "unchanged"
    patched = api.patch("/v1/offers/R-1", json={"openings": 3}, headers=again)
    assert (patched.status_code, patched.json()["result"]) == (200, "updated"), patched.text
    assert api.get("/v1/offers/R-1", headers=again).json()["duplicate_of"] == first
    api.delete("/v1/offers/D-1", headers=partner)
    shown = api.get("/v1/offers/R-1", headers=again).json()
    assert (shown["status"], "duplicate_of" in shown) == ("open", False)
    told = [event.data.after.duplicate_of for event in events_of(ingest_engine, "offers", second)]
    assert told == [None, first, first, None]
    assert [event.data.version for event in events_of(ingest_engine, "offers", second)] == [1, 2, 3, 4]
    assert events_of(ingest_engine, "offers", second)[1].data.lineage.source == "duplicates"


def test_a_new_offer_that_another_feed_has_already_is_a_duplicate_from_its_first_version(ingest_engine: Engine) -> None:
    partner, again = actors = feeds(2)
    key = new_id("x")
    with Session(ingest_engine) as session:
        given: dict[str, Any] = {"now": NOW, "at": NOW, "horizon": HORIZON}
        (first,) = put_many(session, OFFERS, partner, [Input("A", content(key, direct=True))], **given)
        (second,) = put_many(session, OFFERS, again, [Input("A", content(key))], **given)
        session.commit()
    (event,) = events_of(ingest_engine, "offers", str(second.id))
    assert event.data.after.duplicate_of == first.id
    assert counting(ingest_engine, actors) == {f"url:jobs.example/{key}": (partner.organisation, "A")}


def test_an_offer_that_expires_or_changes_its_origin_gives_way(ingest_engine: Engine) -> None:
    partner, again = actors = feeds(2)
    key, other = new_id("x"), new_id("x")
    given: dict[str, Any] = {"now": NOW, "at": NOW, "horizon": HORIZON}
    with Session(ingest_engine) as session:
        until = {"expires_at": "2026-11-30"}
        put_many(session, OFFERS, partner, [Input("A", content(key, direct=True, **until))], **given)
        put_many(session, OFFERS, again, [Input("A", content(key)), Input("B", content(other))], **given)
        session.commit()
        later = NOW + timedelta(days=6)
        assert advance_dates(session, OFFERS, now=later, at=later, horizon=HORIZON) == 1
        session.commit()
        assert counting(ingest_engine, actors)[f"url:jobs.example/{key}"] == (again.organisation, "A")
        put_many(session, OFFERS, again, [Input("A", content(other))], now=later, at=later, horizon=HORIZON)
        session.commit()
        assert counting(ingest_engine, actors) == {f"url:jobs.example/{other}": (again.organisation, "A")}
        put_many(session, OFFERS, again, [Input("A", OFFER)], now=later, at=later, horizon=HORIZON)
        session.commit()
    assert counting(ingest_engine, actors) == {f"url:jobs.example/{other}": (again.organisation, "B")}


Step = tuple[Actor, str, dict[str, Any] | None, datetime]


def history(chance: random.Random, actors: list[Actor], keys: list[str]) -> list[Step]:
    """Publications and withdrawals of a few references, each at its own moment."""
    steps: list[Step] = []
    for number in range(chance.randrange(4, 18)):
        actor = chance.choice(actors)
        body = None
        if chance.random() < 0.7:
            body = content(chance.choice(keys), direct=actor is actors[0])
            if chance.random() < 0.3:
                body["published_at"] = f"2026-11-0{chance.randrange(1, 4)}T00:00:00Z"
            if chance.random() < 0.1:
                del body["origin"]
        steps.append((actor, chance.choice("AB"), body, NOW + timedelta(seconds=number)))
    return steps


def take(session: Session, step: Step) -> None:
    actor, reference, body, moment = step
    if body is None:
        withdraw(session, OFFERS, actor, reference, observed_at=moment, reason=None, now=NOW, at=NOW)
    else:
        put_many(session, OFFERS, actor, [Input(reference, body, moment)], now=NOW, at=NOW, horizon=HORIZON)
    session.commit()


@pytest.mark.parametrize("seed", range(12))
def test_any_order_of_inputs_comes_to_the_same_one_that_counts(ingest_engine: Engine, seed: int) -> None:
    chance = random.Random(seed)
    keys = [new_id("x") for _ in range(2)]
    names = sorted(new_id("org") for _ in range(3))
    found = []
    for shuffled in (False, True):
        # The same feeds again: their former offers are erased, so that names and keys are the same.
        actors = [Actor("ank", name, name, Role.FEED) for name in names]
        with ingest_engine.begin() as connection:
            connection.execute(text("DELETE FROM offer WHERE owner = ANY(:names)"), {"names": names})
            connection.execute(text("DELETE FROM offer_origin WHERE feed = ANY(:names)"), {"names": names})
        steps = history(random.Random(seed), actors, keys)
        # A withdrawal of what was never published is unknown: it keeps its place behind the first publication.
        if shuffled:
            first = {(one.organisation, reference) for one, reference, body, _ in steps if body is not None}
            order = [step for step in steps if (step[0].organisation, step[1]) in first]
            publications = [step for step in order if step[2] is not None]
            steps = chance.sample(publications, len(publications)) + [step for step in order if step[2] is None]
        with Session(ingest_engine) as session:
            for step in steps:
                take(session, step)
                counting(ingest_engine, actors)
        found.append(counting(ingest_engine, actors))
    assert found[0] == found[1]


def busy_feed(engine: Engine, actor: Actor, keys: list[str], seed: int, *, direct: bool) -> None:
    """Files and withdrawals of a few references, forty transactions of them."""
    chance = random.Random(seed)

    def body() -> dict[str, Any]:
        if chance.random() < 0.15:
            return dict(OFFER)
        more = {"expires_at": "2026-11-27"} if chance.random() < 0.3 else {}
        return content(chance.choice(keys), direct=direct, **more)

    for _ in range(40):
        with Session(engine) as session:
            references = chance.sample("ABCDEFGH", chance.randrange(1, 6))
            if chance.random() < 0.35:
                given: dict[str, Any] = {"observed_at": None, "reason": None, "now": NOW, "at": NOW, "erase": True}
                withdraw_many(session, OFFERS, actor, references, **given)
            else:
                inputs = [Input(name, body()) for name in references]
                put_many(session, OFFERS, actor, inputs, now=NOW, at=NOW, horizon=HORIZON)
            session.commit()


def test_feeds_at_once_with_files_withdrawals_and_the_clock_never_make_two_that_count(ingest_engine: Engine) -> None:
    actors = feeds(3)
    owners = {"owners": [one.organisation for one in actors]}
    keys = [new_id("x") for _ in range(6)]
    seen_twice: list[str] = []
    done = threading.Event()

    def clock() -> None:
        while not done.wait(0.01):
            with Session(ingest_engine) as session:
                later = NOW + timedelta(days=5)
                advance_dates(session, OFFERS, now=later, at=NOW, horizon=HORIZON, limit=20)
                session.commit()

    def watch() -> None:
        """One snapshot after the other: what is committed never has two."""
        query = text(
            "SELECT state->'origin'->>'url' FROM offer WHERE owner = ANY(:owners) AND withdrawn_at IS NULL"
            " AND status = 'open' AND state ? 'origin' GROUP BY 1 HAVING count(*) > 1"
        )
        while not done.wait(0.002):
            with ingest_engine.connect() as connection:
                seen_twice.extend(connection.execute(query, owners).scalars())

    with ThreadPoolExecutor(5) as pool:
        others = [pool.submit(clock), pool.submit(watch)]
        busy = [
            pool.submit(busy_feed, ingest_engine, actor, keys, seed, direct=seed == 0)
            for seed, actor in enumerate(actors)
        ]
        wait(busy)
        done.set()
        for one in (*busy, *others):
            one.result()
    assert seen_twice == []
    assert counting(ingest_engine, actors)
    for state in live(ingest_engine, actors):
        last = [event for event in events_of(ingest_engine, "offers", state.id) if event is not None][-1]
        assert last.data.after == state
