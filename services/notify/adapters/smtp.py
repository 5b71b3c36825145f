"""Handing a mail to the SMTP server: STARTTLS or TLS with a verified certificate, one connection a mail.

What the server says is kept as codes only: its words repeat addresses.
"""

import asyncio
import re
import ssl
import time
from email.message import EmailMessage
from typing import Final

import aiosmtplib

from services.notify.core.schedule import Answer, Outcome
from services.notify.settings import NotifySettings

_ENHANCED: Final = re.compile(r"\b([245])\.([0-9]{1,3})\.([0-9]{1,3})\b")
_SERVICE_CLOSES: Final = 421


class Smtp:
    """A configured SMTP server."""

    def __init__(self, settings: NotifySettings) -> None:
        self._settings = settings
        self._context = ssl.create_default_context(cafile=str(settings.smtp_ca_file) if settings.smtp_ca_file else None)

    async def send(self, message: EmailMessage, address: str) -> Outcome:
        """One try. 2xx: the server has it. 4xx is tried again, 5xx of the recipient or the content is for good."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._settings.smtp_timeout_seconds):
                answer, excerpt = await self._try(message, address)
        except TimeoutError:
            answer, excerpt = Answer(None, "timeout"), None
        return Outcome(answer, int((time.monotonic() - started) * 1000), excerpt)

    async def _try(self, message: EmailMessage, address: str) -> tuple[Answer, str | None]:
        settings = self._settings
        client = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            use_tls=settings.smtp_security == "tls",
            start_tls=settings.smtp_security == "starttls",
            tls_context=self._context if settings.smtp_security != "none" else None,
            username=settings.smtp_user or None,
            password=settings.smtp_password.get_secret_value()
            if settings.smtp_user and settings.smtp_password
            else None,
            timeout=settings.smtp_timeout_seconds,
        )
        try:
            async with client:
                _, words = await client.send_message(message, sender=settings.smtp_sender, recipients=[address])
            return Answer(250), _codes(250, words)
        except aiosmtplib.SMTPRecipientsRefused as error:
            first = error.recipients[0]
            return _judged(first.code, first.message, of_recipient=True)
        except aiosmtplib.SMTPDataError as error:
            return _judged(error.code, error.message, of_recipient=True)
        except aiosmtplib.SMTPAuthenticationError as error:
            return Answer(error.code, "authentication_refused"), _codes(error.code, error.message)
        except aiosmtplib.SMTPResponseException as error:
            # Of the greeting, of the sender: what the platform's own settings or its server are to blame for.
            return Answer(error.code, "server_refused"), _codes(error.code, error.message)
        except aiosmtplib.SMTPException as error:
            return Answer(None, _unreachable(error)), None
        except ssl.SSLError:
            return Answer(None, "tls"), None
        except OSError:
            return Answer(None, "connection_broken"), None


def _judged(code: int, words: str, *, of_recipient: bool) -> tuple[Answer, str | None]:
    """By class: 5xx is for good. 421 is the server's own trouble."""
    if code == _SERVICE_CLOSES:
        return Answer(code, "server_refused"), _codes(code, words)
    answer = Answer(code, "refused", permanent=500 <= code < 600, of_recipient=of_recipient)
    return answer, _codes(code, words)


def _codes(code: int, words: str) -> str:
    found = _ENHANCED.search(words)
    return f"{code} {found.group(0)}" if found else str(code)


def _unreachable(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "tls"
        if isinstance(cause, ConnectionRefusedError):
            return "connection_refused"
        if isinstance(cause, aiosmtplib.SMTPTimeoutError):
            return "timeout"
        cause = cause.__cause__ or cause.__context__
    return "tls" if "STARTTLS" in str(error) else "connection_broken"
