"""From an event to a mail in the mailbox of whoever it concerns: at once, once, without anyone's data."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from services.notify.settings import NotifySettings
from shared.clock import isoformat, paris_date, utc_now
from shared.events import Step
from shared.identity import Role
from tests.integration.notify.made_events import placement_event
from tests.integration.notify.mailbox import Arrived, Mailbox
from tests.integration.notify.people import Directory, Someone, directory
from tests.integration.notify.world import Caller, Notify, Produce, Receiver, count
from tests.patience import until

Make = Callable[..., Caller]


@pytest.fixture(autouse=True)
def running(notify: Notify, notify_engine: Engine) -> None:
    for role in ("matching.api", "api", "consumer", "dispatcher"):
        notify.start(role)
    # Other tests tell people of placements while matching is not there to say where they are.
    with notify_engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE endpoint SET paused_until = NULL, consecutive_failures = 0, failing_since = NULL"
                " WHERE id = 'platform_email'"
            )
        )


@pytest.fixture
def people(notify_settings: NotifySettings) -> Iterator[Directory]:
    with directory(notify_settings) as made:
        yield made


@pytest.fixture
def caseworker(people: Directory) -> Someone:
    made = people.person()
    made.wishes()
    return made


def proposal(who: Someone, **values: Any) -> Any:
    return placement_event(who.organisation, caseworker=who.id, **values)


def mail_to(mailbox: Mailbox, address: str, number: int = 1) -> list[Arrived]:
    until(lambda: len(mailbox.to(address)) >= number)
    return mailbox.to(address)


def action_of(mail: Arrived) -> str:
    """The token of the mail's unsubscribe link."""
    return str(mail.message["List-Unsubscribe"]).strip("<>").rpartition("/")[2]


def messages(who: Someone) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = who.http.get("/v1/deliveries").json()["items"]
    return found


def test_a_proposal_is_mailed_to_its_caseworker_in_words_that_say_nothing_of_anyone(
    caseworker: Someone, mailbox: Mailbox, produce: Produce, notify: Notify, notify_engine: Engine
) -> None:
    event = proposal(caseworker, due_at="2030-01-08T23:00:00.000Z")
    produce("placements", event)
    (mail,) = mail_to(mailbox, caseworker.address)
    assert mail.encrypted, "by STARTTLS"
    assert mail.message["Subject"].startswith("Ancrage : une proposition attend votre décision (")
    assert "jusqu'au mardi 08/01/2030 inclus" in mail.text()
    assert mail.message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    (sent,) = until(lambda: [one for one in messages(caseworker) if one["state"] == "delivered"])
    assert mail.id == f"<{sent['id']}@plateforme.exemple.fr>"
    assert (sent["channel"], sent["type"], sent["subject"]) == ("email", "alert.alert", event.subject)
    # The whole reference is only in the signed link; the address is in the envelope alone.
    for kind in ("plain", "html"):
        body = mail.text(kind)
        assert event.subject not in body
        assert caseworker.address not in body
        assert re.search(r"/courriel/voir/[A-Za-z0-9_-]{40,}", body)
    with notify_engine.connect() as connection:
        for table in ("delivery", "attempt", "alert", "endpoint", "preference", "live_event"):
            rows = connection.execute(text(f"SELECT t::text FROM {table} t")).scalars()  # noqa: S608
            assert not [row for row in rows if caseworker.address in row], table
    assert caseworker.address not in notify.log("dispatcher") + notify.log("matching.api")


def test_the_address_is_asked_for_at_each_sending(
    caseworker: Someone, people: Directory, mailbox: Mailbox, produce: Produce
) -> None:
    produce("placements", proposal(caseworker))
    mail_to(mailbox, caseworker.address)
    moved = f"nouvelle.{caseworker.address}"
    people.write_to(caseworker.id, moved)
    produce("placements", proposal(caseworker))
    mail_to(mailbox, moved)
    assert len(mailbox.to(caseworker.address)) == 1


