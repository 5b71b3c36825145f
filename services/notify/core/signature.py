"""Standard Webhooks 1.0, symmetric scheme: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec."""

import base64
import binascii
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Final

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32


def secret_text(random: bytes) -> str:
    """A secret as its owner sees it, from `SECRET_BYTES` random bytes. Raises ValueError outside the 24 to 64 allowed."""
    if not 24 <= len(random) <= 64:
        raise ValueError("a secret has 24 to 64 bytes")
    return PREFIX + base64.b64encode(random).decode()


def headers(message_id: str, at: datetime, body: bytes, keys: Sequence[bytes]) -> dict[str, str]:
    """The three headers of one attempt at `at`: a signature by each key, newest first, while a rotation overlaps."""
    timestamp = str(int(at.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = ["v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
    }


def signing_key(secret: str) -> bytes:
    """The bytes that sign, from a secret as its owner sees it. Raises ValueError where it is none."""
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("not a webhook secret") from error
