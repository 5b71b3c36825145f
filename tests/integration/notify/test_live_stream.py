"""The live stream: what each client is shown of it, with rights at each send."""

import json
import time

from sqlmodel import Session

from shared.events import Step
from shared.identity import Role
from shared.identity.bearers import revoke_bearer
from shared.sql.engine import service_engine
from tests.integration.notify.made_events import TERRITORY, placement_event, score_event, vacancy_event
from tests.integration.notify.reading import Make, Read
from tests.integration.notify.world import Notify, Produce
from tests.patience import PATIENCE_SECONDS, until


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
    # Topics are read in no order: everybody has seen everything where the last number of each has come.
    until(lambda: all("territory.score" in [kind for _, kind, _ in one.events] for one in readings.values()))
    until(lambda: "placement.approved" in [kind for _, kind, _ in readings[operator.key].events])
    last = max(number for one in readings.values() for number in one.numbers())
    until(lambda: all(one.last_id and int(one.last_id.partition("-")[0]) >= last for one in readings.values()))
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
    assert reading.ended.wait(PATIENCE_SECONDS)
    assert [(kind, data["reason"]) for _, kind, data in reading.events] == [("stream.end", "unauthenticated")]


def test_a_silent_stream_gives_signs_of_life(caller: Make, read: Read) -> None:
    reading = read(caller(Role.LANDLORD)).start(types=["placement.completed"])
    until(lambda: reading.comments >= 2)
    assert reading.events == []


def test_what_is_none_of_ours_is_named(caller: Make, read: Read) -> None:
    who = caller(Role.CASEWORKER)
    for answer in (
        read(who).start(header_id="nonsense"),
        read(who).start(types=["household.*"]),
        read(who).start(territory=["241500231"]),
    ):
        assert answer.status == 422
        assert json.loads(answer.body)["errors"][0]["remedy"]
