"""A simulated SMS provider: keeps what it is given, refuses what it is told to refuse, sends nothing anywhere.

`python -m deploy.simulators.sms --port 35080` serves POST /messages (`{"to", "message", "reference"}`, bearer) and
GET /messages for people who try the platform: ANCRAGE_SMS_URL=http://127.0.0.1:35080/messages.
"""

import argparse
import json
import threading
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

KEY: Final = "simulator"


@dataclass(frozen=True)
class Text:
    """One accepted message."""

    id: str
    to: str
    message: str
    reference: str


@dataclass
class Provider:
    """What the provider has, by reference: the same reference again is the same message. `answers`: statuses (and
    Retry-After seconds) of the next calls, each used once.
    """

    accepted: dict[str, Text] = field(default_factory=dict)
    answers: list[tuple[int, int | None]] = field(default_factory=list)
    calls: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, body: dict[str, Any]) -> tuple[int, int | None, dict[str, Any]]:
        """(status, Retry-After, answer) of one call."""
        with self.lock:
            self.calls += 1
            if self.answers:
                status, pause = self.answers.pop(0)
                return status, pause, {"error": f"refused for {body.get('to')}"}
            if not all(isinstance(body.get(name), str) and body[name] for name in ("to", "message", "reference")):
                return 422, None, {"error": "to, message, reference"}
            text = self.accepted.get(body["reference"]) or Text(
                f"sim-{len(self.accepted) + 1}", body["to"], body["message"], body["reference"]
            )
            self.accepted[text.reference] = text
            return 202, None, {"messages": [{"id": text.id, "to": text.to, "status": "queued"}]}


class Server(ThreadingHTTPServer):
    """The provider over HTTP on loopback."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        self.provider = Provider()
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, *_: object) -> None:
        """A caller that breaks off is no error of the provider's."""


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        if self.headers.get("authorization") != f"Bearer {KEY}":
            self._answer(401, None, {"error": "key"})
            return
        try:
            body = json.loads(self.rfile.read(int(self.headers.get("content-length", "0"))))
        except ValueError:
            body = {}
        self._answer(*self.server.provider.take(body if isinstance(body, dict) else {}))

    def do_GET(self) -> None:
        with self.server.provider.lock:
            kept = [asdict(text) for text in self.server.provider.accepted.values()]
        self._answer(200, None, {"items": kept})

    def _answer(self, status: int, retry_after: int | None, document: dict[str, Any]) -> None:
        body = json.dumps(document, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        if retry_after is not None:
            self.send_header("retry-after", str(retry_after))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing of a message is written anywhere."""


if __name__ == "__main__":
    _parser = argparse.ArgumentParser(description=__doc__)
    _parser.add_argument("--port", type=int, default=35080)
    Server(_parser.parse_args().port).serve_forever()
