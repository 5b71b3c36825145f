"""The e-mail channel: a leased delivery to one try at the SMTP server."""

import json
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.notify.adapters.leases import Leased
from services.notify.adapters.recipients import Recipients, RecipientsUnavailable
from services.notify.adapters.smtp import Smtp
from services.notify.core.letters import Letter, Links, alert_letter, disabled_letter, household_letter, plain_text
from services.notify.core.mail_links import ACTION, NOT_USEFUL_LIFE, OPEN_LIFE, UNSUBSCRIBE_LIFE, MailAction
from services.notify.core.schedule import Answer, Outcome
from services.notify.settings import NotifySettings
from shared.geography import geography
from shared.signed_links import OPEN, sign

_HTML: Final = Environment(
    loader=FileSystemLoader(Path(__file__).resolve().parent.parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
).get_template("letter.html")


class MailChannel:
    """Asks for the address, writes the letter, hands it over. The address lives as long as the try."""

    def __init__(self, settings: NotifySettings, smtp: Smtp, recipients: Recipients) -> None:
        self._settings = settings
        self._smtp = smtp
        self._recipients = recipients

    async def send(self, delivery: Leased, at: datetime) -> Outcome:
        """One try."""
        try:
            recipient = await self._recipients.of(delivery.recipient)
        except RecipientsUnavailable:
            return Outcome(Answer(None, "address_unavailable"), 0)
        if recipient is None:
            return Outcome(Answer(None, "no_longer_needed", permanent=True, of_recipient=True), 0)
        payload: dict[str, Any] = json.loads(delivery.payload)
        address = recipient["email"]
        if payload["form"] == "endpoint_disabled":
            address = address or recipient["organisation_email"]
        if not address:
            return Outcome(Answer(None, "no_address", permanent=True, of_recipient=True), 0)
        letter = self._letter(delivery, payload, recipient, at)
        return await self._smtp.send(self._message(letter, delivery.id, address, at), address)

    async def close(self) -> None:
        await self._recipients.close()

    def _letter(self, delivery: Leased, payload: dict[str, Any], recipient: dict[str, Any], at: datetime) -> Letter:
        console = self._settings.url("console")
        match payload["form"]:
            case "answer_link":
                return household_letter(recipient)
            case "endpoint_disabled":
                return disabled_letter(payload, f"{console}/abonnements/{payload['endpoint']}")
            case _:
                links = self._links(console, delivery.recipient, at)
                return alert_letter(payload, links, _place)

    def _links(self, console: str, person: str, at: datetime) -> Links:
        settings = self._settings
        unsubscribe = sign(settings, ACTION, [MailAction.UNSUBSCRIBE, person, ""], at + UNSUBSCRIBE_LIFE)

        def opened(placement: str) -> str:
            return f"{console}/courriel/voir/{sign(settings, OPEN, [placement], at + OPEN_LIFE)}"

        def not_useful(alert: str) -> str:
            token = sign(settings, ACTION, [MailAction.NOT_USEFUL, person, alert], at + NOT_USEFUL_LIFE)
            return f"{console}/courriel/{token}"

        return Links(opened, not_useful, f"{console}/courriel/{unsubscribe}", f"{console}/preferences")

    def _message(self, letter: Letter, identifier: str, address: str, at: datetime) -> EmailMessage:
        """The same Message-ID at every try: who receives twice drops one."""
        sender = self._settings.smtp_sender
        message = EmailMessage(policy=SMTP_POLICY)
        message["From"] = f"Ancrage <{sender}>"
        message["To"] = address
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(at)
        message["Message-ID"] = f"<{identifier}@{sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = letter.language
        if letter.unsubscribe:
            message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(plain_text(letter))
        message.add_alternative(_HTML.render(letter=letter), subtype="html")
        return message


def _place(territory: str) -> str | None:
    known = geography().territory(territory)
    return known.name if known else None
