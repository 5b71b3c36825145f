"""Reading one shard: all its pages, and whether they are the same list."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeVar

from services.ingest.adapters.france_travail.client import Client, Page
from services.ingest.core.france_travail.absences import Reading
from services.ingest.core.france_travail.offers import Accepted, Quarantined, Referential, read_offer
from services.ingest.core.france_travail.pages import LAST_START, PAGE, Window, windows
from services.ingest.core.france_travail.shards import Shard

TRIES: Final = 3
T = TypeVar("T")


@dataclass(frozen=True)
class Reach:
    """How far a search can be read: the API's figures, or smaller ones in tests."""

    page: int = PAGE
    last_start: int = LAST_START

    @property
    def offers(self) -> int:
        return self.last_start + self.page


@dataclass(frozen=True)
class TooLarge:
    """The shard announces more offers than can be read. `pivot`: creation date of one near the end of what can."""

    total: int
    pivot: datetime | None


@dataclass
class Leaf:
    """What was read of a shard: offers by reference (the latest reading of each), and what could not be understood."""

    reading: Reading = Reading.COMPLETE
    total: int = 0
    accepted: dict[str, tuple[Accepted, datetime]] = field(default_factory=dict)
    quarantined: dict[str, Quarantined] = field(default_factory=dict)
    unnamed: int = 0

    @property
    def seen(self) -> list[str]:
        """References of all offers that exist, understood or not."""
        return [*self.accepted, *self.quarantined]


class LeafReader:
    """Reads shards with a client, `concurrency` pages at a time."""

    def __init__(self, client: Client, referential: Referential, *, concurrency: int, reach: Reach) -> None:
        self._client = client
        self.referential = referential
        self._concurrency = concurrency
        self._reach = reach

    async def read(self, shard: Shard) -> Leaf | TooLarge:
        """Every offer of the shard. Raises FeedError.

        The list is taken for whole when every page announces the same number and as many offers came. Else it is read
        again, from its end to its beginning: an offer that leaves moves those behind it forward, into pages yet to come.
        """
        parameters = shard.parameters()
        leaf = Leaf()
        first = await self._page(parameters, (0, self._reach.page - 1))
        for attempt in range(TRIES):
            if first.total > self._reach.offers:
                return TooLarge(first.total, await self._pivot(parameters))
            later = windows(first.total, page=self._reach.page)[1:]
            if attempt == 0:
                pages = [first, *await self._together(parameters, later)]
            else:
                pages = [await self._page(parameters, window) for window in reversed(later)]
                pages.append(await self._page(parameters, (0, self._reach.page - 1)))
            leaf.unnamed = sum(self._take(leaf, page) for page in pages)
            leaf.total = first.total
            if all(page.total == first.total for page in pages) and len(leaf.seen) + leaf.unnamed == first.total:
                return leaf
            first = pages[-1] if attempt else await self._page(parameters, (0, self._reach.page - 1))
        leaf.reading = Reading.UNSTABLE
        leaf.total = first.total
        return leaf

    async def read_what_is_reachable(self, shard: Shard) -> Leaf:
        """The first offers of a shard that cannot be cut further, as many as the API gives. Raises FeedError."""
        pages = await self._together(shard.parameters(), windows(self._reach.offers, page=self._reach.page))
        leaf = Leaf(Reading.TRUNCATED, max(page.total for page in pages))
        leaf.unnamed = sum(self._take(leaf, page) for page in pages)
        return leaf

    def _take(self, leaf: Leaf, page: Page) -> int:
        """Adds a page's offers to the leaf. Returns how many have no reference."""
        unnamed = 0
        for raw in page.offers:
            found = read_offer(raw, self.referential)
            if isinstance(found, Accepted):
                known = leaf.accepted.get(found.reference)
                if known is None or known[1] <= page.fetched_at:
                    leaf.accepted[found.reference] = (found, page.fetched_at)
                leaf.quarantined.pop(found.reference, None)
            elif found.reference is None:
                unnamed += 1
            elif found.reference not in leaf.accepted:
                leaf.quarantined[found.reference] = found
        return unnamed

    async def _pivot(self, parameters: dict[str, str]) -> datetime | None:
        """Creation date of the last offer but one page that can be read."""
        first = max(0, (self._reach.last_start // self._reach.page - 1) * self._reach.page)
        page = await self._page(parameters, (first, first + self._reach.page - 1))
        dates = [
            found.content["published_at"]
            for raw in page.offers
            if isinstance(found := read_offer(raw, self.referential), Accepted) and "published_at" in found.content
        ]
        return datetime.fromisoformat(min(dates)) if dates else None

    async def _page(self, parameters: dict[str, str], window: Window) -> Page:
        return await self._client.search(parameters, *window)

    async def _together(self, parameters: dict[str, str], wanted: Sequence[Window]) -> list[Page]:
        return await together([lambda w=window: self._page(parameters, w) for window in wanted], self._concurrency)  # type: ignore[misc]


async def together(calls: Iterable[Callable[[], Awaitable[T]]], most: int) -> list[T]:
    """Answers in the order of the calls, `most` in flight at a time. The first error ends all and is raised as itself."""
    places = asyncio.Semaphore(most)

    async def one(call: Callable[[], Awaitable[T]]) -> T:
        async with places:
            return await call()

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(call)) for call in calls]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]
