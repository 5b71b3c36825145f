"""One supervised unit: started, watched until ready, started again when it ends, stopped on request."""

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil

from deploy.local.child import Command, rotate, signal_group, tail
from deploy.local.errors import StartFailed
from deploy.local.home import Running
from deploy.local.states import Event, State, pause_after
from shared.lost_servers import EXIT_CODE as LOST_SERVER

POLL_STARTING_SECONDS = 0.1
POLL_READY_SECONDS = 2.0
READY_SECONDS = 120.0
# A unit that ends this often before it was ever ready is given up: its log says why better than another try would.
TRIES_AT_FIRST = 5


class Unit:
    """Runs `make_command()` for as long as it is wanted.

    `probe(pid)` tells whether it serves, `refusal()` why it does not until somebody acts; `prepare` may block and is run in
    a thread before each start. All methods belong to the supervisor's event loop.
    """

    def __init__(
        self,
        name: str,
        make_command: Callable[[], Command],
        probe: Callable[[int], Awaitable[bool]],
        on_event: Callable[[Event], None],
        prepare: Callable[[Callable[[str], None]], None] | None = None,
        refusal: Callable[[], Awaitable[str | None]] | None = None,
    ) -> None:
        self.name = name
        self.state = State.WAITING
        self.restarts = 0
        self.stop_signal = signal.SIGTERM
        self.started: float | None = None
        self.ready = asyncio.Event()
        self.refuses = asyncio.Event()
        self._make_command = make_command
        self._probe = probe
        self._on_event = on_event
        self._prepare = prepare
        self._refusal = refusal
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._failure: Exception | None = None
        self._was_ready = False
        self._log: Path | None = None

    @property
    def pid(self) -> int | None:
        """The running process, None while there is none."""
        process = self._process
        return process.pid if process and process.returncode is None else None

    def running(self) -> Running | None:
        """Entry of run.json."""
        if self.pid is None or self.started is None:
            return None
        return Running(self.name, self.pid, self.started, str(self.state), self.restarts, int(self.stop_signal))

    def begin(self) -> None:
        """Starts keeping the unit alive."""
        self._stopping.clear()
        self._task = asyncio.create_task(self._keep(), name=f"keep {self.name}")

    async def wait_ready(self, seconds: float = READY_SECONDS, *, or_refuses: bool = False) -> None:
        """Returns when the unit serves, or says that it will not until somebody acts, where that will do.

        Raises StartFailed (with the end of its log), or what `prepare` raised.
        """
        if self._task is None:
            raise RuntimeError("begin() comes first")
        waited = [self.ready, self.refuses] if or_refuses else [self.ready]
        give_up_at = time.monotonic() + seconds
        # Again where it was ready for a moment and ended before anybody looked.
        while time.monotonic() < give_up_at and not self._task.done():
            waiting = [asyncio.create_task(one.wait()) for one in waited]
            try:
                left = max(0.0, give_up_at - time.monotonic())
                await asyncio.wait((*waiting, self._task), timeout=left, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in waiting:
                    one.cancel()
            if any(one.is_set() for one in waited):
                return
        if self._failure:
            raise self._failure
        raise StartFailed(
            f"{self.name} n'est pas prêt après {seconds:.0f} s. / {self.name} is not ready after {seconds:.0f} s.\n"
            + self.log_end()
        )

    def log_end(self) -> str:
        """Last lines of the unit's log."""
        return tail(self._log) if self._log else ""

    async def kill(self, number: signal.Signals) -> None:
        """Sends a signal to the unit's process and group, as a crash or an operator would.

        After SIGKILL returns when the process is gone: `wait_ready` then means its successor.
        """
        if self._process is None or self.pid is None:
            return
        signal_group(self.pid, number)
        if number == signal.SIGKILL:
            await self._process.wait()
            self.ready.clear()

    async def end(self, patience_seconds: float) -> None:
        """Asks the unit to stop, kills it after `patience_seconds`, and starts it no more."""
        self._stopping.set()
        if self.pid is not None:
            self._tell(State.STOPPING)
            self._ask_to_stop()
        if self._task is None:
            return
        if self.pid is None:
            self._task.cancel()
        _, late = await asyncio.wait((self._task,), timeout=patience_seconds)
        if late:
            await self.kill(signal.SIGKILL)
            await asyncio.wait((self._task,), timeout=1)
        self._tell(State.STOPPED)

    def _ask_to_stop(self) -> None:
        """The leader alone is asked: what it started, it stops."""
        if self._process and self._process.returncode is None:
            self._process.send_signal(self.stop_signal)

    async def _keep(self) -> None:
        pause: float | None = None
        while not self._stopping.is_set():
            try:
                began = time.monotonic()
                code = await self._live_once()
            except Exception as error:  # noqa: BLE001 - handed to whoever waits for the start
                self._failure = error
                self._tell(State.CRASHED, str(error).partition("\n")[0])
                return
            if self._stopping.is_set():
                return
            if not self._was_ready and self.restarts + 1 >= TRIES_AT_FIRST:
                self._failure = StartFailed(
                    f"{self.name} ne démarre pas ({_how_it_ended(code)}). / {self.name} does not start.\n{self.log_end()}"
                )
                self._tell(State.CRASHED, _how_it_ended(code))
                return
            pause = pause_after(pause, time.monotonic() - began)
            self.restarts += 1
            self._tell(State.CRASHED, f"{_how_it_ended(code)}, nouvel essai dans {pause:g} s")
            try:
                await asyncio.wait_for(self._stopping.wait(), pause)
            except TimeoutError:
                continue

    async def _live_once(self) -> int:
        """One life of the process; returns its exit code."""
        if self._prepare:
            self._tell(State.PREPARING)
            await asyncio.to_thread(self._prepare, self._tell_from_a_thread(asyncio.get_running_loop()))
        if self._stopping.is_set():
            return 0
        command = self._make_command()
        self.stop_signal = command.stop_signal
        self._log = command.log
        rotate(command.log)
        with command.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *command.tethered(),
                env=dict(command.environment),
                cwd=command.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        process = self._process
        try:
            self.started = psutil.Process(process.pid).create_time()
        except psutil.NoSuchProcess:
            self.started = None
        self._tell(State.STARTING)
        if self._stopping.is_set():
            self._ask_to_stop()
        watching = asyncio.create_task(self._watch(process.pid))
        try:
            code = await process.wait()
        finally:
            watching.cancel()
            self.ready.clear()
            self.refuses.clear()
        # What the process left of its own group must not live on beside the next one.
        signal_group(process.pid, signal.SIGKILL)
        return code

    async def _watch(self, pid: int) -> None:
        """Follows readiness for as long as the process lives."""
        while True:
            serves = await self._probe(pid) and self.pid is not None
            if serves and not self.ready.is_set() and not self._stopping.is_set():
                self._was_ready = True
                self.refuses.clear()
                self.ready.set()
                self._tell(State.READY)
            elif not serves and self.ready.is_set() and not self._stopping.is_set():
                self.ready.clear()
                self._tell(State.NOT_READY)
            if not serves and self._refusal and not self.refuses.is_set() and (said := await self._refusal()):
                self._was_ready = True
                self.refuses.set()
                self._tell(State.NOT_READY, said)
            await asyncio.sleep(POLL_READY_SECONDS if self.ready.is_set() else POLL_STARTING_SECONDS)

    def _tell_from_a_thread(self, loop: asyncio.AbstractEventLoop) -> Callable[[str], None]:
        def tell(line: str) -> None:
            loop.call_soon_threadsafe(self._tell, State.PREPARING, line)

        return tell

    def _tell(self, state: State, detail: str = "") -> None:
        self.state = state
        self._on_event(Event(self.name, state, detail, self.pid, self.restarts))


def _how_it_ended(code: int) -> str:
    if code == LOST_SERVER:
        return "un serveur dont il dépend ne répond plus"
    return f"terminé par {signal.Signals(-code).name}" if code < 0 else f"terminé avec le code {code}"
