"""The home folder of a platform: its lock, its secret keys, and the record of what runs (`run.json`).

HOME/lock           held while a platform runs (flock: the kernel frees it however the holder ends)
HOME/run.json       processes of the running, or of the last, platform
HOME/secret.keys    32 random bytes, base64, made once, 0600
HOME/kafka/ postgres/ redis/ logs/ cache/
"""

import base64
import fcntl
import json
import os
import secrets
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from deploy.local.child import end_families
from deploy.local.errors import AlreadyRunning

# psutil derives a process's start from the boot time, which clock corrections move a little.
START_TOLERANCE_SECONDS = 2.0
END_SECONDS = 8.0


@dataclass(frozen=True)
class Running:
    """A recorded process; `started` is psutil's create_time, which with the pid names one process for ever."""

    name: str
    pid: int
    started: float
    state: str
    restarts: int
    stop_signal: int = int(signal.SIGTERM)

    def process(self) -> psutil.Process | None:
        """The process, if it is still this one."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < START_TOLERANCE_SECONDS
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


@contextmanager
def home_lock(home: Path) -> Iterator[None]:
    """Holds the home for this process. Raises AlreadyRunning, saying who holds it and since when."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "lock").open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise AlreadyRunning(_already_running(home, file.read().strip())) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _already_running(home: Path, pid: str) -> str:
    since = ""
    if pid.isdigit() and psutil.pid_exists(int(pid)):
        since = (
            datetime.fromtimestamp(psutil.Process(int(pid)).create_time(), UTC).astimezone().strftime("%d/%m %H:%M:%S")
        )
    return (
        f"Ancrage tourne déjà dans {home} (processus {pid or '?'}, depuis {since or '?'}). "
        "Arrêtez-le, ou choisissez un autre dossier par ANCRAGE_HOME (et d'autres ports par ANCRAGE_PORT_BASE).\n"
        f"Ancrage already runs in {home} (process {pid or '?'}, since {since or '?'}). "
        "Stop it, or choose another folder with ANCRAGE_HOME (and other ports with ANCRAGE_PORT_BASE)."
    )


def record(home: Path, running: Iterable[Running]) -> None:
    """Writes run.json, whole or not at all."""
    path = home / "run.json"
    making = path.with_suffix(".making")
    making.write_text(json.dumps({"processes": [asdict(one) for one in running]}, indent=1), encoding="utf-8")
    making.replace(path)


def recorded(home: Path) -> tuple[Running, ...]:
    """What run.json says, () where there is none. A process of it may have ended since: ask `Running.process`."""
    path = home / "run.json"
    if not path.is_file():
        return ()
    return tuple(Running(**one) for one in json.loads(path.read_text(encoding="utf-8"))["processes"])


def end_left_over(home: Path) -> tuple[str, ...]:
    """Ends processes that a killed supervisor left; the caller holds the lock. Returns their names."""
    left_over = [(one, process) for one in recorded(home) if (process := one.process())]
    end_families([(process, signal.Signals(one.stop_signal)) for one, process in left_over], END_SECONDS)
    record(home, ())
    return tuple(one.name for one, _ in left_over)


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner may read (0600), whole or not at all."""
    making = path.with_name(f"{path.name}.making")
    making.unlink(missing_ok=True)
    with os.fdopen(os.open(making, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
        file.write(text)
    making.rename(path)


def ensure_secret_keys(home: Path) -> None:
    """Makes HOME/secret.keys where it is missing; never replaces it."""
    path = home / "secret.keys"
    if not path.exists():
        write_private(path, base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
