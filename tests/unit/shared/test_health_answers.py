"""What a process that is not an API answers about itself, and to whom nobody listens any more."""

import socket
import struct
import threading
import urllib.request
from typing import Any

import psycopg
import pytest
import structlog
from sqlalchemy import create_engine

from shared.streams.consumer import SqlConsumer
from shared.web.health import HealthServer


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def test_a_caller_that_stopped_waiting_leaves_no_trace_in_the_log(capfd: pytest.CaptureFixture[str]) -> None:
    asked, gone = threading.Event(), threading.Event()

    def status() -> dict[str, Any]:
        asked.set()
        gone.wait(10)
        return {"text": "x" * 5_000_000}

    port = _free_port()
    with HealthServer(port, alive=lambda: True, ready=lambda: True, status=status) as server:
        with socket.create_connection(("127.0.0.1", port)) as caller:
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # resets on closing
            caller.sendall(b"GET /status HTTP/1.0\r\n\r\n")
            assert asked.wait(10)
        answering = [one for one in threading.enumerate() if "process_request_thread" in one.name]
        gone.set()
        for one in answering:
            one.join(10)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=10) as answer:
            assert answer.status == 200
    assert server
    assert answering
    assert "Traceback" not in capfd.readouterr().err


class _ClosedConnection:
    def execute(self, _: str) -> None:
        raise psycopg.OperationalError("the connection is closed")


def test_a_consumer_that_lost_its_place_says_so_before_it_ends() -> None:
    made = SqlConsumer("matching.engine", ["vacancies"], kafka="", engine=create_engine("sqlite://"), handle=_nothing)
    with structlog.testing.capture_logs() as lines, pytest.raises(psycopg.OperationalError):
        made._hold_place(_ClosedConnection())  # type: ignore[arg-type]
    assert [(one["event"], one["log_level"], one["consumer"]) for one in lines] == [
        ("consumer.place_lost", "error", "matching.engine")
    ]


def _nothing(*_: Any) -> None:
    """Takes records and does nothing."""
