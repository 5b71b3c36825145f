"""Which endpoints are to be told of an occurrence."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.notify.core.audience import AreasOf, Reader, may_know
from services.notify.core.channels import Channel
from services.notify.core.occurrences import Occurrence
from shared.identity import Role


class Filter(StrEnum):
    """What an endpoint can narrow its events by. A filter concerns the types that have it; the others pass."""

    TERRITORIES = "territories"
    LANDLORDS = "landlords"
    CASEWORKERS = "caseworkers"
    PROGRAMMES = "programmes"
    MINIMUM_SCORE_CHANGE = "minimum_score_change"


# A filter tells its user what each event that passes has: a programme can reveal a household's status, which is never
# for landlords, and who accompanies whom is the business of the caseworkers.
FILTER_ROLES: Final[dict[Filter, frozenset[Role]]] = {
    Filter.TERRITORIES: frozenset(Role),
    Filter.LANDLORDS: frozenset({Role.CASEWORKER, Role.TERRITORY, Role.OPERATOR}),
    Filter.CASEWORKERS: frozenset({Role.CASEWORKER, Role.OPERATOR}),
    Filter.PROGRAMMES: frozenset({Role.CASEWORKER, Role.TERRITORY, Role.OPERATOR}),
    Filter.MINIMUM_SCORE_CHANGE: frozenset(Role),
}


@dataclass(frozen=True)
class Subscription:
    """What an endpoint asks for. `types` are expanded; an empty filter means all that its owner may know."""

    endpoint: str
    reader: Reader
    types: frozenset[str]
    territories: frozenset[str]
    minimum_score_change: float
    landlords: frozenset[str] = frozenset()
    caseworkers: frozenset[str] = frozenset()
    programmes: frozenset[str] = frozenset()
    channel: Channel = Channel.WEBHOOK
    recipient: str = ""


def wants(subscription: Subscription, occurrence: Occurrence, areas_of: AreasOf) -> bool:
    """Whether an endpoint asks for the occurrence and its owner may know of it."""
    if occurrence.type not in subscription.types:
        return False
    if occurrence.minimums is not None and subscription.minimum_score_change not in occurrence.minimums:
        return False
    if subscription.territories and occurrence.has_territory and not _is_in(subscription, occurrence, areas_of):
        return False
    for asked, value in (
        (subscription.landlords, occurrence.landlord),
        (subscription.caseworkers, occurrence.caseworker),
        (subscription.programmes, occurrence.programme),
    ):
        if asked and value is not None and value not in asked:
            return False
    return may_know(subscription.reader, occurrence.audience, areas_of)


def _is_in(subscription: Subscription, occurrence: Occurrence, areas_of: AreasOf) -> bool:
    return occurrence.territory is not None and bool(areas_of(occurrence.territory) & subscription.territories)


def deliveries(
    subscriptions: Iterable[Subscription], occurrences: Iterable[Occurrence], areas_of: AreasOf
) -> Iterator[tuple[Subscription, Occurrence]]:
    """Each (endpoint, occurrence) to deliver, occurrences in order."""
    by_type: dict[str, list[Subscription]] = {}
    for subscription in subscriptions:
        for kind in subscription.types:
            by_type.setdefault(kind, []).append(subscription)
    for occurrence in occurrences:
        for subscription in by_type.get(occurrence.type, ()):
            if wants(subscription, occurrence, areas_of):
                yield subscription, occurrence
