"""Secrets and headers of endpoints at rest: encrypted with the platform's current key, readable with any of its keys."""

import secrets
from collections.abc import Mapping

from services.notify.core.signature import SECRET_BYTES, secret_text
from shared.sealing import SealedBox
from shared.settings import Settings


class SecretBox(SealedBox):
    """Encrypts and decrypts endpoint secrets. `open` raises InvalidToken without the right key."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, "endpoint-secret")

    def new(self) -> str:
        """A new secret, as its owner sees it."""
        return secret_text(secrets.token_bytes(SECRET_BYTES))

    def seal_headers(self, headers: Mapping[str, str]) -> bytes | None:
        """None for none."""
        return self.seal_document(headers) if headers else None

    def open_headers(self, sealed: bytes) -> dict[str, str]:
        return self.open_document(sealed)
