"""Running the processes of a service: `python -m services.<name>.main ROLE`."""

import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from types import FrameType
from typing import TYPE_CHECKING, Protocol

from shared.lost_servers import EXIT_CODE, lost_server
from shared.settings import Settings
from shared.telemetry import configure_logging, logger
from shared.web.health import HealthServer

if TYPE_CHECKING:
    from fastapi import FastAPI

LIVE_SECONDS = 60.0


class Worker(Protocol):
    """A blocking loop: the relay, a consumer, a dispatcher. An attribute `details` (JSON-ready) is shown at /status."""

    @property
    def active(self) -> bool: ...

    @property
    def progressed_at(self) -> float: ...

    def run(self) -> None: ...

    def stop(self) -> None: ...


def serve_api(app: "FastAPI", settings: Settings, process: str) -> None:
    """Serves an API until SIGTERM; requests in hand get 5 s to end."""
    import uvicorn  # here, for the processes that are no API: half a second and 20 MB of their start

    uvicorn.run(
        app,
        host=settings.http_host,
        port=settings.port(process),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=30,
        server_header=False,
    )


def run_worker(worker: Worker, settings: Settings, process: str) -> None:
    """Runs a loop with its health server. Alive while it progresses, ready while active or standing by."""

    def stop(_: int, __: FrameType | None) -> None:
        threading.Thread(target=worker.stop, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    started = time.monotonic()

    def alive() -> bool:
        return time.monotonic() - max(started, worker.progressed_at) < LIVE_SECONDS

    with HealthServer(
        settings.port(process),
        alive=alive,
        ready=lambda: worker.active,
        status=lambda: {
            "active": worker.active,
            "idle_seconds": round(time.monotonic() - worker.progressed_at, 1),
            **getattr(worker, "details", {}),
        },
        host=settings.http_host,
    ):
        worker.run()


def main(service: str, roles: Mapping[str, Callable[[], None]], settings: Settings, arguments: list[str]) -> None:
    """Entry point of a service's main.py: starts the role named on the command line. Exits 2 for an unknown one.

    A lost server is told in one line and ends the process (`lost_servers.EXIT_CODE`): whoever keeps it, the supervisor or
    a container's restart policy, starts it again, pausing longer each time. A fresh process holds no half-done work.
    """
    if len(arguments) != 1 or arguments[0] not in roles:
        sys.exit(f"usage: python -m services.{service}.main {'|'.join(roles)}")
    configure_logging(f"{service}.{arguments[0]}", level=settings.log_level, form=settings.log_format)
    try:
        roles[arguments[0]]()
    except Exception as error:
        lost = lost_server(error)
        if lost is None:
            raise
        server, words = lost
        logger(__name__).error("server.lost", server=server, says=words, then="this process ends and is started again")
        sys.exit(EXIT_CODE)
