"""A household is sent its answer link: by whom, to which number, in which words, and who never learns either."""

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from threading import Thread
from typing import Any

import httpx
import httpx2
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from deploy.simulators.sms import KEY, Server
from services.console.core.answer_texts import TONGUES
from services.matching.api import build
from services.matching.core.invitations import LANGUAGES
from services.matching.settings import MatchingSettings
from services.notify.adapters.leases import Destination, Leased
from services.notify.adapters.recipients import Recipients
from services.notify.adapters.sms_channel import SmsChannel
from services.notify.core.channels import Channel
from services.notify.core.schedule import Outcome
from services.notify.core.sms import segments
from services.notify.settings import NotifySettings
from shared.clock import utc_now
from shared.identity import Role
from shared.identity.service_bearers import service_bearer
from shared.settings import Settings
from tests.integration.matching.conftest import Ingest, MakeKey, Stream, household, placements, tables

Key = dict[str, str]
PHONE = "+33612345678"


class Notify:
    """notify as a test wants it: takes messages, or answers `status`."""

    def __init__(self) -> None:
        self.status = 202
        self.asked: list[dict[str, Any]] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(json.loads(request.content))
        return httpx.Response(self.status, json={"id": "msg_1"})


@pytest.fixture
def notify() -> Notify:
    return Notify()


@pytest.fixture
def api(matching_settings: MatchingSettings, clean: None, ingest: Ingest, notify: Notify) -> Iterator[TestClient]:
    app = build(matching_settings, ingest=httpx.MockTransport(ingest.answer), notify=httpx.MockTransport(notify.answer))
    with TestClient(app) as client:
        yield client


@pytest.fixture
def provider() -> Iterator[Server]:
    server = Server()
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def channel(migrated: Settings, api: TestClient, provider: Server) -> Callable[[str], Outcome]:
    """One try of notify's SMS channel, which asks this matching and calls this provider."""
    settings = NotifySettings(
        **migrated.model_dump(),
        sms_url=f"http://127.0.0.1:{provider.server_port}/messages",
        sms_headers=json.dumps({"Authorization": f"Bearer {KEY}"}),
        sms_id_field="messages.0.id",
    )

    async def one(reference: str, delivery: str) -> Outcome:
        asking = Recipients(settings, transport=lambda: httpx.ASGITransport(api.app))
        sms = SmsChannel(settings, asking)
        try:
            to = Destination("platform_sms", Channel.SMS, "", "", False, b"", None, None, None)
            leased = Leased(delivery, to, reference, "household.answer_link", "plc", "{}", 0, 0, utc_now())
            return await sms.send(leased, utc_now())
        finally:
            await sms.close()

    def tried(reference: str, delivery: str = "msg_1") -> Outcome:
        return asyncio.run(one(reference, delivery))

    return tried


def approved(api: TestClient, key: Key, stream: Stream, **contact: Any) -> dict[str, Any]:
    """A placement that awaits the answer of a household with that contact."""
    stream.home()
    stream.post()
    made = household(api, key)
    if contact:
        answer = api.put(f"/v1/households/{made['id']}/contact", json=contact, headers=key)
        assert answer.status_code == 200, answer.text
    stream.work()
    (placement,) = placements(api, key)
    api.post(f"/v1/placements/{placement['id']}/decisions", json={"decision": "approve"}, headers=key)
    return placement


def ask(api: TestClient, key: Key, placement: dict[str, Any], send: str = "sms") -> httpx2.Response:
    return api.post(f"/v1/placements/{placement['id']}/answer-links", json={"send": send}, headers=key)


def test_a_link_goes_to_the_phone_and_neither_number_nor_token_goes_anywhere_else(
    api: TestClient,
    caseworker: Key,
    stream: Stream,
    notify: Notify,
    channel: Callable[[str], Outcome],
    provider: Server,
    database: Engine,
) -> None:
    placement = approved(api, caseworker, stream, phone="06 12 34 56 78", language="fr")
    link = ask(api, caseworker, placement)
    assert (link.status_code, link.json()["sent_by"]) == (201, "sms")
    (asked,) = notify.asked
    assert asked["placement"] == placement["id"]
    assert PHONE[1:] not in str(asked)
    assert link.json()["token"] not in str(asked)
    outcome = channel(asked["reference"])
    assert (outcome.answer.status, outcome.excerpt) == (202, "sim-1"), "the provider's id, none of its words"
    (text_message,) = provider.provider.accepted.values()
    assert text_message.to == PHONE
    assert link.json()["url"] in text_message.message
    assert segments(text_message.message) == 1
    # Another try of the same message is the same link and the same message to the provider.
    channel(asked["reference"])
    assert len(provider.provider.accepted) == 1
    assert api.get(f"/v1/answers/{link.json()['token']}").status_code == 200
    for table, rows in tables(database).items():
        assert PHONE not in rows, table
        assert link.json()["token"] not in rows, table


