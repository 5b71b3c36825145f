"""How one service calls another: a bearer signed with the platform's secret, good for ten minutes, with the operator's
read rights (never households) and those that `SERVICE_RIGHTS` gives to that service alone.

Text: "anx_<service>.<expiry, unix seconds>.<signature>".
"""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Final

from shared.clock import utc_now
from shared.identity.actor import Actor
from shared.identity.rights import Role
from shared.settings import Settings

SERVICE_PREFIX: Final = "anx_"
LIFE: Final = timedelta(minutes=10)


def _sign(key: bytes, message: str) -> bytes:
    return base64.urlsafe_b64encode(hmac.new(key, message.encode(), hashlib.sha256).digest()).rstrip(b"=")


def service_bearer(settings: Settings, service: str, *, now: datetime | None = None) -> str:
    """A bearer text for calls of `service` to the other APIs."""
    expires = int(((now or utc_now()) + LIFE).timestamp())
    message = f"{SERVICE_PREFIX}{service}.{expires}"
    return f"{message}.{_sign(settings.derived_key('service-bearer'), message).decode()}"


def read_service_bearer(text: str, keys: list[bytes]) -> tuple[Actor | None, datetime | None]:
    """The actor of a service bearer and its expiry; (None, None) when it is not genuine."""
    message, _, signature = text.rpartition(".")
    service, _, expires = message.removeprefix(SERVICE_PREFIX).partition(".")
    if not expires.isdecimal():
        return None, None
    # Bytes: compare_digest raises on texts that are not ASCII, which a header may carry.
    if not any(hmac.compare_digest(_sign(key, message), signature.encode()) for key in keys):
        return None, None
    actor = Actor(
        bearer=message, organisation="org_ancrage", organisation_name="Ancrage", role=Role.OPERATOR, service=service
    )
    return (actor if service else None), datetime.fromtimestamp(int(expires), UTC)
