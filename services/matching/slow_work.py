"""Several slow loops in one process, a thread each: one that fails ends them all, and the process is started again."""

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import Any

from shared.web.serve import Worker


class SlowWork:
    """A worker of workers."""

    def __init__(self, loops: Sequence[Worker]) -> None:
        self._loops = loops

    @property
    def active(self) -> bool:
        """Whether all are."""
        return all(loop.active for loop in self._loops)

    @property
    def progressed_at(self) -> float:
        """Of the one that has stood still for longest."""
        return min(loop.progressed_at for loop in self._loops)

    @property
    def details(self) -> dict[str, Any]:
        """What each shows."""
        return {name: shown for loop in self._loops for name, shown in getattr(loop, "details", {}).items()}

    def stop(self) -> None:
        """Ends `run` after what each has in hand."""
        for loop in self._loops:
            loop.stop()

    def run(self) -> None:
        """Until stopped, or until one of them ends. Raises what it raised."""
        with ThreadPoolExecutor(len(self._loops)) as pool:
            running = [pool.submit(loop.run) for loop in self._loops]
            wait(running, return_when=FIRST_COMPLETED)
            self.stop()
        for loop in running:
            loop.result()
