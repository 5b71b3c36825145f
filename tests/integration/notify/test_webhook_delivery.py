"""From an event on Kafka to a verified webhook: signatures, retries, replays, kills, addresses."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from standardwebhooks import WebhookVerificationError

from shared.events import Step
from shared.identity import Role
from tests.integration.notify.made_events import TERRITORY, placement_event, score_event, vacancy_event
from tests.integration.notify.world import Caller, Notify, Produce, Receiver, count
from tests.patience import until

Make = Callable[..., Caller]


@pytest.fixture(autouse=True)
def running(notify: Notify) -> None:
    for role in ("api", "consumer", "dispatcher"):
        notify.start(role)


def endpoint(who: Caller, url: str, **values: Any) -> dict[str, Any]:
    answer = who.http.post("/v1/endpoints", json={"url": url, "types": ["*"], **values})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def deliveries(who: Caller, **filters: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = who.http.get("/v1/deliveries", params={"limit": 500, **filters}).json()["items"]
    return items


def test_a_placement_arrives_signed_and_thin(caller: Make, receiver: Receiver, produce: Produce) -> None:
    who = caller(Role.CASEWORKER)
    made = endpoint(who, receiver.url, types=["placement.*"])
    event = placement_event(who.organisation)
    started = time.monotonic()
    produce("placements", event)
    (got,) = until(lambda: receiver.received)
    print(f"from Kafka to the receiver: {(time.monotonic() - started) * 1000:.0f} ms")
    payload = got.verified_by(made["secret"])
    assert payload == {
        "type": "placement.proposed",
        "timestamp": event.time,
        "data": {"placement": event.subject, "territory": TERRITORY, "step": "proposed"},
    }
    assert got.id.startswith("msg_")
    with pytest.raises(WebhookVerificationError):
        got.verified_by("whsec_" + "A" * 43 + "=")
    (shown,) = until(lambda: deliveries(who, state="delivered"))
    assert (shown["id"], shown["last_status"], shown["attempts"]) == (got.id, 204, 1)


def test_500_then_200_is_two_attempts_of_the_same_message(caller: Make, receiver: Receiver) -> None:
    who = caller(Role.CASEWORKER)
    made = endpoint(who, receiver.url)
    receiver.answers = [(500, {}, b"<b>\x00panne</b>" + b"x" * 5000)]
    identifier = who.http.post(f"/v1/endpoints/{made['id']}:test").json()["delivery"]
    until(lambda: len(receiver.received) == 2)
    first, second = receiver.received
    assert first.id == second.id == identifier
    assert first.body == second.body
    for got in (first, second):
        got.verified_by(made["secret"])
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) >= 5
    shown = until(
        lambda: (found := who.http.get(f"/v1/deliveries/{identifier}").json())["state"] == "delivered" and found
    )
    assert [one["status"] for one in shown["tries"]] == [500, 204]
    assert [one["number"] for one in shown["tries"]] == [1, 2]
    assert shown["tries"][0]["excerpt"].startswith("<b>�panne</b>")
    assert len(shown["tries"][0]["excerpt"]) == 2048
    assert who.http.get(f"/v1/endpoints/{made['id']}").json()["failing_since"] is None


def test_a_redirect_is_a_failure_and_is_not_followed(caller: Make, receiver: Receiver) -> None:
    who = caller(Role.CASEWORKER)
    made = endpoint(who, receiver.url)
    receiver.answers = [(307, {"location": receiver.url, "retry-after": "3600"}, b"")]
    identifier = who.http.post(f"/v1/endpoints/{made['id']}:test").json()["delivery"]
    shown = until(lambda: (found := who.http.get(f"/v1/deliveries/{identifier}").json())["attempts"] == 1 and found)
    assert (shown["state"], shown["last_status"]) == ("pending", 307)
    assert len(receiver.received) == 1


def test_retry_after_is_honoured(caller: Make, receiver: Receiver) -> None:
    who = caller(Role.CASEWORKER)
    made = endpoint(who, receiver.url)
    receiver.answers = [(429, {"retry-after": "3600"}, b"")]
    identifier = who.http.post(f"/v1/endpoints/{made['id']}:test").json()["delivery"]
    shown = until(lambda: (found := who.http.get(f"/v1/deliveries/{identifier}").json())["attempts"] == 1 and found)
    waits = datetime.fromisoformat(shown["next_attempt_at"]) - datetime.fromisoformat(shown["created_at"])
    assert timedelta(hours=1) <= waits < timedelta(hours=2)


def test_410_disables_the_endpoint_and_a_replay_sends_the_same_message(caller: Make, receiver: Receiver) -> None:
    who = caller(Role.CASEWORKER)
    made = endpoint(who, receiver.url)
    receiver.answers = [(410, {}, b"")]
    path = f"/v1/endpoints/{made['id']}"
    identifier = who.http.post(f"{path}:test").json()["delivery"]
    until(lambda: not who.http.get(path).json()["enabled"])
    assert who.http.get(path).json()["disabled_reason"] == "gone"
    assert who.http.get(f"/v1/deliveries/{identifier}").json()["state"] == "disabled"
    assert who.http.post(f"{path}:replay").status_code == 409
    who.http.patch(path, json={"enabled": True})
    assert who.http.post(f"{path}:replay").json() == {"queued": 1}
    until(lambda: len(receiver.received) == 2)
    assert {got.id for got in receiver.received} == {identifier}
    until(lambda: who.http.get(f"/v1/deliveries/{identifier}").json()["state"] == "delivered")
    assert who.http.post(f"{path}:replay").json() == {"queued": 0}
    assert who.http.post(f"{path}:replay", json={"delivery": identifier}).json() == {"queued": 1}
    until(lambda: len(receiver.received) == 3)
    assert who.http.post(f"{path}:replay", json={"delivery": "msg_unknown"}).status_code == 404
    both = {"delivery": identifier, "since": "2026-01-01T00:00:00Z"}
    assert who.http.post(f"{path}:replay", json=both).status_code == 422


def test_a_name_that_resolves_to_a_refused_address_is_never_connected_to(
    caller: Make, receiver: Receiver, notify_engine: Engine
) -> None:
    who = caller(Role.CASEWORKER)
    made = endpoint(who, receiver.url)
    # As if the name had resolved elsewhere when the endpoint was made.
    with notify_engine.begin() as connection:
        connection.execute(
            text("UPDATE endpoint SET url = 'https://ip6-allnodes.invalid/' WHERE id = :id"), {"id": made["id"]}
        )
    identifier = who.http.post(f"/v1/endpoints/{made['id']}:test").json()["delivery"]
    shown = until(lambda: (found := who.http.get(f"/v1/deliveries/{identifier}").json())["attempts"] and found)
    assert (shown["last_status"], shown["last_error"]) == (None, "name_not_resolved")
    assert receiver.received == []


def test_each_organisation_hears_of_its_own_and_the_landlord_from_approval_on(
    caller: Make, receiver: Receiver, produce: Produce
) -> None:
    mine, other, landlord = caller(Role.CASEWORKER), caller(Role.CASEWORKER), caller(Role.LANDLORD)
    host = caller(Role.TERRITORY, territories=frozenset({"15"}))
    for who in (mine, other, landlord, host):
        endpoint(who, receiver.url, types=["placement.*"])
    produced = placement_event(mine.organisation, landlord=landlord.organisation)
    produce("placements", produced)
    steps = [(Step.PROPOSED, Step.VERIFYING), (Step.VERIFYING, Step.APPROVED), (Step.APPROVED, Step.RELEASED)]
    for before, after in steps:
        produce(
            "placements",
            placement_event(
                mine.organisation,
                step=after,
                before=before,
                identifier=produced.subject,
                landlord=landlord.organisation,
            ),
        )
    until(lambda: len(deliveries(mine)) == 4)
    types = {
        name: [item["type"] for item in reversed(deliveries(who))]
        for name, who in (("mine", mine), ("other", other), ("landlord", landlord), ("host", host))
    }
    assert types == {
        "mine": ["placement.proposed", "placement.verifying", "placement.approved", "placement.released"],
        "other": [],
        "landlord": ["placement.approved", "placement.released"],
        "host": ["placement.approved", "placement.released"],
    }


def test_scores_are_told_from_the_minimum_that_the_endpoint_asks_for(
    caller: Make, receiver: Receiver, produce: Produce
) -> None:
    code = "200066637"
    coarse, fine = caller(Role.OPERATOR), caller(Role.OPERATOR)
    endpoint(coarse, receiver.url, types=["territory.score"], territories=[code], minimum_score_change=5)
    endpoint(fine, receiver.url, types=["territory.score"], territories=[code], minimum_score_change=0.5)
    generation = caller(Role.OPERATOR).organisation  # new in each run
    for position, score in enumerate([40.0, 40.6, 41.2, 45.1, 45.1, 45.3], start=1):
        produce("territory-scores", score_event(code, score, position, generation=generation))
    produce("territory-scores", score_event(code, 99.0, 2, generation=generation))  # an old position
    produce("territory-scores", score_event("243500139", 50.0, 1, generation=generation))
    until(lambda: len(deliveries(fine)) >= 3)
    marker = caller(Role.OPERATOR)
    endpoint(marker, receiver.url, types=["territory.score"], territories=[code], minimum_score_change=50)
    produce("territory-scores", score_event(code, None, 9, generation=generation))
    until(lambda: deliveries(marker))

    def scores(who: Caller) -> list[Any]:
        shown = [who.http.get(f"/v1/deliveries/{item['id']}").json()["payload"] for item in reversed(deliveries(who))]
        return [payload.partition('"score":')[2].partition(",")[0] for payload in shown]

    # Whether the first is told depends on what this territory's score was before the test.
    assert [score for score in scores(fine) if score != "40.0"] == ["40.6", "41.2", "45.1", "null"]
    assert [score for score in scores(coarse) if score != "40.0"] == ["45.1", "null"]


def test_vacancies_arrive_for_their_territory(caller: Make, receiver: Receiver, produce: Produce) -> None:
    here, elsewhere = caller(Role.CASEWORKER), caller(Role.CASEWORKER)
    endpoint(here, receiver.url, types=["vacancy.*"], territories=["15"])
    endpoint(elsewhere, receiver.url, types=["vacancy.*"], territories=["19"])
    event = vacancy_event("org_landlord")
    produce("vacancies", event)
    (shown,) = until(lambda: deliveries(here))
    assert (shown["type"], shown["subject"], shown["territory"]) == ("vacancy.published", event.subject, TERRITORY)
    assert deliveries(elsewhere) == []


def test_an_undecodable_record_stops_nobody(caller: Make, receiver: Receiver, produce: Produce, notify: Notify) -> None:
    from kafka import KafkaProducer

    producer = KafkaProducer(bootstrap_servers=notify.settings.kafka_bootstrap)
    for partition in producer.partitions_for("placements"):
        producer.send("placements", partition=partition, key=b"plc_x", value=b'{"not":"an event"}').get(20)
    producer.close()
    who = caller(Role.CASEWORKER)
    endpoint(who, receiver.url)
    produce("placements", placement_event(who.organisation))
    until(lambda: receiver.received)


def test_the_consumer_killed_at_any_moment_loses_and_doubles_nothing(
    caller: Make, receiver: Receiver, produce: Produce, notify: Notify, notify_engine: Engine
) -> None:
    who = caller(Role.CASEWORKER)
    made = endpoint(who, receiver.url)
    head = count(notify_engine, "SELECT last FROM live_counter")
    events = [placement_event(who.organisation) for _ in range(400)]
    done = threading.Event()

    def publish() -> None:
        for event in events:
            produce("placements", event)
            time.sleep(0.01)
        done.set()

    publishing = threading.Thread(target=publish)
    publishing.start()
    kills = 0
    while not done.is_set() or kills < 2:
        time.sleep(0.7)
        notify.kill("consumer")
        kills += 1
        notify.start("consumer")
    publishing.join()
    query = "SELECT count(*) FROM delivery WHERE endpoint_id = :id"
    until(lambda: count(notify_engine, query, id=made["id"]) >= 400)
    until(lambda: len({got.id for got in receiver.received}) >= 400)
    time.sleep(1)
    with notify_engine.connect() as connection:
        told = (
            connection.execute(text("SELECT event_id FROM delivery WHERE endpoint_id = :id"), {"id": made["id"]})
            .scalars()
            .all()
        )
        live = (
            connection.execute(
                text("SELECT subject FROM live_event WHERE organisation = :organisation AND seq > :head"),
                {"organisation": who.organisation, "head": head},
            )
            .scalars()
            .all()
        )
    assert sorted(told) == sorted(event.id for event in events)
    assert sorted(live) == sorted(event.subject for event in events)
    assert kills >= 2


def test_the_dispatcher_killed_at_any_moment_loses_nothing_and_keeps_the_ids(
    caller: Make, receiver: Receiver, produce: Produce, notify: Notify
) -> None:
    who = caller(Role.CASEWORKER)
    made = endpoint(who, receiver.url)
    receiver.hold(after=20)
    events = [placement_event(who.organisation) for _ in range(300)]
    for event in events:
        produce("placements", event)
    for _ in range(3):
        until(lambda: receiver.waiting)
        notify.kill("dispatcher")
        receiver.hold(after=20)
        notify.start("dispatcher")
    receiver.let_go()
    until(lambda: len(deliveries(who, state="delivered")) == 300)
    ids = {item["id"] for item in deliveries(who)}
    # The port may have been another test's receiver before, whose messages are still tried again.
    mine = [got for got in receiver.received if got.id in ids]
    by_id: dict[str, set[bytes]] = {}
    for got in mine:
        by_id.setdefault(got.id, set()).add(got.body)
    assert by_id.keys() == ids
    assert all(len(bodies) == 1 for bodies in by_id.values())
    assert {got.verified_by(made["secret"])["data"]["placement"] for got in mine} == {event.subject for event in events}
    assert len(mine) > 300, "inconclusive: no delivery was in flight when the dispatcher was killed"


def test_a_dead_endpoint_delays_nobody(caller: Make, receiver: Receiver, produce: Produce) -> None:
    who = caller(Role.CASEWORKER)
    for _ in range(10):
        endpoint(who, "http://127.0.0.1:9/dead", types=["placement.*"])
    endpoint(who, receiver.url, types=["placement.*"])
    for _ in range(30):
        produce("placements", placement_event(who.organisation))
    started = time.monotonic()
    until(lambda: len({got.id for got in receiver.received}) == 30)
    print(f"30 deliveries beside ten dead endpoints: {(time.monotonic() - started) * 1000:.0f} ms")


def test_a_graceful_stop_does_not_wait_for_an_answer_and_gives_leases_back(
    caller: Make, receiver: Receiver, notify: Notify, notify_engine: Engine
) -> None:
    who = caller(Role.CASEWORKER)
    made = endpoint(who, receiver.url)
    receiver.hold()
    who.http.post(f"/v1/endpoints/{made['id']}:test")
    until(lambda: receiver.received)
    notify.stop("dispatcher")
    query = (
        "SELECT count(*) FROM delivery WHERE endpoint_id = :id AND state = 'pending' AND lease IS NULL AND attempts = 0"
    )
    assert count(notify_engine, query, id=made["id"]) == 1


def test_an_erased_placement_is_forgotten(
    caller: Make, receiver: Receiver, produce: Produce, notify_engine: Engine
) -> None:
    who = caller(Role.CASEWORKER)
    endpoint(who, receiver.url)
    event = placement_event(who.organisation)
    produce("placements", event)
    until(lambda: count(notify_engine, "SELECT count(*) FROM live_event WHERE subject = :id", id=event.subject) == 1)
    seq = count(notify_engine, "SELECT seq FROM live_event WHERE subject = :id", id=event.subject)
    produce("placements", event.subject)
    until(lambda: not deliveries(who))
    with notify_engine.connect() as connection:
        row = connection.execute(
            text("SELECT type, subject, organisation, payload FROM live_event WHERE seq = :seq"), {"seq": seq}
        ).one()
    assert tuple(row) == ("forgotten", None, None, "{}")
    until(lambda: count(notify_engine, "SELECT count(*) FROM forgotten_event WHERE seq = :seq", seq=seq) == 0)
