"""A webhook receiver for the demonstration: what a partner would write, with the reference library of Standard Webhooks.

    python -m deploy.demo.receiver --port 8090 --secret-file HOME/receiver.secrets

The file holds secrets (`whsec_…`), one a line; lines may be added while it runs. Each delivery whose signature one of them
verifies is printed in one line and remembered; the same webhook-id again is answered 200 and counted as a repetition.
GET /received answers {"items": [...], "repeated": n, "rejected": n}.
"""

import argparse
import json
import signal
import sys
import threading
import time
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from standardwebhooks import Webhook, WebhookVerificationError

from shared.clock import isoformat, utc_now

MAX_BODY: Final = 100_000
KEPT: Final = 5000


class Inbox:
    """What was received. `received_monotonic` is `time.perf_counter`, which processes of one machine share on Linux."""

    def __init__(self, secrets: Path) -> None:
        self._secrets = secrets
        self._lock = threading.Lock()
        self._items: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._ids: dict[str, None] = {}
        self._repeated = 0
        self._rejected = 0

    def receive(self, headers: dict[str, str], body: bytes) -> tuple[int, str | None]:
        """(status to answer, line to print or None): 204 for a verified delivery, 401 for any other."""
        at = time.perf_counter()
        payload = self._verified(headers, body)
        identifier = headers.get("webhook-id", "")
        with self._lock:
            if payload is None:
                self._rejected += 1
                return 401, f"refusé : signature non vérifiée ({identifier[:40]})"
            if identifier in self._ids:
                self._repeated += 1
                return 204, None
            self._ids[identifier] = None
            while len(self._ids) > 20 * KEPT:
                del self._ids[next(iter(self._ids))]
            self._items.append(
                {
                    "id": identifier,
                    "type": payload.get("type"),
                    "payload": payload,
                    "received_at": isoformat(utc_now()),
                    "received_monotonic": at,
                }
            )
        return 204, f"webhook vérifié : {_line(payload)}  ({identifier})"

    def _verified(self, headers: dict[str, str], body: bytes) -> dict[str, Any] | None:
        for secret in self._secrets.read_text(encoding="ascii").split():
            try:
                payload = Webhook(secret).verify(body, headers)
            except (WebhookVerificationError, ValueError):
                continue
            return payload if isinstance(payload, dict) else None
        return None

    def contents(self) -> dict[str, Any]:
        """What GET /received answers."""
        with self._lock:
            return {"items": list(self._items), "repeated": self._repeated, "rejected": self._rejected}


def _line(payload: dict[str, Any]) -> str:
    data = payload.get("data")
    facts = " ".join(f"{name}={value}" for name, value in data.items()) if isinstance(data, dict) else ""
    return f"{payload.get('type')}  {facts}"


def serve(inbox: Inbox, host: str, port: int) -> ThreadingHTTPServer:
    """A server on that address; the caller runs and closes it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = self.headers.get("content-length", "")
            if not length.isdecimal() or int(length) > MAX_BODY:
                self.close_connection = True
                self._answer(413)
                return
            body = self.rfile.read(int(length))
            status, line = inbox.receive({name.lower(): value for name, value in self.headers.items()}, body)
            self._answer(status)
            if line is not None:
                print(line, flush=True)

        def do_GET(self) -> None:
            if self.path == "/received":
                self._answer(200, json.dumps(inbox.contents(), ensure_ascii=False).encode())
            else:
                self._answer(404)

        def _answer(self, status: int, body: bytes = b"") -> None:
            self.send_response(status)
            if status != 204:
                self.send_header("Content-Type", "application/json; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
            """One line per verified delivery is enough."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    return server


def main() -> None:
    """Runs until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(description="Récepteur de webhooks de la démonstration.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--secret-file", type=Path, required=True)
    options = parser.parse_args()
    options.secret_file.touch(mode=0o600)
    server = serve(Inbox(options.secret_file), options.host, options.port)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server.serve_forever()
    except (KeyboardInterrupt, SystemExit):
        server.server_close()


if __name__ == "__main__":
    main()
