"""Commands run as children of the supervisor: own session, tied to its life, output in a rotated log file."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

TETHER = Path(__file__).with_name("tether.py")
LOG_BYTES = 5_000_000
LOG_COPIES = 3


@dataclass(frozen=True)
class Command:
    """What to run. `environment` is complete (nothing is inherited); `stop_signal` asks for a graceful end."""

    arguments: tuple[str, ...]
    log: Path
    environment: Mapping[str, str] = field(repr=False)
    folder: Path
    stop_signal: signal.Signals = signal.SIGTERM
    user_id: int | None = None

    def tethered(self) -> list[str]:
        """Full argument list. The caller's thread must live as long as the child: Linux ties a child to a thread."""
        user = "-" if self.user_id is None else str(self.user_id)
        tether = [sys.executable, "-I", "-S", str(TETHER), str(os.getpid()), str(int(self.stop_signal)), user]
        return [*tether, *self.arguments]


def run_to_end(command: Command, timeout_seconds: float) -> subprocess.CompletedProcess[str]:
    """Runs a short command, its output captured (the log file is not used)."""
    return subprocess.run(
        command.tethered(),
        env=dict(command.environment),
        cwd=command.folder,
        capture_output=True,
        text=True,
        timeout=timeout_seconds,
        check=False,
    )


def rotate(log: Path, limit_bytes: int = LOG_BYTES) -> None:
    """Renames a log that is over the limit to .1, .1 to .2 and so on; the oldest is dropped. Makes the folder."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if not log.exists() or log.stat().st_size <= limit_bytes:
        return
    for number in range(LOG_COPIES - 1, 0, -1):
        older = log.with_name(f"{log.name}.{number}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number + 1}"))
    log.replace(log.with_name(f"{log.name}.1"))


def tail(log: Path, lines: int = 15) -> str:
    """Last lines of a log, "" where there is none."""
    if not log.is_file():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 16_384))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signals a child and its group; a child that is gone is no error."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def end_families(leaders: Iterable[tuple[psutil.Process, signal.Signals]], seconds: float) -> None:
    """Ends processes that are not our children, with their descendants: asks each, then kills after `seconds`."""
    families = []
    for leader, number in leaders:
        with suppress(psutil.NoSuchProcess):
            families += [leader, *leader.children(recursive=True)]
            leader.send_signal(number)
    _, alive = psutil.wait_procs(families, timeout=seconds)
    for member in alive:
        with suppress(psutil.NoSuchProcess):
            member.kill()
    psutil.wait_procs(alive, timeout=5)
