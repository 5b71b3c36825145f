"""Settings of notify."""

from ipaddress import IPv4Network, IPv6Network, ip_network

from pydantic import Field, field_validator

from shared.settings import Settings

Network = IPv4Network | IPv6Network


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

    @property
    def allowed_networks(self) -> tuple[Network, ...]:
        """ANCRAGE_WEBHOOK_ALLOW as networks."""
        return tuple(ip_network(item.strip()) for item in self.webhook_allow.split(",") if item.strip())
