"""Health and metrics of a process that is not an API: served from its own thread, so it answers when the work hangs."""

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Probe = Callable[[], bool]


class HealthServer:
    """Answers /livez, /readyz, /metrics and /status. `alive` and `ready` must be quick and must not raise."""

    def __init__(
        self,
        port: int,
        *,
        alive: Probe,
        ready: Probe,
        status: Callable[[], dict[str, Any]] | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/metrics":
                    self._send(200, CONTENT_TYPE_LATEST, generate_latest())
                elif self.path == "/livez":
                    self._state(alive())
                elif self.path == "/readyz":
                    self._state(ready())
                elif self.path == "/status" and status is not None:
                    self._send(200, "application/json", json.dumps(status()).encode())
                else:
                    self._send(404, "text/plain", b"not found\n")

            def _state(self, good: bool) -> None:
                body = b'{"status":"ok"}' if good else b'{"status":"failing"}'
                self._send(200 if good else 503, "application/json", body)

            def _send(self, status_code: int, kind: str, body: bytes) -> None:
                self.send_response(status_code)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                with suppress(ConnectionError):  # who asked has stopped waiting: nobody is left to tell
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
                """Probes are not logged."""

        self._server = ThreadingHTTPServer((host, port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="health", daemon=True)

    def __enter__(self) -> "HealthServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
