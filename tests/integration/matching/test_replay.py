"""Decisions made again from the database alone: equal to the byte, and found where anything was altered."""

import json
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import typer
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlmodel import Session
from typer.testing import CliRunner

from deploy.commands import matching
from services.matching.adapters import decision_record, decision_replay, prices
from services.matching.adapters.decision_replay import Replayed, Verdict
from services.matching.core.price_list import PriceList
from services.matching.core.recorded_market import Kind
from services.matching.engine import MatchingEngine, Wiring
from services.matching.settings import MatchingSettings
from shared.clock import paris_date
from shared.events import Period, Typology
from shared.identity import Role
from tests.integration.matching.conftest import ARPAJON, AURILLAC, MakeKey, Stream, household, placements

Key = dict[str, str]
SEED = 20261127
TYPOLOGIES = (Typology.T2, Typology.T3, Typology.T3, Typology.T4)
# From which step on: for a while every home is too dear for anyone, then few are.
LISTS = {
    50: PriceList(0, {f"T{rooms}:{kind}": 9.0 for rooms in (2, 3, 4) for kind in ("accessible", "other")}, {}),
    80: PriceList(0, {"T4:other": 0.5, "T3:accessible": 9.0}, {"F1703": 0.05}),
}


@pytest.fixture
def past(
    api: TestClient, make_key: MakeKey, stream: Stream, database: Engine, matching_settings: MatchingSettings
) -> tuple[list[Key], list[str]]:
    """A few hundred changes of all kinds, decided on; the keys of those who made them, and the households."""
    chance = random.Random(SEED)
    keys = [make_key(Role.CASEWORKER) for _ in range(3)]
    homes: list[str] = []
    posts: list[str] = []
    made: list[tuple[Key, str]] = []
    stream.commit(capacity_households=25, capacity_persons=60, period=Period.YEAR)
    for step in range(150):
        _happen(chance, api, keys, stream, homes, posts, made)
        if step in LISTS:
            now = stream.clock.now()
            window = (paris_date(now), paris_date(now))
            with Session(database) as session, session.begin():
                prices.publish(session, LISTS[step], prices.Verdict.USED, {}, window=window, now=now)
        if step == 75:
            stream.commit(capacity_households=30)
        if step == 100:  # another engine, that reads everything anew
            wiring: Wiring = stream.engine._wiring
            stream.engine = MatchingEngine(wiring)
        if step in {60, 120}:
            stream.clock.advance(timedelta(days=4))
        if chance.random() < 0.6:
            stream.work()
    stream.work()
    return keys, [name for _, name in made]


def _happen(
    chance: random.Random,
    api: TestClient,
    keys: list[Key],
    stream: Stream,
    homes: list[str],
    posts: list[str],
    made: list[tuple[Key, str]],
) -> None:
    what = chance.random()
    key = chance.choice(keys)
    if what < 0.3 or not homes:
        changed: dict[str, Any] = {
            "commune": chance.choice((AURILLAC, ARPAJON)),
            "typology": chance.choice(TYPOLOGIES),
            "rent_eur_per_month": chance.choice((330.0, 410.0, 520.0)),
            "accessible": chance.choice((None, True)),
        }
        homes.append(stream.home(**changed))
    elif what < 0.5 or not posts:
        posts.append(stream.post(commune=chance.choice((AURILLAC, ARPAJON)), openings=chance.choice((1, 2, None))))
    elif what < 0.72:
        given = {"size": chance.randint(1, 4), "priorities": chance.choice(([], [], ["dalo"]))}
        made.append((key, household(api, key, **given)["id"]))
    elif what < 0.78:
        stream.withdraw("vacancies", homes.pop(chance.randrange(len(homes))))
    elif what < 0.82:
        stream.withdraw("offers", posts.pop(chance.randrange(len(posts))))
    elif what < 0.88 and made:
        owner, name = chance.choice(made)
        api.patch(f"/v1/households/{name}", json={"income_eur_per_month": chance.choice((900, 1400))}, headers=owner)
    else:
        for one in placements(api, key, step="proposed")[:2]:
            body = {"decision": "refuse", "reason": chance.choice(("rent_too_high", "too_far"))}
            decision = body if chance.random() < 0.5 else {"decision": "approve"}
            api.post(f"/v1/placements/{one['id']}/decisions", json=decision, headers=key)


def replayed(database: Engine, **span: Any) -> list[Replayed]:
    with Session(database) as session:
        return list(decision_replay.replay(session, **span))


def altered(database: Engine, statement: str, **given: Any) -> list[Replayed]:
    """What a replay finds different where the record was altered; the alteration is taken back."""
    with Session(database) as session:
        done: Any = session.execute(text(statement), given)
        assert done.rowcount == 1
        return [one for one in decision_replay.replay(session) if one.verdict is not Verdict.EQUAL]


def rows(database: Engine, query: str) -> list[Any]:
    with database.connect() as connection:
        return list(connection.execute(text(query)).all())