def test_beyond_the_days_maximum_alerts_wait_for_one_digest(
    caseworker: Someone, mailbox: Mailbox, produce: Produce, notify_engine: Engine
) -> None:
    caseworker.wishes(daily_maximum=2, language="en")
    events = [proposal(caseworker) for _ in range(6)]
    for event in events:
        produce("placements", event)
    mail_to(mailbox, caseworker.address, 2)
    waiting = "SELECT count(*) FROM alert WHERE recipient = :person AND state = 'digest'"
    until(lambda: count(notify_engine, waiting, person=caseworker.id) == 4)
    assert len(mailbox.to(caseworker.address)) == 2
    # As if the next morning had come.
    with notify_engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE alert SET send_at = now() - interval '1 minute' WHERE recipient = :person AND state = 'digest'"
            ),
            {"person": caseworker.id},
        )
    mails = mail_to(mailbox, caseworker.address, 3)
    assert [mail.message["Subject"] for mail in mails][2] == "Ancrage: 4 alerts in your digest"
    assert mails[2].text().count("A proposal awaits your decision") == 4
    shown = caseworker.http.get("/v1/alerts").json()["items"]
    assert {one["placement"] for one in shown} == {event.subject for event in events}
    assert {one["state"] for one in shown} == {"sent"}
    days = caseworker.http.get("/v1/alerts/days").json()["items"]
    assert [sum(day[what] for day in days) for what in ("events", "interruptions", "digests")] == [6, 2, 1]


def test_a_mailbox_that_is_busy_is_tried_again_and_one_that_does_not_exist_is_told_to_the_organisation(
    caseworker: Someone, people: Directory, mailbox: Mailbox, produce: Produce, receiver: Receiver
) -> None:
    made = caseworker.http.post("/v1/endpoints", json={"url": receiver.url, "types": ["message.undeliverable"]}).json()
    mailbox.refusals[caseworker.address] = [f"451 4.2.1 <{caseworker.address}> greylisted, come back"]
    produce("placements", proposal(caseworker))
    (mail,) = mail_to(mailbox, caseworker.address)
    (sent,) = until(lambda: [one for one in messages(caseworker) if one["state"] == "delivered"])
    assert mail.id.startswith(f"<{sent['id']}@"), "the same message"
    tries = caseworker.http.get(f"/v1/deliveries/{sent['id']}").json()["tries"]
    assert [one["status"] for one in tries] == [451, 250]
    gone = people.person(organisation=caseworker.organisation_name)
    gone.wishes()
    mailbox.refusals[gone.address] = [f"550 5.1.1 <{gone.address}>: no such user"] * 5
    produce("placements", proposal(gone))
    (told,) = until(lambda: receiver.received)
    body = told.verified_by(made["secret"])
    assert (body["type"], body["data"]["channel"], body["data"]["status"]) == ("message.undeliverable", "email", 550)
    lost = gone.http.get(f"/v1/deliveries/{body['data']['message']}").json()
    assert (lost["state"], lost["attempts"]) == ("failed", 1), "5xx is for good"
    # The server's words repeat the address: only its codes are kept.
    assert lost["tries"][0]["excerpt"] == "550 5.1.1"
    assert gone.address not in str(lost)
    # One mailbox's trouble is not the server's: nobody else is made to wait.
    produce("placements", proposal(caseworker))
    mail_to(mailbox, caseworker.address, 2)


