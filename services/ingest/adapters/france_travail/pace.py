"""The pace of calls: so many a second at most, and nobody calls while the API has asked to wait."""

import asyncio
import time
from collections.abc import Awaitable, Callable


class Pace:
    """Spaces calls evenly. One per client: all its calls share it."""

    def __init__(
        self,
        requests_per_second: float,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._interval = 1 / requests_per_second
        self._monotonic = monotonic
        self._sleep = sleep
        self._next = monotonic()

    async def turn(self) -> None:
        """Returns when the caller may call."""
        now = self._monotonic()
        mine = max(now, self._next)
        self._next = mine + self._interval
        if mine > now:
            await self._sleep(mine - now)

    def pause(self, seconds: float) -> None:
        """Nobody gets a turn for so long. Turns already given stay given."""
        self._next = max(self._next, self._monotonic() + seconds)
