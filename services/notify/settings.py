"""Settings of notify."""

import json
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from shared.reach import normal_email
from shared.settings import Settings

Network = IPv4Network | IPv6Network
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class NotifySettings(Settings):
    """Adds what only notify needs."""

    webhook_allow: str = Field(
        "",
        description="Networks (CIDR, comma-separated) that webhooks may reach though they are not public, and by plain "
        "http. Empty: public addresses by https only. `ancrage up` (on loopback) and `demo` set 127.0.0.0/8,::1/128.",
    )
    webhook_timeout_seconds: float = Field(
        15.0, gt=0, le=60, description="A receiver that takes longer has not received."
    )
    webhook_concurrency: int = Field(128, ge=2, le=2000, description="Deliveries in flight in one dispatcher.")
    webhook_endpoint_concurrency: int = Field(
        16, ge=1, le=200, description="Deliveries in flight to one endpoint that answers well; to a failing one: 1."
    )
    smtp_host: str = Field(
        "", description="SMTP server that e-mail leaves by. Empty: this platform sends no e-mail, and says so."
    )
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the SMTP server (465 with `tls`).")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="starttls or tls, both with a verified certificate; none for a server on loopback only.",
    )
    smtp_user: str = Field("", description="Account at the SMTP server, where it wants one.")
    smtp_password: SecretStr | None = Field(None, description="Its password.")
    smtp_sender: str = Field("", description="Address that e-mail comes from; needed with ANCRAGE_SMTP_HOST.")
    smtp_ca_file: Path | None = Field(
        None,
        description="Certificate authorities (PEM) that the SMTP server's certificate is verified with, where it "
        "is not a public one.",
    )
    smtp_timeout_seconds: float = Field(10.0, gt=0, le=15, description="Longest try to hand over one e-mail.")
    sms_url: str = Field(
        "", description="Address of the SMS provider's HTTP API. Empty: this platform sends no SMS, and says so."
    )
    sms_headers: SecretStr | None = Field(
        None, description='Headers of a call as a JSON object, e.g. `{"Authorization": "Bearer …"}`.'
    )
    sms_body: str = Field(
        '{"to": "{to}", "message": "{text}", "reference": "{reference}"}',
        description="JSON body of a call, with {to} (E.164), {text} and {reference} (the same at every try) in its strings.",
    )
    sms_id_field: str = Field(
        "id", description='Where the provider\'s answer has its message id, e.g. "messages.0.id".'
    )
    sms_timeout_seconds: float = Field(10.0, gt=0, le=15, description="Longest call of the SMS provider.")
    sms_per_minute: int | None = Field(
        None, ge=1, le=6000, description="Most SMS a minute, equally spread. Empty: no limit."
    )
    stream_life_seconds: float = Field(
        1800.0, gt=0, description="A live stream ends after this time and the client comes back."
    )
    stream_heartbeat_seconds: float = Field(15.0, gt=0, description="Longest silence of a live stream.")
    live_retention_days: int = Field(7, ge=1, description="Live events are kept this long for Last-Event-ID.")
    delivery_retention_days: int = Field(
        30, ge=1, description="Ended deliveries and their attempts are kept this long."
    )

    @field_validator("webhook_allow")
    @classmethod
    def _networks(cls, text: str) -> str:
        for part in filter(None, (item.strip() for item in text.split(","))):
            ip_network(part)
        return text

    @model_validator(mode="after")
    def _mail(self) -> Self:
        if self.smtp_host and normal_email(self.smtp_sender) is None:
            raise ValueError("ANCRAGE_SMTP_SENDER: an e-mail address is needed with ANCRAGE_SMTP_HOST")
        if self.smtp_host and self.smtp_security == "none" and self.smtp_host not in _LOOPBACK:
            raise ValueError("ANCRAGE_SMTP_SECURITY=none is for a server on loopback only: use starttls or tls")
        return self

    @model_validator(mode="after")
    def _sms(self) -> Self:
        if not self.sms_url:
            return self
        parts = urlsplit(self.sms_url)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise ValueError("ANCRAGE_SMS_URL: https, or http on loopback")
        text = json.dumps(json.loads(self.sms_body))
        if "{to}" not in text or "{text}" not in text:
            raise ValueError("ANCRAGE_SMS_BODY: a JSON document with {to} and {text} in its strings")
        _ = self.sms_header_values
        return self

    @property
    def sms_header_values(self) -> dict[str, str]:
        """ANCRAGE_SMS_HEADERS as headers. Raises ValueError where it is no JSON object of texts."""
        text = self.sms_headers.get_secret_value() if self.sms_headers else ""
        given = json.loads(text) if text else {}
        if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
            raise ValueError("ANCRAGE_SMS_HEADERS: a JSON object of texts")
        return given

    @property
    def allowed_networks(self) -> tuple[Network, ...]:
        """ANCRAGE_WEBHOOK_ALLOW as networks."""
        return tuple(ip_network(item.strip()) for item in self.webhook_allow.split(",") if item.strip())
