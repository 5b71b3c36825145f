"""A read model as the scorer would have written it, small, for the tests of who reads it."""

from typing import Any

from services.scoring.core.generation import Generation
from shared.events import Contribution, TerritoryScore
from shared.identity import Actor, Role

AURILLAC, OTHER = "241500230", "200000172"
OLD, NEW = Generation("digest", "01A"), Generation("digest", "01B")
KEY = {"Authorization": "Bearer good"}


def score(
    code: str, position: int, value: float | None = 50.0, generation: Generation = OLD, **counters: int
) -> TerritoryScore:
    return TerritoryScore(
        code=code,
        generation=str(generation),
        position=position,
        score=value,
        score_class=None if value is None else 3,
        coverage=0.8,
        blocks={"housing": 0.5, "jobs": 0.5, "services": None, "territory": None},
        contributions=(Contribution("live_supply", "housing", 10.0, 0.4, 3.0, "pour 1 000 logements sociaux"),),
        counters=counters,
        as_of=f"2026-11-23T08:00:{position:02}.000Z",
        reference_version="0",
    )


async def empty(client: Any) -> None:
    """Forgets the read model, and nothing else that the server may hold."""
    keys = [key async for key in client.scan_iter("{scoring}*")]
    if keys:
        await client.unlink(*keys)


class Bearers:
    """Knows one key; stands in for the identity database."""

    def remembers(self, _: str) -> bool:
        return True

    def actor(self, text: str) -> Actor | None:
        return Actor("ank_1", "org_1", "Association fictive", Role.CASEWORKER) if text == "good" else None
