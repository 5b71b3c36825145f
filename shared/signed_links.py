"""Links that are their own key: a few words and an expiry, signed with the platform's secret, readable by nobody's leave.

The text is not hidden, only kept from being made or changed by others: it holds references, never personal data.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from shared.settings import Settings

# Leads from a mail into the console, to one placement.
OPEN: Final = "mail-open"
_SEPARATOR: Final = "\x1f"
_MAC_BYTES: Final = 16
LONGEST_TOKEN: Final = 400


def sign(settings: Settings, purpose: str, words: Sequence[str], expires_at: datetime) -> str:
    """A token for `purpose` that says `words` until `expires_at`."""
    text = _SEPARATOR.join([*words, str(int(expires_at.timestamp()))]).encode()
    return _encode(text + _mac(settings, settings.keys[0], purpose, text))


def read(settings: Settings, purpose: str, token: str, now: datetime) -> tuple[str, ...] | None:
    """The words of a genuine token that has not expired, signed with any current key; else None."""
    if len(token) > LONGEST_TOKEN or not token.isascii():
        return None
    try:
        whole = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    text, mac = whole[:-_MAC_BYTES], whole[-_MAC_BYTES:]
    if not any(hmac.compare_digest(mac, _mac(settings, key, purpose, text)) for key in settings.keys):
        return None
    *words, expiry = text.decode().split(_SEPARATOR)
    return tuple(words) if int(expiry) > now.timestamp() else None


def _mac(settings: Settings, key: bytes, purpose: str, text: bytes) -> bytes:
    return hmac.new(settings.derived_key(f"link:{purpose}", key), text, hashlib.sha256).digest()[:_MAC_BYTES]


def _encode(whole: bytes) -> str:
    return base64.urlsafe_b64encode(whole).decode().rstrip("=")
