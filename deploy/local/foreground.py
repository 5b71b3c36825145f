"""Runs a platform until Ctrl-C, SIGTERM or a closed terminal, then stops it gracefully."""

import signal
import threading
from collections.abc import Callable
from types import FrameType

from deploy.local.screen import Screen
from deploy.local.states import Event
from deploy.local.supervisor import Platform

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopAsked(BaseException):
    """Raised in the main thread by the first stop signal; like KeyboardInterrupt it is no error."""


def keep_running(make: Callable[[Callable[[Event], None]], Platform], ready: Callable[[Platform], str]) -> None:
    """Starts what `make` returns, prints what `ready` says of it, and returns after a graceful stop.

    Raises LocalError where the start fails. Only from the main thread: it takes the stop signals; once stopping, further
    ones are ignored, for the stop ends by itself within 15 seconds.
    """
    earlier = {number: signal.signal(number, _ask_to_stop) for number in STOP_SIGNALS}
    try:
        with Screen() as screen:
            platform = make(screen.show)
            try:
                platform.start()
                screen.say(ready(platform))
                threading.Event().wait()
            except StopAsked:
                screen.say("Arrêt en cours… / stopping…")
            finally:
                platform.stop()
    finally:
        for number, handler in earlier.items():
            signal.signal(number, handler)


def _ask_to_stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the shape of a signal handler
    for other in STOP_SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    raise StopAsked
