"""Which endpoints are to be told of an occurrence."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.notify.core.audience import AreasOf, Reader, may_know
from services.notify.core.occurrences import Occurrence


@dataclass(frozen=True)
class Subscription:
    """What an endpoint asks for. `types` are expanded; no `territories` means all that its owner may know."""

    endpoint: str
    reader: Reader
    types: frozenset[str]
    territories: frozenset[str]
    minimum_score_change: float


def wants(subscription: Subscription, occurrence: Occurrence, areas_of: AreasOf) -> bool:
    """Whether an endpoint asks for the occurrence and its owner may know of it."""
    if occurrence.type not in subscription.types:
        return False
    if occurrence.minimums is not None and subscription.minimum_score_change not in occurrence.minimums:
        return False
    if subscription.territories:
        if occurrence.territory is None:
            return False
        if not areas_of(occurrence.territory) & subscription.territories:
            return False
    return may_know(subscription.reader, occurrence.audience, areas_of)


def deliveries(
    subscriptions: Iterable[Subscription], occurrences: Iterable[Occurrence], areas_of: AreasOf
) -> Iterator[tuple[Subscription, Occurrence]]:
    """Each (endpoint, occurrence) to deliver, occurrences in order."""
    asked = list(subscriptions)
    for occurrence in occurrences:
        for subscription in asked:
            if wants(subscription, occurrence, areas_of):
                yield subscription, occurrence
