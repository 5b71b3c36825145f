"""The platform on one machine: servers, one-shots, processes; started in order, watched, started again, stopped.

    with Platform(Settings(), on_event=print) as platform:
        platform.kill("scoring.worker")
        platform.wait_ready("scoring.worker")

`Platform(settings, processes=())` runs the servers alone. A server whose address is set (ANCRAGE_KAFKA,
ANCRAGE_REDIS_URL, ANCRAGE_DATABASE_URL) is taken as running elsewhere.
"""

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from deploy.local.child import Command, rotate, signal_group, tail
from deploy.local.environment import service_environment
from deploy.local.errors import StartFailed
from deploy.local.home import end_left_over, ensure_secret_keys, home_lock, record
from deploy.local.kafka import Kafka
from deploy.local.ports import check_ports
from deploy.local.postgres import Postgres, superuser_url
from deploy.local.redis_server import RedisServer
from deploy.local.server import Server
from deploy.local.states import Event, State
from deploy.local.unit import READY_SECONDS, Unit
from deploy.local.wire import http_status, refusal
from shared.processes import KAFKA_CONTROLLER_OFFSET, KAFKA_OFFSET, POSTGRES_OFFSET, PROCESSES, REDIS_OFFSET, Process
from shared.settings import Settings

CHECKOUT = Path(__file__).resolve().parents[2]
SERVER_NAMES = ("kafka", "postgres", "redis")
SERVICES_PATIENCE_SECONDS = 8.0
SERVERS_PATIENCE_SECONDS = 5.0

T = TypeVar("T")


@dataclass(frozen=True)
class OneShot:
    """A command that must succeed before the processes start; `needs` names the server it talks to."""

    name: str
    arguments: tuple[str, ...]
    needs: str
    as_superuser: bool = False


ONE_SHOTS = (
    OneShot("topics", ("-m", "deploy.cli", "topics", "apply"), needs="kafka"),
    OneShot("migrate", ("-m", "deploy.cli", "migrate"), needs="postgres", as_superuser=True),
)