def test_the_dispatcher_killed_while_it_mails_loses_and_doubles_nothing(
    caseworker: Someone, mailbox: Mailbox, produce: Produce, notify: Notify, notify_engine: Engine
) -> None:
    caseworker.wishes(daily_maximum=3)
    mailbox.pause = 0.3
    events = [proposal(caseworker) for _ in range(8)]
    begun = mailbox.begun
    for event in events:
        produce("placements", event)
    until(lambda: mailbox.begun > begun)
    notify.kill("dispatcher")
    with notify_engine.begin() as connection:
        connection.execute(
            text("UPDATE alert SET send_at = now() WHERE recipient = :person AND state = 'digest'"),
            {"person": caseworker.id},
        )
    begun = mailbox.begun
    notify.start("dispatcher")
    until(lambda: mailbox.begun > begun)
    notify.kill("dispatcher")
    mailbox.pause = 0.0
    notify.start("dispatcher")
    open_alerts = "SELECT count(*) FROM alert WHERE recipient = :person AND state <> 'sent'"
    told = "SELECT count(*) FROM alert WHERE recipient = :person"
    until(lambda: count(notify_engine, told, person=caseworker.id) == 8)
    with notify_engine.begin() as connection:
        connection.execute(
            text("UPDATE alert SET send_at = now() WHERE recipient = :person AND state = 'digest'"),
            {"person": caseworker.id},
        )
    until(lambda: count(notify_engine, open_alerts, person=caseworker.id) == 0)
    until(lambda: {one["state"] for one in messages(caseworker)} == {"delivered"})
    mails = {mail.id: mail for mail in mailbox.to(caseworker.address)}
    assert {f"<{one['id']}@plateforme.exemple.fr>" for one in messages(caseworker)} == mails.keys()
    texts = [mail.text() for mail in mails.values()]
    assert sum(body.count("Une proposition attend votre décision") for body in texts) == 8, "each alert in one message"
    subjects = [str(mail.message["Subject"]) for mail in mails.values()]
    assert sum("une proposition attend" in subject for subject in subjects) == 3


def test_the_unsubscribe_link_decides_by_post_alone_and_for_its_bearer_alone(
    caseworker: Someone, people: Directory, mailbox: Mailbox, produce: Produce, notify_engine: Engine
) -> None:
    colleague = people.person(organisation=caseworker.organisation_name)
    colleague.wishes()
    produce("placements", proposal(caseworker))
    (mail,) = mail_to(mailbox, caseworker.address)
    path = f"/v1/mail-actions/{action_of(mail)}"
    del caseworker.http.headers["authorization"]
    assert caseworker.http.get(path).json() == {"action": "unsubscribe"}
    produce("placements", proposal(caseworker))
    mail_to(mailbox, caseworker.address, 2)  # reading changed nothing
    assert caseworker.http.post(path).json() == {"action": "unsubscribe"}
    assert caseworker.http.post(f"{path[:-2]}xx").status_code == 404
    produce("placements", proposal(caseworker))
    produce("placements", proposal(colleague))
    mail_to(mailbox, colleague.address)
    shown = "SELECT count(*) FROM alert WHERE recipient = :person AND state = 'shown'"
    until(lambda: count(notify_engine, shown, person=caseworker.id) == 1)
    assert len(mailbox.to(caseworker.address)) == 2


def test_not_useful_sends_the_kind_to_the_digest_for_that_person(
    caseworker: Someone, mailbox: Mailbox, produce: Produce, notify_engine: Engine
) -> None:
    produce("placements", proposal(caseworker))
    (mail,) = mail_to(mailbox, caseworker.address)
    link = re.findall(r"/courriel/([A-Za-z0-9_-]+)", mail.text().partition("Pas utile")[2])[0]
    answer = caseworker.http.post(f"/v1/mail-actions/{link}").json()
    assert (answer["action"], answer["kind"]) == ("not_useful", "proposal")
    assert [one["kind"] for one in caseworker.http.get("/v1/preferences").json()["tuned"]] == ["proposal"]
    produce("placements", proposal(caseworker))
    waiting = "SELECT count(*) FROM alert WHERE recipient = :person AND state = 'digest'"
    until(lambda: count(notify_engine, waiting, person=caseworker.id) == 1)
    assert caseworker.http.delete("/v1/preferences/tuned/proposal").status_code == 204
    produce("placements", proposal(caseworker))
    mail_to(mailbox, caseworker.address, 2)


