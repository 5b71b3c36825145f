"""Headers that an owner adds to webhooks, such as the key of a gateway in front of the receiver."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

MOST_HEADERS: Final = 10
MOST_VALUE: Final = 2000
_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?")

# What frames or routes the request, what the signature and the platform say, what a proxy or a cloud's metadata service
# would take for its own client's word.
_FORBIDDEN: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "date",
        "expect",
        "forwarded",
        "host",
        "http2-settings",
        "keep-alive",
        "metadata",
        "metadata-flavor",
        "origin",
        "range",
        "referer",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "via",
        "x-http-method",
        "x-http-method-override",
        "x-method-override",
        "x-original-url",
        "x-real-ip",
        "x-rewrite-url",
    }
)
_FORBIDDEN_BEGINNINGS: Final = (
    "webhook-",
    "svix-",
    "proxy-",
    "sec-",
    "x-forwarded-",
    "x-aws-ec2-metadata-",
    "x-amz-security-token",
    "x-google-metadata-",
    "access-control-",
)


class HeaderFault(StrEnum):
    """Why a header cannot be added."""

    TOO_MANY = "too_many"
    NAME = "name"
    FORBIDDEN = "forbidden"
    VALUE = "value"
    TWICE = "twice"

    @property
    def remedy(self) -> str:
        """What would do."""
        return {
            "too_many": f"{MOST_HEADERS}",
            "name": "X-Api-Key",
            "forbidden": "Authorization, X-Api-Key",
            "value": f"1–{MOST_VALUE} × ! … ~",
            "twice": "x-api-key = X-Api-Key",
        }[self.value]


def fault_of(headers: Mapping[str, str]) -> tuple[str, HeaderFault] | None:
    """The first header that cannot be added and why; None where all can."""
    if len(headers) > MOST_HEADERS:
        return "", HeaderFault.TOO_MANY
    seen: set[str] = set()
    for name, value in headers.items():
        lower = name.lower()
        if not _NAME.fullmatch(name):
            return name, HeaderFault.NAME
        if lower in _FORBIDDEN or lower.startswith(_FORBIDDEN_BEGINNINGS):
            return name, HeaderFault.FORBIDDEN
        if lower in seen:
            return name, HeaderFault.TWICE
        seen.add(lower)
        if len(value) > MOST_VALUE or not _VALUE.fullmatch(value):
            return name, HeaderFault.VALUE
    return None