@pytest.fixture
def command(matching_settings: MatchingSettings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setattr("services.matching.settings.MatchingSettings", lambda: matching_settings)
    command_line = typer.Typer()
    matching.register(command_line)
    return lambda *given: CliRunner().invoke(command_line, ["matching", "replay", *given])


def test_hundreds_of_changes_are_decided_again_to_the_byte_and_every_alteration_is_found(
    past: tuple[list[Key], list[str]],
    api: TestClient,
    database: Engine,
    stream: Stream,
    command: Callable[..., Any],
) -> None:
    found = replayed(database)
    assert {one.verdict for one in found} == {Verdict.EQUAL}, [one for one in found if one.difference][:3]
    ticks = rows(database, "SELECT tick FROM engine")[0].tick
    assert [one.tick for one in found] == list(range(1, ticks + 1))
    assert sum(one.proposals for one in found) > 30
    assert len(rows(database, "SELECT tick FROM decision WHERE held <> '{}'")) > 3
    assert {row.price_version for row in rows(database, "SELECT DISTINCT price_version FROM decision")} > {0}
    kinds = {row.kind for row in rows(database, "SELECT DISTINCT kind FROM decision_state")}
    assert kinds >= {Kind.COMMITMENT, Kind.HOME, Kind.POST, Kind.HOUSEHOLD, Kind.RESERVATION}
    done = command("--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert (answer["decisions"], answer["equal"], answer["different"]) == (ticks, ticks, 0)

    # From the middle on: the market is that of the tick before.
    middle = rows(database, "SELECT at FROM decision ORDER BY tick")[ticks // 2].at
    later = replayed(database, since=middle)
    assert 0 < len(later) < ticks
    assert {one.verdict for one in later} == {Verdict.EQUAL}

    # A proposal, an input, the seed, the state of a home: each is missed.
    row = rows(database, "SELECT tick, content FROM decided_proposal ORDER BY tick LIMIT 1")[0]
    different = altered(
        database,
        "UPDATE decided_proposal SET content = replace(content, 'utility', 'Utility') WHERE tick = :tick AND place = 1",
        tick=row.tick,
    )
    assert [(one.tick, one.verdict) for one in different] == [(row.tick, Verdict.DIFFERENT)]
    assert str(different[0].difference).startswith("proposition 1 : vac_")
    proposed = json.loads(row.content)
    different = altered(
        database,
        "UPDATE decision_state SET state = replace(state, :rent, :rent || '9')"
        " WHERE kind = 'home' AND key = :home AND from_tick <= :tick AND (until_tick IS NULL OR until_tick > :tick)",
        home=proposed["home"],
        tick=row.tick,
        rent='"rent_eur_per_month":',
    )
    assert row.tick in {one.tick for one in different}


def test_an_alteration_ends_the_command_with_one_and_names_the_decision(
    api: TestClient, stream: Stream, caseworker: Key, database: Engine, command: Callable[..., Any]
) -> None:
    assert command().exit_code == matching.NOTHING
    stream.home()
    stream.post()
    household(api, caseworker)
    stream.work()
    (kept,) = rows(database, "SELECT tick, household FROM decided_proposal")
    with database.begin() as connection:
        connection.execute(text("DELETE FROM decided_proposal"))
    done = command()
    assert done.exit_code == 1
    assert f"tour {kept.tick}," in done.stderr
    assert "0 proposition(s) inscrite(s), 1 rejouée(s)" in done.stderr
    assert kept.household not in done.output
    with database.begin() as connection:  # decided by a programme that is no longer installed
        connection.execute(text("UPDATE decision SET code = 'another'"))
    done = command()
    assert done.exit_code == 0
    assert "autre version" in done.stdout


def test_what_an_erased_household_counted_in_is_said_to_prove_nothing_more_and_later_decisions_still_do(
    api: TestClient, stream: Stream, caseworker: Key, database: Engine
) -> None:
    stream.post(openings=5)
    stream.home()
    first = household(api, caseworker, priorities=["dalo"])
    household(api, caseworker)
    stream.work()
    assert api.delete(f"/v1/households/{first['id']}", headers=caseworker).status_code == 204
    stream.work()
    stream.home()
    household(api, caseworker)
    stream.work()
    found = replayed(database)
    verdicts = {one.verdict for one in found}
    assert verdicts == {Verdict.EQUAL, Verdict.ERASED}
    (gap,) = rows(database, "SELECT first_tick, last_tick FROM decision_gap")
    assert all(gap.first_tick <= one.tick <= gap.last_tick for one in found if one.verdict is Verdict.ERASED)
    after = [one for one in found if one.tick > gap.last_tick]
    assert sum(one.proposals for one in after) >= 1


def test_only_what_recent_decisions_were_made_on_is_kept(
    api: TestClient, stream: Stream, caseworker: Key, database: Engine, matching_settings: MatchingSettings
) -> None:
    stays = stream.home(typology=Typology.T5)
    gone = stream.home()
    stream.post()
    household(api, caseworker)
    stream.work()
    stream.withdraw("vacancies", gone)
    stream.work()
    stream.clock.advance(timedelta(days=matching_settings.replay_days + 1))
    old = stream.clock.now() - timedelta(days=1)
    household(api, caseworker, size=5)
    stream.work()
    with Session(database) as session, session.begin():
        decision_record.forget_before(session, old)
    assert {row.at >= old for row in rows(database, "SELECT at FROM decision")} == {True}
    kept = {row.key for row in rows(database, "SELECT key FROM decision_state")}
    assert stays in kept
    assert gone not in kept
    found = replayed(database)
    assert found
    assert {one.verdict for one in found} == {Verdict.EQUAL}