def test_a_deadline_that_nears_is_alerted_to_once_and_not_where_the_placement_has_moved_on(
    caseworker: Someone, mailbox: Mailbox, produce: Produce, notify_engine: Engine
) -> None:
    caseworker.wishes(alerts={"proposal": "off"})
    due = isoformat(utc_now() + timedelta(hours=20))
    open_one, moved = proposal(caseworker, due_at=due), proposal(caseworker, due_at=due)
    for event in (open_one, moved):
        produce("placements", event)
    produce("placements", proposal(caseworker, identifier=moved.subject, before=Step.PROPOSED, step=Step.APPROVED))
    both = "SELECT count(*) FROM watched_placement WHERE person = :p"
    until(lambda: count(notify_engine, both, p=caseworker.id) == 2)
    until(lambda: count(notify_engine, f"{both} AND alert_at IS NOT NULL", p=caseworker.id) == 1)
    # As if the notice had come.
    with notify_engine.begin() as connection:
        connection.execute(
            text("UPDATE watched_placement SET alert_at = now() WHERE person = :person AND alert_at IS NOT NULL"),
            {"person": caseworker.id},
        )
    (mail,) = mail_to(mailbox, caseworker.address)
    assert "Une décision est à prendre" in mail.text()
    # The same deadline again, in another version of the placement, is nothing new.
    produce("placements", proposal(caseworker, identifier=open_one.subject, due_at=due))
    time.sleep(2.5)
    assert len(mailbox.to(caseworker.address)) == 1


def test_who_is_away_has_a_colleague_alerted_and_only_a_colleague(
    caseworker: Someone, people: Directory, mailbox: Mailbox, produce: Produce
) -> None:
    colleague = people.person(organisation=caseworker.organisation_name)
    colleague.wishes()
    today = paris_date(utc_now())
    away = {"first_day": str(today), "last_day": str(today + timedelta(days=7))}
    stranger = caseworker.http.put("/v1/preferences", json={"delegation": {**away, "delegate": people.person().id}})
    assert stranger.status_code == 422
    assert stranger.json()["errors"][0]["field"] == "delegation.delegate"
    caseworker.wishes(delegation={**away, "delegate": colleague.id})
    produce("placements", proposal(caseworker))
    (mail,) = mail_to(mailbox, colleague.address)
    assert "Pour un collègue absent" in mail.text()
    assert mailbox.to(caseworker.address) == []
    assert colleague.http.get("/v1/alerts").json()["items"][0]["delegated_from"] == caseworker.id


def test_the_organisations_wishes_hold_where_a_person_has_none(people: Directory) -> None:
    one, other = people.person(), people.person()
    assert one.http.put("/v1/preferences/organisation", json={"daily_maximum": 2, "language": "en"}).status_code == 200
    colleague = people.person(organisation=one.organisation_name)
    assert colleague.http.get("/v1/preferences").json()["effective"]["daily_maximum"] == 2
    assert colleague.wishes(daily_maximum=9)["effective"]["daily_maximum"] == 9
    assert colleague.http.get("/v1/preferences").json()["effective"]["language"] == "en"
    assert other.http.get("/v1/preferences").json()["effective"]["daily_maximum"] == 5
    assert other.http.get("/v1/preferences").json()["channels"]["email"] == {"configured": True}


def test_an_endpoint_given_up_after_five_days_is_mailed_to_its_owner(
    caller: Make, people: Directory, mailbox: Mailbox, notify_engine: Engine
) -> None:
    """The owner is a key here: whoever reads the organisation's address is told."""
    who = caller(Role.LANDLORD)
    address = f"contact.{who.organisation.lower()}@bailleur.exemple.fr"
    people.write_to(who.organisation, address)
    dead = who.http.post("/v1/endpoints", json={"url": "http://127.0.0.1:9/dead", "types": ["vacancy.*"]}).json()
    with notify_engine.begin() as connection:
        connection.execute(
            text("UPDATE endpoint SET failing_since = :since, consecutive_failures = 30 WHERE id = :id"),
            {"since": utc_now() - timedelta(days=5, minutes=1), "id": dead["id"]},
        )
    who.http.post(f"/v1/endpoints/{dead['id']}:test")
    (mail,) = mail_to(mailbox, address)
    assert mail.message["Subject"] == "Ancrage : un abonnement est désactivé"
    assert "127.0.0.1" in mail.text()
    assert f"/abonnements/{dead['id']}" in mail.text()
    assert mail.message["List-Unsubscribe"] is None
