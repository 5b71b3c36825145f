"""A reader of the live stream, as a partner would write one: Last-Event-ID after a cut, nothing twice."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx

from shared.settings import Settings

OnEvent = Callable[[str, dict[str, Any]], None]


class StreamReader:
    """Reads `GET /v1/stream` in a thread until closed; reconnects from the last id. `on_event(id, data)`."""

    def __init__(self, settings: Settings, key: str, on_event: OnEvent) -> None:
        self._url = f"{settings.url('notify')}/v1/stream"
        self._key = key
        self._on_event = on_event
        self._closing = threading.Event()
        self.connected = threading.Event()
        self._last: str | None = None
        self._thread = threading.Thread(target=self._run, name="stream", daemon=True)

    def start(self) -> None:
        """Begins reading."""
        self._thread.start()

    def close(self) -> None:
        """Ends reading; the thread ends with its current wait."""
        self._closing.set()

    def _run(self) -> None:
        while not self._closing.is_set():
            headers = {"Authorization": f"Bearer {self._key}", "Accept": "text/event-stream"}
            if self._last:
                headers["Last-Event-ID"] = self._last
            try:
                with httpx.stream(
                    "GET", self._url, headers=headers, timeout=httpx.Timeout(5, read=30), trust_env=False
                ) as answer:
                    answer.raise_for_status()
                    self.connected.set()
                    self._read(answer)
            except httpx.HTTPError:
                time.sleep(0.5)

    def _read(self, answer: httpx.Response) -> None:
        identifier, data = "", ""
        for line in answer.iter_lines():
            if self._closing.is_set():
                return
            if line.startswith("id:"):
                identifier = line[3:].strip()
            elif line.startswith("data:"):
                data += line[5:].strip()
            elif not line and data:
                self._last = identifier or self._last
                self._on_event(identifier, json.loads(data))
                identifier, data = "", ""
