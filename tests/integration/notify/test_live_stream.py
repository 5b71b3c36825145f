"""The live stream: nothing missed and nothing twice, whatever Redis does; rights at each send."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from sqlalchemy import Engine
from sqlmodel import Session

from deploy.local.supervisor import Platform
from shared.events import Event, Step
from shared.identity import Role
from shared.identity.bearers import revoke_bearer
from shared.settings import Settings
from shared.sql.engine import service_engine
from tests.integration.notify.made_events import TERRITORY, placement_event, score_event, vacancy_event
from tests.integration.notify.world import Caller, Notify, Produce, count, until

Make = Callable[..., Caller]


@dataclass
class Reading:
    """A client of the stream. It notes (id, event, data) and every id, as a browser's EventSource would."""

    base: str
    key: str
    events: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    comments: int = 0
    last_id: str | None = None
    status: int | None = None
    body: str = ""
    opened: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    closing: threading.Event = field(default_factory=threading.Event)

    def start(self, *, header_id: str | None = None, **query: Any) -> "Reading":
        threading.Thread(target=self._run, args=(header_id, query), daemon=True).start()
        assert self.opened.wait(20)
        return self

    def _run(self, header_id: str | None, query: dict[str, Any]) -> None:
        headers = {"authorization": f"Bearer {self.key}"}
        if header_id is not None:
            headers["last-event-id"] = header_id
        try:
            with httpx.stream(
                "GET", f"{self.base}/v1/stream", headers=headers, params=query, timeout=20, trust_env=False
            ) as answer:
                self.status = answer.status_code
                if answer.status_code != 200:
                    self.body = answer.read().decode()
                    self.opened.set()
                    return
                self._read(answer)
        except httpx.HTTPError:
            pass
        finally:
            self.opened.set()
            self.ended.set()

    def _read(self, answer: httpx.Response) -> None:
        kind, data = "message", ""
        for line in answer.iter_lines():
            if self.closing.is_set():
                return
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if line == "":
                if data:
                    self.events.append((self.last_id or "", kind, json.loads(data)))
                kind, data = "message", ""
                self.opened.set()
            elif name == "":
                self.comments += 1
            elif name == "id":
                self.last_id = value
            elif name == "event":
                kind = value
            elif name == "data":
                data += value

    def numbers(self) -> list[int]:
        return [int(identifier.partition("-")[0]) for identifier, _, _ in self.events]

    def close(self) -> None:
        self.closing.set()
        assert self.ended.wait(20)

    def subjects(self) -> list[str]:
        return [str(data.get("placement")) for _, _, data in self.events]


Read = Callable[[Caller], Reading]


def beside(notify: Notify) -> int:
    """A port base for a second set of processes."""
    return notify.settings.port_base + 50


def assert_each_once(readings: list[Reading], events: list[Event[Any]]) -> None:
    """All events, each once, under growing numbers. Order is promised per key, not over all placements."""
    assert sorted(name for one in readings for name in one.subjects()) == sorted(event.subject for event in events)
    numbers = [number for one in readings for number in one.numbers()]
    assert numbers == sorted(set(numbers))


@pytest.fixture
def read(notify: Notify) -> Iterator[Read]:
    made: list[Reading] = []

    def make(who: Caller) -> Reading:
        made.append(Reading(notify.settings.url("notify"), who.key))
        return made[-1]

    for role in ("api", "consumer"):
        notify.start(role)
    yield make
    for one in made:
        one.closing.set()
    for one in made:
        one.ended.wait(5)


def test_an_event_is_seen_live_with_its_number(caller: Make, read: Read, produce: Produce) -> None:
    who = caller(Role.CASEWORKER)
    reading = read(who).start()
    event = placement_event(who.organisation)
    started = time.monotonic()
    produce("placements", event)
    ((identifier, kind, data),) = until(lambda: reading.events)
    print(f"from Kafka to the stream: {(time.monotonic() - started) * 1000:.0f} ms")
    assert identifier.endswith("-0")
    assert kind == data["type"] == "placement.proposed"
    assert data == {
        "type": "placement.proposed",
        "time": event.time,
        "placement": event.subject,
        "territory": TERRITORY,
        "step": "proposed",
    }


