"""Connections of an event loop that is about to end."""

import asyncio
from collections.abc import Mapping

from tests.patience import PATIENCE_SECONDS


async def until_closed() -> None:
    """Returns when every connection of the running loop is closed: one under TLS waits for the other side's farewell, which
    a loop that ends at once would never hear, leaving its socket to the collector."""
    known: Mapping[int, asyncio.Transport] = getattr(asyncio.get_running_loop(), "_transports", {})
    async with asyncio.timeout(PATIENCE_SECONDS):
        while any(one.get_extra_info("socket").fileno() != -1 for one in list(known.values())):  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.01)
