"""Handing a mail to a real SMTP server: encrypted with a verified certificate, or not at all."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from services.notify.adapters.messages import add_message, announce, configured
from services.notify.adapters.smtp import Smtp
from services.notify.core.channels import Channel
from services.notify.core.schedule import Outcome
from services.notify.settings import NotifySettings
from shared.clock import utc_now
from shared.ids import new_id
from tests.integration.notify.mailbox import Certificate, MailServer
from tests.integration.notify.transports import until_closed

ADDRESS = "camille@personnes.exemple.fr"
Start = Callable[..., MailServer]


@pytest.fixture
def start() -> Iterator[Start]:
    servers: list[MailServer] = []

    def one(certificate: Certificate | None, *, tls: bool = False) -> MailServer:
        servers.append(MailServer(certificate, tls=tls))
        return servers[-1]

    yield one
    for server in servers:
        server.stop()


def send(port: int, *, seconds: float = 15, **values: Any) -> Outcome:
    settings = NotifySettings(
        smtp_host="127.0.0.1", smtp_port=port, smtp_sender="ancrage@exemple.fr", smtp_timeout_seconds=seconds, **values
    )
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ancrage@exemple.fr", ADDRESS, "Essai"
    message.set_content("Bonjour, été.")

    async def run() -> Outcome:
        outcome = await Smtp(settings).send(message, ADDRESS)
        await until_closed()
        return outcome

    return asyncio.run(run())


@pytest.mark.parametrize(("security", "tls"), [("starttls", False), ("tls", True)])
def test_a_mail_goes_encrypted_to_a_server_whose_certificate_is_verified(
    start: Start, mail_certificate: Certificate, security: str, tls: bool
) -> None:
    server = start(mail_certificate, tls=tls)
    outcome = send(server.port, smtp_security=security, smtp_ca_file=mail_certificate.certificate)
    assert (outcome.answer.status, outcome.excerpt) == (250, "250 2.0.0")
    (mail,) = server.mailbox.to(ADDRESS)
    assert mail.encrypted
    assert mail.message.get_content().strip() == "Bonjour, été."


@pytest.mark.parametrize(("security", "tls"), [("starttls", False), ("tls", True)])
def test_a_certificate_that_nobody_vouches_for_stops_the_mail(
    start: Start, mail_certificate: Certificate, tmp_path: Path, security: str, tls: bool
) -> None:
    server = start(mail_certificate, tls=tls)
    trusted: list[dict[str, Any]] = [{}, {"smtp_ca_file": Certificate(tmp_path).certificate}]
    for values in trusted:
        outcome = send(server.port, smtp_security=security, **values)
        assert (outcome.answer.status, outcome.answer.error) == (None, "tls")
        assert (outcome.answer.permanent, outcome.answer.of_recipient) == (False, False)
    assert server.mailbox.begun == 0


def test_a_server_that_does_not_offer_encryption_gets_nothing(start: Start) -> None:
    server = start(None)
    outcome = send(server.port)
    assert (outcome.answer.status, outcome.answer.error) == (None, "tls")
    assert server.mailbox.begun == 0
    assert send(server.port, smtp_security="none").answer.status == 250, "on loopback, and where it is said"


def test_a_server_that_is_away_or_silent_is_tried_again(start: Start) -> None:
    away = send(9)
    assert (away.answer.error, away.answer.permanent, away.answer.of_recipient) == ("connection_refused", False, False)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        outcome = send(silent.getsockname()[1], seconds=1)
    assert (outcome.answer.error, outcome.answer.permanent) == ("timeout", False)


@pytest.mark.parametrize(
    ("words", "error", "permanent", "of_recipient", "kept"),
    [
        (f"450 4.2.0 <{ADDRESS}> busy", "refused", False, True, "450 4.2.0"),
        (f"550 5.1.1 <{ADDRESS}> unknown", "refused", True, True, "550 5.1.1"),
        (f"552 {ADDRESS} full", "refused", True, True, "552"),
        ("421 4.3.2 closing", "server_refused", False, False, "421 4.3.2"),
    ],
)
def test_refusals_are_judged_by_class_and_kept_without_their_words(
    start: Start, mail_certificate: Certificate, words: str, error: str, permanent: bool, of_recipient: bool, kept: str
) -> None:
    server = start(mail_certificate)
    server.mailbox.refusals[ADDRESS] = [words]
    outcome = send(server.port, smtp_ca_file=mail_certificate.certificate)
    assert (outcome.answer.error, outcome.answer.permanent, outcome.answer.of_recipient) == (
        error,
        permanent,
        of_recipient,
    )
    assert outcome.excerpt == kept


def test_nothing_is_kept_for_a_channel_that_is_not_configured(notify_engine: Engine) -> None:
    with notify_engine.connect() as connection, connection.begin() as transaction:
        announce(connection, [Channel.WEBHOOK], at=utc_now())
        assert configured(connection) == frozenset()

        def add(channel: Channel, event: str) -> str | None:
            return add_message(
                connection,
                channel,
                recipient="usr_1",
                event_id=event,
                kind="alert.alert",
                subject="plc_1",
                organisation="org_1",
                payload={},
                at=utc_now(),
            )

        assert add(Channel.EMAIL, "evt_1") is None
        announce(connection, [Channel.WEBHOOK, Channel.EMAIL], at=utc_now(), sms_per_minute=30)
        event = new_id("evt")
        first = add(Channel.EMAIL, event)
        assert first is not None
        assert add(Channel.EMAIL, event) == first, "the same message"
        assert add(Channel.SMS, event) is None
        transaction.rollback()
