"""What the supervisor needs to know of a server it runs."""

from collections.abc import Callable
from typing import Protocol

from deploy.local.child import Command

Tell = Callable[[str], None]


class Server(Protocol):
    """A server of the embedded platform. `prepare` may take seconds; it and `command` are called before each start."""

    @property
    def name(self) -> str: ...

    @property
    def ports(self) -> tuple[int, ...]: ...

    def prepare(self, tell: Tell) -> None:
        """Makes data and configuration where they are missing. Raises LocalError. Blocking."""

    def command(self) -> Command:
        """The server in the foreground."""

    async def answers(self, pid: int) -> bool:
        """Whether the server started as `pid` serves requests now. Never raises for a server that is not up yet."""
