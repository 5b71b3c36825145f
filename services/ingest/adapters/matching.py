"""Asking matching how far homes are taken. It has little time, and no answer is said as unknown: it never blocks ours."""

import threading
import time
from collections.abc import Sequence
from typing import Any, Final

import httpx

from shared.settings import Settings
from shared.telemetry import logger

log = logger(__name__)
# After a failure nobody is asked for a while: with matching away, a list must not take two seconds.
PAUSE_SECONDS: Final = 5.0
# Requests that may wait for matching at once; the others go on without it, so that publishing always has threads.
AT_ONCE: Final = 8


class MatchingCommitments:
    """Asks the matching API as the caller, by the caller's own bearer. Safe to use from many threads."""

    def __init__(self, settings: Settings, *, seconds: float, transport: httpx.BaseTransport | None = None) -> None:
        self._client = httpx.Client(base_url=settings.url("matching"), timeout=seconds, transport=transport)
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._paused_until = 0.0

    def close(self) -> None:
        """Frees the connections."""
        self._client.close()

    def ask(self, bearer: str, vacancies: Sequence[str]) -> dict[str, dict[str, Any]] | None:
        """Commitments by vacancy id, those that are free being absent; None where matching gave no clear answer."""
        if not vacancies:
            return {}
        if time.monotonic() < self._paused_until or not self._places.acquire(blocking=False):
            return None
        try:
            response = self._client.get(
                "/v1/vacancies/commitments",
                params={"vacancy": list(vacancies)},
                headers={"Authorization": f"Bearer {bearer}"},
            )
            if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
                self._paused_until = time.monotonic() + PAUSE_SECONDS
            response.raise_for_status()
            return {
                item["vacancy"]: {name: item[name] for name in ("state", "since", "until")}
                for item in response.json()["items"]
            }
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            if isinstance(error, httpx.TransportError):
                self._paused_until = time.monotonic() + PAUSE_SECONDS
            log.warning("commitments.no_answer", error=type(error).__name__)
            return None
        finally:
            self._places.release()
