"""What guards a form: a token that only this session's pages carry, and the page that sent it.

A token is "<nonce>.<HMAC of nonce and holder>". Each rendering has its own nonce, so that compression of pages tells
nothing about it.
"""

import base64
import hashlib
import hmac
from typing import Final
from urllib.parse import urlsplit

NONCE_BYTES: Final = 12


def _sign(key: bytes, nonce: bytes, holder: str) -> bytes:
    return hmac.new(key, nonce + holder.encode(), hashlib.sha256).digest()[:18]


def form_token(key: bytes, holder: str, nonce: bytes) -> str:
    """The token of one rendering for a holder (a session's bearer, or a visitor's random cookie)."""
    return f"{_text(nonce)}.{_text(_sign(key, nonce, holder))}"


def genuine(key: bytes, holder: str, token: str) -> bool:
    """Whether a token was made for that holder."""
    nonce, _, signature = token.partition(".")
    try:
        given = _bytes(nonce)
        return hmac.compare_digest(_bytes(signature), _sign(key, given, holder)) and len(given) == NONCE_BYTES
    except ValueError:
        return False


def same_origin(*, host: str, origin: str | None, referer: str | None, fetch_site: str | None, public_url: str) -> bool:
    """Whether a form was sent by a page of this console.

    Browsers send Origin with every POST; one that does not must name the page it comes from. A client that sends
    neither is no browser that another site could drive, and still needs the token.
    """
    if fetch_site is not None and fetch_site not in {"same-origin", "none"}:
        return False
    sender = origin if origin is not None else referer
    if sender is None:
        return True
    return urlsplit(sender).netloc in {host, urlsplit(public_url).netloc}


def local_path(text: str | None) -> str:
    """A path of this console to go to next; "/" for anything that could lead elsewhere."""
    if not text or not text.startswith("/") or text.startswith(("//", "/\\")) or "\n" in text or "\r" in text:
        return "/"
    return text


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
