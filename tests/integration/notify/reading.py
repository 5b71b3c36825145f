"""A client of the live stream, as a browser's EventSource would be one."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from shared.events import Event
from tests.integration.notify.world import Caller, Notify
from tests.patience import PATIENCE_SECONDS


@dataclass
class Reading:
    """A client of the stream. It notes (id, event, data) and every id, as a browser's EventSource would."""

    base: str
    key: str
    events: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    comments: int = 0
    last_id: str | None = None
    status: int | None = None
    body: str = ""
    opened: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    closing: threading.Event = field(default_factory=threading.Event)

    def start(self, *, header_id: str | None = None, **query: Any) -> "Reading":
        threading.Thread(target=self._run, args=(header_id, query), daemon=True).start()
        assert self.opened.wait(PATIENCE_SECONDS)
        return self

    def _run(self, header_id: str | None, query: dict[str, Any]) -> None:
        headers = {"authorization": f"Bearer {self.key}"}
        if header_id is not None:
            headers["last-event-id"] = header_id
        try:
            with httpx.stream(
                "GET",
                f"{self.base}/v1/stream",
                headers=headers,
                params=query,
                timeout=PATIENCE_SECONDS,
                trust_env=False,
            ) as answer:
                self.status = answer.status_code
                if answer.status_code != 200:
                    self.body = answer.read().decode()
                    self.opened.set()
                    return
                self._read(answer)
        except httpx.HTTPError:
            pass
        finally:
            self.opened.set()
            self.ended.set()

    def _read(self, answer: httpx.Response) -> None:
        kind, data = "message", ""
        for line in answer.iter_lines():
            if self.closing.is_set():
                return
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if line == "":
                if data:
                    self.events.append((self.last_id or "", kind, json.loads(data)))
                kind, data = "message", ""
                self.opened.set()
            elif name == "":
                self.comments += 1
            elif name == "id":
                self.last_id = value
            elif name == "event":
                kind = value
            elif name == "data":
                data += value

    def numbers(self) -> list[int]:
        return [int(identifier.partition("-")[0]) for identifier, _, _ in self.events]

    def close(self) -> None:
        self.closing.set()
        assert self.ended.wait(PATIENCE_SECONDS)

    def subjects(self) -> list[str]:
        return [str(data.get("placement")) for _, _, data in self.events]


Make = Callable[..., Caller]
Read = Callable[[Caller], Reading]


def beside(notify: Notify) -> int:
    """A port base for a second set of processes."""
    return notify.settings.port_base + 50


def assert_each_once(readings: list[Reading], events: list[Event[Any]]) -> None:
    """All events, each once, under growing numbers. Order is promised per key, not over all placements."""
    assert sorted(name for one in readings for name in one.subjects()) == sorted(event.subject for event in events)
    numbers = [number for one in readings for number in one.numbers()]
    assert numbers == sorted(set(numbers))
