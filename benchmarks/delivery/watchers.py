"""Clients of the live stream in a process of their own.

    python -m benchmarks.delivery.watchers URL COUNT < key

Prints "open" when all streams are, then, at the end of its input, JSON: [[placement, perf_counter], …] of all streams.
"""

import asyncio
import json
import sys
import time
from typing import Any

import aiohttp


async def watch(
    session: aiohttp.ClientSession, url: str, opened: asyncio.Semaphore, seen: list[tuple[str, float]]
) -> None:
    """Reads one stream until cancelled."""
    async with session.get(url) as answer:
        answer.raise_for_status()
        async for line in answer.content:
            if line.startswith(b"id:"):
                opened.release()
            elif line.startswith(b"data:"):
                at = time.perf_counter()
                data: dict[str, Any] = json.loads(line[5:])
                seen.append((data["placement"], at))


async def run(url: str, count: int, key: str) -> None:
    """All streams, until the input ends."""
    opened = asyncio.Semaphore(0)
    seen: list[tuple[str, float]] = []
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),
        headers={"authorization": f"Bearer {key}"},
        timeout=aiohttp.ClientTimeout(total=None),
    ) as session:
        tasks = [asyncio.create_task(watch(session, url, opened, seen)) for _ in range(count)]
        for _ in range(count):
            await opened.acquire()
        print("open", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], int(sys.argv[2]), sys.stdin.readline().strip()))
