"""States of a supervised unit and the pause before it is started again."""

from dataclasses import dataclass
from enum import StrEnum

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
HEALTHY_SECONDS = 60.0


class State(StrEnum):
    """State of one server, one-shot or process; `label` is for people."""

    WAITING = "waiting"
    PREPARING = "preparing"
    STARTING = "starting"
    READY = "ready"
    NOT_READY = "not_ready"
    CRASHED = "crashed"
    STOPPING = "stopping"
    STOPPED = "stopped"
    DONE = "done"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    State.WAITING: "en attente",
    State.PREPARING: "préparation",
    State.STARTING: "démarrage",
    State.READY: "prêt",
    State.NOT_READY: "pas prêt",
    State.CRASHED: "tombé",
    State.STOPPING: "arrêt",
    State.STOPPED: "arrêté",
    State.DONE: "fait",
}


@dataclass(frozen=True)
class Event:
    """Something happened to a unit. `detail` is for people; `pid` is None while nothing runs."""

    name: str
    state: State
    detail: str = ""
    pid: int | None = None
    restarts: int = 0


def pause_after(previous_seconds: float | None, lived_seconds: float) -> float:
    """Seconds to wait before the next start: 0.5, 1, 2 ... 30; from 0.5 again after a minute of life.

    `previous_seconds` is the last pause, None for a unit that never crashed.
    """
    if previous_seconds is None or lived_seconds >= HEALTHY_SECONDS:
        return FIRST_PAUSE_SECONDS
    return min(previous_seconds * 2, LONGEST_PAUSE_SECONDS)