@pytest.mark.parametrize("by_query", [False, True])
def test_a_client_that_comes_back_gets_what_followed_each_once(
    caller: Make, read: Read, produce: Produce, by_query: bool
) -> None:
    who = caller(Role.CASEWORKER)
    first = read(who).start()
    events = [placement_event(who.organisation) for _ in range(60)]
    for event in events[:20]:
        produce("placements", event)
    until(lambda: len(first.events) >= 20)
    first.close()
    for event in events[20:40]:
        produce("placements", event)
    query = {"last_event_id": first.last_id} if by_query else {}
    second = read(who).start(header_id=None if by_query else first.last_id, **query)
    for event in events[40:]:
        produce("placements", event)
    until(lambda: len(second.events) >= 40)
    time.sleep(0.3)
    assert_each_once([first, second], events)


def test_what_redis_has_lost_comes_from_sql(caller: Make, read: Read, produce: Produce, notify: Notify) -> None:
    who = caller(Role.CASEWORKER)
    first = read(who).start()
    events = [placement_event(who.organisation) for _ in range(45)]
    for event in events[:15]:
        produce("placements", event)
    until(lambda: len(first.events) >= 15)
    first.close()
    for event in events[15:30]:
        produce("placements", event)
    other = read(who).start()
    client = redis.Redis.from_url(notify.settings.redis)
    keys = client.keys("ancrage:notify:live:*")
    assert keys
    client.delete(*keys)
    client.close()
    for event in events[30:]:
        produce("placements", event)
    second = read(who).start(header_id=first.last_id)
    until(lambda: len(second.events) >= 30)
    time.sleep(0.3)
    assert_each_once([first, second], events)
    until(lambda: events[-1].subject in other.subjects())
    assert len(set(other.subjects())) == len(other.subjects())


def test_the_api_started_again_goes_on_where_the_client_was(
    caller: Make, read: Read, produce: Produce, notify: Notify
) -> None:
    who = caller(Role.CASEWORKER)
    first = read(who).start()
    events = [placement_event(who.organisation) for _ in range(20)]
    for event in events[:10]:
        produce("placements", event)
    until(lambda: len(first.events) >= 10)
    notify.kill("api")
    assert first.ended.wait(20)
    for event in events[10:]:
        produce("placements", event)
    notify.start("api")
    second = read(who).start(header_id=first.last_id)
    until(lambda: len(second.events) >= 10)
    assert_each_once([first, second], events)


def test_each_actor_sees_what_is_his_to_see(caller: Make, read: Read, produce: Produce) -> None:
    mine, other, operator = caller(Role.CASEWORKER), caller(Role.CASEWORKER), caller(Role.OPERATOR)
    landlord = caller(Role.LANDLORD)
    host = caller(Role.TERRITORY, territories=frozenset({TERRITORY}))
    readings = {who.key: read(who).start() for who in (mine, other, operator, landlord, host)}
    proposed = placement_event(mine.organisation, landlord=landlord.organisation)
    approved = placement_event(
        mine.organisation,
        step=Step.APPROVED,
        before=Step.VERIFYING,
        identifier=proposed.subject,
        landlord=landlord.organisation,
    )
    score = score_event("243500139", 55.0, 1, generation=mine.organisation)
    for topic, event in (("placements", proposed), ("placements", approved), ("territory-scores", score)):
        produce(topic, event)
    produce("territory-scores", score_event("243500139", 80.0, 2, generation=mine.organisation))
    until(lambda: all("territory.score" in [kind for _, kind, _ in one.events] for one in readings.values()))
    seen = {
        who.key: {kind for _, kind, data in readings[who.key].events if data.get("placement") == proposed.subject}
        for who in (mine, other, operator, landlord, host)
    }
    assert seen[mine.key] == seen[operator.key] == {"placement.proposed", "placement.approved"}
    assert seen[landlord.key] == seen[host.key] == {"placement.approved"}
    assert seen[other.key] == set()
    for kind_and_data in readings[other.key].events:
        assert not kind_and_data[1].startswith("placement.")


def test_a_client_may_ask_for_some_types_and_territories_only(caller: Make, read: Read, produce: Produce) -> None:
    who = caller(Role.CASEWORKER)
    here = read(who).start(types=["vacancy.*"], territory=["15"])
    elsewhere = read(who).start(types=["vacancy.*"], territory=["19"])
    produce("placements", placement_event(who.organisation))
    produce("vacancies", vacancy_event("org_landlord"))
    until(lambda: here.events)
    assert {kind for _, kind, _ in here.events} == {"vacancy.published"}
    assert elsewhere.events == []
    # What is filtered away still moves the id on: a client that comes back does not go through it again.
    until(lambda: elsewhere.last_id == here.last_id)