class Platform:
    """All that runs, driven from one thread of its own: Linux ties a child's life to the thread that made it.

    Methods may be called from any thread. `on_event` is called in the platform's thread and must be quick.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        processes: Sequence[Process] = PROCESSES,
        servers: Iterable[str] = SERVER_NAMES,
        one_shots: Sequence[OneShot] | None = None,
        own_home: bool = True,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        """`one_shots` None: all where there are processes. `own_home` False: neither lock nor record (`ancrage run`)."""
        self.settings = settings
        self._processes = tuple(processes)
        self._servers = _servers_to_run(settings, tuple(servers))
        self._one_shots = tuple(one_shots) if one_shots is not None else (ONE_SHOTS if self._processes else ())
        self._own_home = own_home
        self._listener = on_event
        self._units: dict[str, Unit] = {}
        self._resources = ExitStack()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._starting: asyncio.Task[None] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Environment that the processes get; also for a command that should meet them."""
        return service_environment(self.settings)

    @property
    def superuser_url(self) -> str:
        """PostgreSQL as superuser: the setting where one is given, else the embedded server's own."""
        if self.settings.database_url:
            return self.settings.database_url
        return superuser_url(self.settings.home, self.settings.port_base + POSTGRES_OFFSET)

    def start(self) -> None:
        """Returns when everything is ready. Raises LocalError, after having stopped what had started."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="ancrage platform", daemon=True)
        self._thread.start()
        try:
            self._call(self._start())
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Graceful end of everything, services first; at most 14 seconds. Does nothing on a platform that is stopped."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        try:
            self._call(self._stop())
        finally:
            self._loop = self._thread = None
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
            self._resources.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def pids(self) -> dict[str, int]:
        """Running servers and processes by name."""
        return {name: unit.pid for name, unit in self._units.items() if unit.pid is not None}

    def states(self) -> dict[str, State]:
        """State of every server and process by name."""
        return {name: unit.state for name, unit in self._units.items()}

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Sends a signal to a server or process, which is then started again. After SIGKILL it is gone on return."""
        self._call(self._units[name].kill(number))

    def wait_ready(self, name: str, seconds: float = READY_SECONDS) -> None:
        """Returns when the server or process serves. Raises StartFailed after `seconds`."""
        self._call(self._units[name].wait_ready(seconds))

    def _call(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop is None:
            work.close()
            raise RuntimeError("the platform is not running")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _start(self) -> None:
        self._starting = asyncio.current_task()
        if self._own_home:
            home = self.settings.home
            await asyncio.to_thread(self._resources.enter_context, home_lock(home))
            for name in await asyncio.to_thread(end_left_over, home):
                self._tell(Event(name, State.STOPPED, "reste d'un arrêt brutal"))
            ensure_secret_keys(home)
            await asyncio.to_thread(check_ports, self._ports(), self.settings.port_base)
        for server in self._servers:
            self._units[server.name] = Unit(server.name, server.command, server.answers, self._tell, server.prepare)
        for process in self._processes:
            self._units[process.name] = self._unit_of(process)
        for server in self._servers:
            self._units[server.name].begin()
        await _together(
            *(self._units[server.name].wait_ready() for server in self._servers),
            *(self._run(one_shot) for one_shot in self._one_shots),
        )
        await _together(*(self._begin(process) for process in self._processes))

    async def _begin(self, process: Process) -> None:
        for earlier in process.after:
            if earlier in self._units:
                await self._units[earlier].ready.wait()
        unit = self._units[process.name]
        unit.begin()
        # What refuses to work on a state of other rules needs the rest of the platform for its remedy.
        await unit.wait_ready(or_refuses=True)

    async def _stop(self) -> None:
        if self._starting and not self._starting.done():
            self._starting.cancel()
            await asyncio.wait((self._starting,))
        services = [self._units[process.name] for process in self._processes if process.name in self._units]
        servers = [self._units[server.name] for server in self._servers if server.name in self._units]
        await asyncio.gather(*(unit.end(SERVICES_PATIENCE_SECONDS) for unit in services))
        await asyncio.gather(*(unit.end(SERVERS_PATIENCE_SECONDS) for unit in servers))

    async def _run(self, one_shot: OneShot) -> None:
        """Runs a one-shot to its end. Raises StartFailed with what it printed."""
        if one_shot.needs in self._units:
            await self._units[one_shot.needs].ready.wait()
        environment = self.environment
        if one_shot.as_superuser:
            environment["ANCRAGE_DATABASE_URL"] = self.superuser_url
        log = self.settings.home / "logs" / f"{one_shot.name}.log"
        command = Command((sys.executable, *one_shot.arguments), log, environment, CHECKOUT)
        self._tell(Event(one_shot.name, State.STARTING))
        rotate(log)
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *command.tethered(),
                env=dict(command.environment),
                cwd=command.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            signal_group(process.pid, signal.SIGKILL)
            raise
        if code != 0:
            self._tell(Event(one_shot.name, State.CRASHED, f"code {code}"))
            raise StartFailed(f"« {one_shot.name} » a échoué. / {one_shot.name} failed.\n{tail(log)}")
        self._tell(Event(one_shot.name, State.DONE))

    def _unit_of(self, process: Process) -> Unit:
        port = self.settings.port_base + process.port_offset
        command = Command(
            (sys.executable, *process.command),
            self.settings.home / "logs" / f"{process.name}.log",
            self.environment,
            CHECKOUT,
        )

        async def is_ready(pid: int) -> bool:  # noqa: ARG001 - the port is enough here
            return await http_status(port, "/readyz") == 200

        return Unit(process.name, lambda: command, is_ready, self._tell, refusal=lambda: refusal(port))

    def _ports(self) -> dict[int, str]:
        """Every port that this platform needs, and for what."""
        ports = {port: server.name for server in self._servers for port in server.ports}
        return ports | {self.settings.port_base + process.port_offset: process.name for process in self._processes}

    def _tell(self, event: Event) -> None:
        if self._own_home:
            running = (unit.running() for unit in self._units.values())
            record(self.settings.home, [one for one in running if one])
        if self._listener:
            self._listener(event)


def _servers_to_run(settings: Settings, names: tuple[str, ...]) -> tuple[Server, ...]:
    """The embedded servers among `names` whose address is not given by a setting."""
    home, base = settings.home, settings.port_base
    servers: list[Server] = []
    if "kafka" in names and not settings.kafka:
        servers.append(Kafka(home, settings.cache_folder, base + KAFKA_OFFSET, base + KAFKA_CONTROLLER_OFFSET))
    if "postgres" in names and not settings.database_url:
        servers.append(Postgres(home, base + POSTGRES_OFFSET))
    if "redis" in names and not settings.redis_url:
        servers.append(RedisServer(home, base + REDIS_OFFSET))
    return tuple(servers)


async def _together(*work: Coroutine[Any, Any, None]) -> None:
    """Runs all; the first failure cancels the others and is raised as it is."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
