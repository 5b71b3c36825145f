"""The four APIs as the demonstration calls them: over HTTP, with an organisation's key, like any partner."""

from types import TracebackType
from typing import Any, Self

import httpx

from shared.settings import Settings


class DemoFailed(RuntimeError):
    """The demonstration cannot go on; the message says where and why."""


class Api:
    """HTTP client of one organisation. Raises DemoFailed for an answer that is not 2xx."""

    def __init__(self, settings: Settings, key: str) -> None:
        self._settings = settings
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {key}"}, timeout=httpx.Timeout(300, connect=5), trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def call(self, method: str, service: str, path: str, **options: Any) -> Any:
        """The JSON of the answer (None for an empty one)."""
        answer = self.send(method, service, path, **options)
        if answer.is_error:
            raise DemoFailed(f"{method} {service} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json() if answer.content else None

    def send(self, method: str, service: str, path: str, **options: Any) -> httpx.Response:
        """The answer, whatever its status."""
        return self._client.request(method, self._settings.url(service) + path, **options)