def test_muted_types_stay_away(caller: Make, read: Read, produce: Produce) -> None:
    who = caller(Role.CASEWORKER)
    assert who.http.put("/v1/preferences", json={"muted_types": ["vacancy.*"]}).status_code == 200
    reading = read(who).start()
    produce("vacancies", vacancy_event("org_landlord"))
    produce("placements", placement_event(who.organisation))
    until(lambda: reading.events)
    time.sleep(0.3)
    assert {kind for _, kind, _ in reading.events} == {"placement.proposed"}


def test_a_revoked_key_ends_its_stream(caller: Make, read: Read, notify: Notify) -> None:
    who = caller(Role.CASEWORKER)
    reading = read(who).start()
    engine = service_engine(notify.settings, "console", database="identity", pool=1)
    with Session(engine) as session:
        assert revoke_bearer(session, who.key.partition(".")[0])
        session.commit()
    engine.dispose()
    assert reading.ended.wait(30)
    assert [(kind, data["reason"]) for _, kind, data in reading.events] == [("stream.end", "unauthenticated")]


def test_a_silent_stream_gives_signs_of_life(caller: Make, read: Read) -> None:
    reading = read(caller(Role.LANDLORD)).start(types=["placement.completed"])
    until(lambda: reading.comments >= 2, 10)
    assert reading.events == []


def test_an_id_that_is_none_of_ours_is_named(caller: Make, read: Read) -> None:
    who = caller(Role.CASEWORKER)
    for answer in (
        read(who).start(header_id="nonsense"),
        read(who).start(types=["household.*"]),
    ):
        assert answer.status == 422
        assert json.loads(answer.body)["errors"][0]["remedy"]


def test_an_id_that_is_no_longer_or_not_yet_kept_says_reset(caller: Make, read: Read, notify_engine: Engine) -> None:
    who = caller(Role.CASEWORKER)
    last = count(notify_engine, "SELECT last FROM live_counter")
    reading = read(who).start(header_id=f"{last + 10_000}-0")
    ((identifier, kind, data),) = until(lambda: reading.events)
    assert (kind, data["from"], identifier) == ("stream.reset", f"{last}-0", f"{last}-0")


def test_a_stream_ends_at_its_age_and_the_client_misses_nothing(
    caller: Make, produce: Produce, notify: Notify, tmp_path: Path
) -> None:
    short = Notify(
        notify.settings.model_copy(update={"port_base": beside(notify), "stream_life_seconds": 1.5}), tmp_path
    )
    who = caller(Role.CASEWORKER)
    notify.start("consumer")
    short.start("api")
    try:
        first = Reading(short.settings.url("notify"), who.key).start()
        produce("placements", placement_event(who.organisation))
        assert first.ended.wait(10)
        assert [(kind, data.get("reason")) for _, kind, data in first.events] == [
            ("placement.proposed", None),
            ("stream.end", "life"),
        ]
        event = placement_event(who.organisation)
        produce("placements", event)
        second = Reading(short.settings.url("notify"), who.key).start(header_id=first.last_id)
        until(lambda: second.events)
        assert second.subjects()[0] == event.subject
        assert second.ended.wait(10)
    finally:
        short.stop("api")


def test_redis_killed_and_started_again_loses_and_doubles_nothing(
    caller: Make, produce: Produce, notify: Notify, tmp_path: Path
) -> None:
    """Its own Redis, which is killed; the shared consumer stops meanwhile, since the platform has one consumer."""
    who = caller(Role.CASEWORKER)
    notify.stop("consumer")
    base = beside(notify)
    servers = Platform(
        Settings(
            home=tmp_path / "home", cache=Settings().cache_folder, port_base=base, secret_keys="k" * 32, redis_url=None
        ),
        processes=(),
        servers=("redis",),
    )
    with servers:
        own = Notify(
            notify.settings.model_copy(update={"port_base": base, "redis_url": servers.settings.redis}), tmp_path
        )
        own.start("consumer")
        own.start("api")
        try:
            reading = Reading(own.settings.url("notify"), who.key).start()
            events = [placement_event(who.organisation) for _ in range(60)]
            for number, event in enumerate(events):
                produce("placements", event)
                if number == 20:
                    until(lambda: len(reading.events) >= 21)
                    servers.kill("redis")
                if number == 40:
                    servers.wait_ready("redis")
            until(lambda: len(reading.events) >= 60)
            time.sleep(0.5)
            assert_each_once([reading], events)
            reading.close()
        finally:
            own.stop("api")
            own.stop("consumer")