def test_refusals_of_the_provider_are_judged_by_their_class(
    api: TestClient,
    caseworker: Key,
    stream: Stream,
    notify: Notify,
    channel: Callable[[str], Outcome],
    provider: Server,
) -> None:
    ask(api, caseworker, approved(api, caseworker, stream, phone=PHONE))
    reference = notify.asked[0]["reference"]
    provider.provider.answers = [(429, 30), (503, None), (400, None), (401, None)]
    too_many, away, bad_number, bad_key = (channel(reference) for _ in range(4))
    assert (too_many.answer.retry_after, too_many.answer.permanent) == ("30", False)
    assert (away.answer.permanent, away.answer.of_recipient) == (False, False)
    assert (bad_number.answer.permanent, bad_number.answer.of_recipient) == (True, True)
    assert (bad_key.answer.permanent, bad_key.answer.of_recipient) == (False, False), "the platform's own fault"
    assert all(outcome.excerpt is None for outcome in (too_many, away, bad_number, bad_key))


def test_what_is_no_longer_to_be_answered_is_no_longer_sent(
    api: TestClient,
    caseworker: Key,
    stream: Stream,
    notify: Notify,
    channel: Callable[[str], Outcome],
    provider: Server,
) -> None:
    placement = approved(api, caseworker, stream, phone=PHONE)
    token = ask(api, caseworker, placement).json()["token"]
    api.post(f"/v1/answers/{token}", json={"answer": "no"})
    outcome = channel(notify.asked[0]["reference"])
    assert (outcome.answer.error, outcome.answer.permanent) == ("no_longer_needed", True)
    assert provider.provider.calls == 0


def test_a_household_without_number_and_a_platform_without_sms_are_said(
    api: TestClient, caseworker: Key, stream: Stream, notify: Notify
) -> None:
    placement = approved(api, caseworker, stream)
    nothing = ask(api, caseworker, placement)
    assert (nothing.status_code, nothing.json()["errors"][0]["field"]) == (409, "send")
    assert notify.asked == []
    path = f"/v1/households/{placement['household']}/contact"
    assert api.put(path, json={"email": "k204@personnes.exemple.fr"}, headers=caseworker).status_code == 200
    assert ask(api, caseworker, placement).status_code == 409  # an address is no number
    assert ask(api, caseworker, placement, "preferred").json()["sent_by"] == "email"
    notify.status = 409
    told = ask(api, caseworker, placement, "email").json()
    assert told["errors"][0]["remedy"] == "ANCRAGE_SMTP_HOST"
    notify.status = 500
    assert ask(api, caseworker, placement, "email").status_code == 503


def test_contacts_are_the_organisations_own_and_go_with_the_household(
    api: TestClient, caseworker: Key, make_key: MakeKey, stream: Stream, database: Engine, notify: Notify
) -> None:
    placement = approved(api, caseworker, stream, phone=PHONE, language="ar")
    path = f"/v1/households/{placement['household']}/contact"
    shown = api.get(path, headers=caseworker)
    assert shown.json() == {"phone": PHONE, "email": None, "preferred": None, "language": "ar"}
    assert shown.headers["cache-control"] == "no-store"
    other = make_key(Role.CASEWORKER)
    assert api.get(path, headers=other).status_code == 404
    assert api.put(path, json={"phone": PHONE}, headers=other).status_code == 404
    assert api.delete(path, headers=other).status_code == 404
    for role in (Role.OPERATOR, Role.LANDLORD):
        assert api.get(path, headers=make_key(role)).status_code == 403
    for bad in ({"phone": "12"}, {"email": "nobody"}, {}, {"email": "a@b.fr", "preferred": "sms"}):
        assert api.put(path, json=bad, headers=caseworker).status_code == 422
    ask(api, caseworker, placement)
    assert api.delete(f"/v1/households/{placement['household']}", headers=caseworker).status_code == 204
    with database.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM household_contact")).scalar_one() == 0


def test_the_look_up_answers_notify_alone(
    api: TestClient, caseworker: Key, make_key: MakeKey, stream: Stream, notify: Notify, migrated: Settings
) -> None:
    ask(api, caseworker, approved(api, caseworker, stream, phone=PHONE, language="uk"))
    path = f"/v1/recipients/{notify.asked[0]['reference']}"
    for role in Role:
        territories = frozenset({"15"}) if role is Role.TERRITORY else frozenset[str]()
        assert api.get(path, headers=make_key(role, territories=territories)).status_code == 403
    for service in ("matching", "console", "ingest"):
        bearer = {"Authorization": f"Bearer {service_bearer(migrated, service)}"}
        assert api.get(path, headers=bearer).status_code == 403
    bearer = {"Authorization": f"Bearer {service_bearer(migrated, 'notify')}"}
    found = api.get(path, headers=bearer).json()
    assert (found["phone"], found["language"]) == (PHONE, "uk")
    old = {"Authorization": f"Bearer {service_bearer(migrated, 'notify', now=utc_now() - timedelta(hours=1))}"}
    assert api.get(path, headers=old).status_code == 401


def test_households_are_written_to_in_the_languages_of_their_page() -> None:
    assert [tongue.code for tongue in TONGUES] == list(LANGUAGES)
