"""A live stream that was interrupted: nothing missed and nothing twice, whatever Redis, the API and the client do."""

import time
from pathlib import Path

import pytest
import redis
from sqlalchemy import Engine

from deploy.local.supervisor import Platform
from shared.identity import Role
from shared.settings import Settings
from tests.integration.notify.made_events import placement_event
from tests.integration.notify.reading import Make, Read, Reading, assert_each_once, beside
from tests.integration.notify.world import Notify, Produce, count
from tests.patience import PATIENCE_SECONDS, until


@pytest.mark.parametrize("by_query", [None, "last_event_id", "lastEventId"])
def test_a_client_that_comes_back_gets_what_followed_each_once(
    caller: Make, read: Read, produce: Produce, by_query: str | None
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
    query = {by_query: first.last_id} if by_query else {}
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
    assert first.ended.wait(PATIENCE_SECONDS)
    for event in events[10:]:
        produce("placements", event)
    notify.start("api")
    second = read(who).start(header_id=first.last_id)
    until(lambda: len(second.events) >= 10)
    assert_each_once([first, second], events)


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
        readings: list[Reading] = []

        def come_back() -> None:
            last = readings[-1].last_id if readings else None
            readings.append(Reading(short.settings.url("notify"), who.key).start(header_id=last))
            assert readings[-1].ended.wait(PATIENCE_SECONDS)
            (*_, (_, kind, data)) = readings[-1].events
            assert (kind, data["reason"]) == ("stream.end", "life")

        def placements() -> list[str]:
            return [data["placement"] for one in readings for _, kind, data in one.events if kind != "stream.end"]

        come_back()
        events = [placement_event(who.organisation) for _ in range(2)]
        for number, event in enumerate(events, start=1):  # both while nobody listens
            produce("placements", event)
            while len(placements()) < number:
                come_back()
        assert placements() == [event.subject for event in events]
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
