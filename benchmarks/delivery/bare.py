"""What the dispatcher is compared with: loops that only post, in a process of their own, with nothing kept of it.

python -m benchmarks.delivery.bare httpx|aiohttp URL COUNT WORKERS
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Final

import aiohttp
import httpx

BODY: Final = (
    b'{"type":"placement.approved","timestamp":"2026-11-23T08:54:59.120Z","data":{"placement":"plc_01KAT1ZZZZZZZZZZZZZZ'
    b'ZZZZZZ","territory":"241500230","step":"approved","due_at":"2026-11-25T22:59:59.000Z"}}'
)
HEADERS: Final = {
    "content-type": "application/json",
    "webhook-timestamp": "1795424099",
    "webhook-signature": "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
}
Post = Callable[[str], Awaitable[int]]


async def _run(post: Post, count: int, workers: int) -> float:
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            status = await post(f"msg_{number}")
            if status != 204:
                raise RuntimeError(f"the receiver answers {status}")

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(workers)))
    return time.perf_counter() - started


async def with_httpx(url: str, count: int, workers: int) -> float:
    """Seconds for `count` posts by httpx."""
    limits = httpx.Limits(max_connections=workers, max_keepalive_connections=workers)
    async with httpx.AsyncClient(limits=limits, timeout=15, trust_env=False) as client:

        async def post(identifier: str) -> int:
            answer = await client.post(url, content=BODY, headers={**HEADERS, "webhook-id": identifier})
            return answer.status_code

        return await _run(post, count, workers)


async def with_aiohttp(url: str, count: int, workers: int) -> float:
    """Seconds for `count` posts by aiohttp."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=workers), timeout=aiohttp.ClientTimeout(total=15)
    ) as session:

        async def post(identifier: str) -> int:
            async with session.post(url, data=BODY, headers={**HEADERS, "webhook-id": identifier}) as answer:
                await answer.read()
                return answer.status

        return await _run(post, count, workers)


LOOPS: Final = {"httpx": with_httpx, "aiohttp": with_aiohttp}

if __name__ == "__main__":
    _name, _url, _count, _workers = sys.argv[1:]
    _seconds = asyncio.run(LOOPS[_name](_url, int(_count), int(_workers)))
    print(json.dumps({"seconds": _seconds, "cpu_seconds": time.process_time()}))
