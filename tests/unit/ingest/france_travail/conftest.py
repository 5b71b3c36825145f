"""A client that asks a simulated universe directly, without HTTP, and lets the world change between two calls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from deploy.demo.stock import OfferRow
from deploy.simulators.france_travail.facts import facts_of
from deploy.simulators.france_travail.rendering import render
from deploy.simulators.france_travail.searching import Finder, Limits, read
from deploy.simulators.france_travail.universe import Universe
from services.ingest.adapters.france_travail.client import Client, Page
from services.ingest.core.france_travail.absences import Reading
from services.ingest.core.france_travail.shards import Axes, Shard, roots, split
from services.ingest.feeds.france_travail.leaves import Leaf, LeafReader, Reach, TooLarge
from services.ingest.feeds.france_travail.wiring import referential
from shared.geography import geography
from shared.occupations import occupations

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
AXES = Axes(tuple(sorted(occupations().all)), tuple(sorted(geography().departements)))
ROWS = (
    OfferRow("15014", "F1703", 9),
    OfferRow("15014", "K1304", 14),
    OfferRow("48095", "K1304", 6),
    OfferRow("75101", "G1602", 8),
    OfferRow("97411", "N4101", 5),
    OfferRow(None, "N4101", 7),
)


@dataclass
class DirectClient(Client):
    """`between` is called before each answer."""

    universe: Universe
    limits: Limits
    between: Callable[[Universe], None] = lambda _: None
    asked: list[Mapping[str, str]] = field(default_factory=list)

    async def search(self, parameters: Mapping[str, str], first: int, last: int) -> Page:
        self.between(self.universe)
        self.asked.append(parameters)
        search = read({**parameters, "range": f"{first}-{last}"}, self.limits, NOW)
        total, numbers = Finder(self.universe).find(search)
        return Page([render(facts_of(self.universe, number)) for number in numbers], total, NOW)


async def read_all(client: DirectClient, *, axes: Axes = AXES, concurrency: int = 1) -> list[tuple[Shard, Leaf]]:
    """Reads every shard as a walk does, without SQL."""
    reach = Reach(client.limits.page, client.limits.last_start)
    reader = LeafReader(client, referential(), concurrency=concurrency, reach=reach)
    waiting, leaves = list(roots(NOW)), []
    while waiting:
        shard = waiting.pop()
        found = await reader.read(shard)
        if isinstance(found, TooLarge):
            parts = split(shard, axes, found.pivot)
            if parts is not None:
                waiting += parts[1]
                continue
            found = await reader.read_what_is_reachable(shard)
            assert found.reading is Reading.TRUNCATED
        leaves.append((shard, found))
    return leaves


def seen(leaves: list[tuple[Shard, Leaf]]) -> set[str]:
    return {reference for _, leaf in leaves for reference in leaf.seen}


def existing(universe: Universe) -> set[str]:
    return {universe.identifier(number) for number in universe.numbers()}
