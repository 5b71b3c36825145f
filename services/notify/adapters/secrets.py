"""Secrets and headers of endpoints at rest: encrypted with the platform's current key, readable with any of its keys."""

import base64
import json
import secrets
from collections.abc import Mapping

from cryptography.fernet import Fernet, MultiFernet

from services.notify.core.signature import SECRET_BYTES, secret_text
from shared.settings import Settings

_PURPOSE = "endpoint-secret"


class SecretBox:
    """Encrypts and decrypts endpoint secrets. `open` raises cryptography's InvalidToken without the right key."""

    def __init__(self, settings: Settings) -> None:
        keys = [settings.derived_key(_PURPOSE, key) for key in settings.keys]
        self._fernet = MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])

    def new(self) -> str:
        """A new secret, as its owner sees it."""
        return secret_text(secrets.token_bytes(SECRET_BYTES))

    def seal(self, secret: str) -> bytes:
        return self._fernet.encrypt(secret.encode())

    def open(self, sealed: bytes) -> str:
        return self._fernet.decrypt(sealed).decode()

    def seal_headers(self, headers: Mapping[str, str]) -> bytes | None:
        """None for none."""
        return self._fernet.encrypt(json.dumps(dict(headers)).encode()) if headers else None

    def open_headers(self, sealed: bytes) -> dict[str, str]:
        opened: dict[str, str] = json.loads(self._fernet.decrypt(sealed))
        return opened
