"""The simulator as a server of its own, and as one in a thread of the caller's process."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from deploy.simulators.france_travail.app import BASE, CLIENT_ID, CLIENT_SECRET, GRANT_PATH, Simulator


def environment(port: int) -> dict[str, str]:
    """What the platform needs to pull from a simulator on this port, as ANCRAGE_* variables."""
    return {f"ANCRAGE_{name.upper()}": value for name, value in settings(port).items()}


def settings(port: int) -> dict[str, str]:
    """The same as names of IngestSettings."""
    host = f"http://127.0.0.1:{port}"
    return {
        "france_travail_url": host + BASE,
        "france_travail_token_url": f"{host}{GRANT_PATH}?realm=/partenaire",
        "france_travail_client_id": CLIENT_ID,
        "france_travail_client_secret": CLIENT_SECRET,
    }


def serve(simulator: Simulator, port: int) -> None:
    """Serves on loopback until the process is told to stop."""
    uvicorn.run(simulator.app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


@contextmanager
def running(simulator: Simulator) -> Iterator[int]:
    """Serves from a thread; gives the port, a free one."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    config = uvicorn.Config(simulator.app, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
