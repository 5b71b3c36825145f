"""One line per server and process while the platform runs: a live table on a terminal, plain lines elsewhere."""

import sys
import threading
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

from deploy.local.states import Event, State

_COLOURS = {
    State.READY: "green",
    State.DONE: "green",
    State.CRASHED: "red",
    State.NOT_READY: "yellow",
    State.STOPPED: "dim",
}


class Screen:
    """Shows events as they come. `show` may be called from any thread."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(file=sys.stderr)
        self._began = time.monotonic()
        self._events: dict[str, Event] = {}
        self._lock = threading.Lock()
        self._live = Live(get_renderable=self._table, console=self._console, refresh_per_second=4)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def show(self, event: Event) -> None:
        """Takes one event of the platform."""
        with self._lock:
            self._events[event.name] = event
        if not self._console.is_terminal:
            seconds = time.monotonic() - self._began
            detail = f" – {event.detail}" if event.detail else ""
            self._console.print(
                f"{seconds:7.1f} s  {event.name:<18} {event.state.label}{detail}",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )

    def say(self, text: str) -> None:
        """A line above the table."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def _table(self) -> Table:
        table = Table(box=None, show_header=False, padding=(0, 1))
        with self._lock:
            for event in self._events.values():
                colour = _COLOURS.get(event.state, "cyan")
                restarts = f"{event.restarts} relances" if event.restarts else ""
                pid = str(event.pid) if event.pid else ""
                table.add_row(event.name, f"[{colour}]{event.state.label}[/]", pid, restarts, event.detail)
        return table
