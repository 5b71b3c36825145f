"""Sending a file to the bulk route until it is through: resumed under its key after whatever interrupted it."""

import hashlib
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

import httpx

from deploy.ingesting.conversion import Conversion
from deploy.ingesting.sources import NDJSON, Source
from shared.clock import isoformat

CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 900.0  # the end of a long file: a full list then withdraws what it lacks
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0
PROGRESS_SECONDS: Final = 10.0  # an API that took the file for so long before it asked to wait is at work
PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
DENIED: Final = frozenset({401, 403})


@dataclass(frozen=True)
class Sending:
    """What is sent where. `key` is made of the file and of what is asked, where none is given."""

    kind: str
    source: Source
    conversion: Conversion | None = None
    full: bool = False
    dry_run: bool = False
    observed_at: datetime | None = None
    key: str | None = None

    @property
    def content_type(self) -> str:
        return NDJSON if self.conversion else self.source.content_type

    def path(self) -> str:
        return f"/v1/{self.kind}:snapshot" if self.full and self.kind == "offers" else f"/v1/{self.kind}:bulk"

    def parameters(self) -> dict[str, str]:
        asked = {"mode": "full"} if self.full and self.kind == "vacancies" else {}
        if self.dry_run:
            asked["dry_run"] = "true"
        if self.observed_at is not None:
            asked["observed_at"] = isoformat(self.observed_at)
        return asked

    def idempotency_key(self) -> str:
        """The same for the same bytes, written at the same time, asked for alike: a repetition goes on, a changed or newer
        file is another."""
        if self.key is not None:
            return self.key
        layout = self.conversion.name if self.conversion else ""
        told: list[object] = [self.path(), sorted(self.parameters().items()), self.content_type, layout]
        told += [self.source.digest, self.source.modified_ns]
        return "file-" + hashlib.sha256(json.dumps(told).encode()).hexdigest()[:40]


class Watcher(Protocol):
    """Who looks on while a file is sent."""

    def advance(self, size: int) -> None:
        """Bytes of the file that were read."""

    def lines(self, number: int) -> None:
        """Lines that were sent."""

    def again(self, reason: str, seconds: float) -> None:
        """The send was interrupted and starts again; what is written is passed over."""


class Refused(Exception):
    """The API refuses the file; sending it again changes nothing. `problem` is its answer."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(told(problem))
        self.status = status
        self.problem = problem


class Interrupted(Exception):
    """The file is not through, and can go on later under the same key."""


class Stopped(Interrupted):
    """Someone asked to stop."""


def send(
    client: httpx.Client,
    sending: Sending,
    watcher: Watcher,
    *,
    patience_seconds: float,
    stop: threading.Event | None = None,
) -> dict[str, Any]:
    """The report of the run. Goes on after lost connections and answers that ask to wait, for up to `patience_seconds`
    without progress. Raises Refused, Interrupted, Unreadable or FileRefused."""
    stopping = stop or threading.Event()
    pause, give_up_at = FIRST_PAUSE, 0.0
    while True:
        started = time.monotonic()
        try:
            answer = _post(client, sending, watcher, stopping)
            if answer.status_code not in PASSING:
                break
            reason = f"HTTP {answer.status_code}"
            wait = _retry_after(answer) or pause
            if time.monotonic() - started > PROGRESS_SECONDS:
                pause, give_up_at = FIRST_PAUSE, 0.0
        except httpx.TransportError as error:
            reason, wait = type(error).__name__, pause
        if stopping.is_set():
            raise Stopped(reason)
        give_up_at = give_up_at or time.monotonic() + patience_seconds
        if time.monotonic() + wait > give_up_at:
            raise Interrupted(reason)
        watcher.again(reason, wait)
        if stopping.wait(wait):
            raise Stopped(reason)
        pause = min(pause * 2, LONGEST_PAUSE)
    if answer.is_success:
        report: dict[str, Any] = answer.json()
        return report
    raise Refused(answer.status_code, _problem(answer))


def _post(client: httpx.Client, sending: Sending, watcher: Watcher, stopping: threading.Event) -> httpx.Response:
    def body() -> Iterator[bytes]:
        blocks = sending.source.blocks(watcher.advance)
        for block in sending.conversion.ndjson(blocks) if sending.conversion else blocks:
            if stopping.is_set():
                raise Stopped("arrêt demandé")
            watcher.lines(block.count(b"\n"))
            yield block

    # Read first: a file that cannot be read at all never reaches the API.
    rest = body()
    first = next(rest, b"")
    return client.post(
        sending.path(),
        params=sending.parameters(),
        content=itertools.chain([first], rest),
        headers={"Content-Type": sending.content_type, "Idempotency-Key": sending.idempotency_key()},
        timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
    )


def _retry_after(answer: httpx.Response) -> float | None:
    """Seconds that the answer asks to wait; None where it names none (or a date, which the APIs never do)."""
    asked = answer.headers.get("retry-after", "")
    return min(float(asked), LONGEST_PAUSE) if asked.isdecimal() else None


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"title": f"HTTP {answer.status_code}", "status": answer.status_code}


def told(problem: dict[str, Any]) -> str:
    """A problem in one line for people."""
    said = [" ".join(str(problem[name]) for name in ("title", "detail") if problem.get(name))]
    for error in problem.get("errors") or []:
        remedy = f" → {error['remedy']}" if error.get("remedy") else ""
        said.append(f"{error.get('field', '')} : {error.get('message', '')}{remedy}")
    return " ".join(part if part.endswith(".") else f"{part}." for part in said if part)


Connect = Callable[[str], httpx.Client]


def connect(url: str, key: str) -> httpx.Client:
    """A client of the ingest API with that key."""
    return httpx.Client(
        base_url=url,
        headers={"Authorization": f"Bearer {key}", "Accept-Language": "fr"},
        timeout=httpx.Timeout(60, connect=CONNECT_SECONDS),
        trust_env=False,
    )
