"""Sealing: small texts kept at rest, encrypted with the platform's current secret key, opened with any of its keys."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from shared.settings import Settings

__all__ = ["InvalidToken", "SealedBox"]


class SealedBox:
    """Encrypts and decrypts for one purpose: what is sealed for another does not open here.

    `open` and `open_document` raise InvalidToken where the key that sealed is no longer among ANCRAGE_SECRET_KEYS.
    """

    def __init__(self, settings: Settings, purpose: str) -> None:
        keys = [settings.derived_key(purpose, key) for key in settings.keys]
        self._fernet = MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])

    def seal(self, text: str) -> bytes:
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        return self._fernet.decrypt(bytes(sealed)).decode()

    def seal_document(self, document: Mapping[str, Any]) -> bytes:
        """Seals a JSON document."""
        return self.seal(json.dumps(dict(document)))

    def open_document(self, sealed: bytes) -> dict[str, Any]:
        opened: dict[str, Any] = json.loads(self.open(sealed))
        return opened
