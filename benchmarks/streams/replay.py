"""The product as a contender: starts its packers and workers, waits until all is applied, ends them. One lean process.

It imports nothing of the product, so that its own processor time and memory stay small beside theirs. The state that
counts is not asked of the processes: whoever runs the contest reads it from the changelog afterwards (contest.py).
"""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

POLL_SECONDS = 0.25  # each poll is four requests that the processes answer in the time that is measured
GIVE_UP_SECONDS = 280.0


def status(port: int) -> dict[str, Any]:
    """What a process says of itself; nothing while it starts."""
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/status")
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
    except (OSError, HTTPException):
        return {}
    else:
        return answer
    finally:
        connection.close()


class Copies:
    """The running copies of one role."""

    def __init__(self, role: str, count: int, first_port: int, logs: Path) -> None:
        self.ports = [first_port + number for number in range(count)]
        self.logs = [logs / f"{role}-{number}.log" for number in range(count)]
        self.processes = [
            subprocess.Popen(
                [sys.executable, "-m", "services.scoring.main", role],
                env=os.environ | {"ANCRAGE_INSTANCE": str(number), "ANCRAGE_HEALTH_PORT": str(port)},
                stdout=log.open("w"),
                stderr=subprocess.STDOUT,
            )
            for number, (port, log) in enumerate(zip(self.ports, self.logs, strict=True))
        ]

    def total(self, name: str) -> int:
        """Sum of a figure of /status over the copies."""
        return sum(status(port).get(name, 0) for port in self.ports)

    def ready(self) -> bool:
        """Whether every copy is."""
        return all(status(port).get("active") for port in self.ports)

    def check(self) -> None:
        """Raises SystemExit, with the end of its log, when a copy has ended."""
        for process, log in zip(self.processes, self.logs, strict=True):
            if process.poll() is not None:
                raise SystemExit(f"{log.name}: ended with {process.returncode}\n{log.read_text()[-2000:]}")

    def end(self) -> None:
        """Orderly, all at once."""
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def began(logs: list[Path]) -> float:
    """Epoch seconds at which the first packer got its partitions: nothing was read before."""
    lines = [line for log in logs for line in log.read_text().splitlines() if '"packer.assigned"' in line]
    if not lines:
        raise SystemExit("no packer was assigned a partition")
    return min(datetime.fromisoformat(json.loads(line)["timestamp"]).timestamp() for line in lines)


def main() -> None:
    """One replay. The environment is the harness' adapter contract, and the product's own settings."""
    expected = int(os.environ["EXPECTED_EVENTS"])
    logs = Path(os.environ["STATE_DIR"])
    base = int(os.environ["ANCRAGE_PORT_BASE"])
    give_up = time.monotonic() + GIVE_UP_SECONDS
    workers = Copies("worker", int(os.environ.get("WORKERS", "1")), base + 40, logs)
    packers: Copies | None = None
    try:
        while not workers.ready():  # as a running platform has it: nothing is read before
            workers.check()
            time.sleep(POLL_SECONDS)
        packers = Copies("packer", int(os.environ.get("PACKERS", "1")), base + 50, logs)
        while time.monotonic() < give_up:
            workers.check()
            packers.check()
            read = packers.total("events")
            if read >= expected and workers.total("entries") >= packers.total("entries"):
                break
            time.sleep(POLL_SECONDS)
        else:
            raise SystemExit(f"{read} of {expected} events were packed, {workers.total('entries')} entries applied")
        applied = time.time()
    finally:
        if packers is not None:
            packers.end()
        workers.end()
    report = {"state": {}, "events": read, "first": began(packers.logs), "applied": applied, "latency_ms": []}
    Path(os.environ["OUT"]).write_text(json.dumps(report))


if __name__ == "__main__":
    main()
