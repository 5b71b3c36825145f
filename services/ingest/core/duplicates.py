"""The same offer published by several feeds: one counts. By a stated origin alone, never by likeness. Pure.

Offers with one origin key are one offer. Of those that are open the first in `Claim.order` counts, the others are its
duplicates. That order knows nothing of arrival: any order of inputs comes to the same.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from shared.events import Offer, OfferStatus
from shared.offer_origins import origin_key

_LAST: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Claim:
    """An open offer that states its origin."""

    offer: str
    key: str
    direct: bool
    published_at: datetime | None
    feed: str
    reference: str

    @property
    def order(self) -> tuple[bool, datetime, str, str]:
        """The partner itself before who publishes it again; then the first published; then by feed and reference."""
        return (not self.direct, self.published_at or _LAST, self.feed, self.reference)


def claim_of(offer: Offer) -> Claim | None:
    """The claim that an offer makes; None for one that is not open or states no origin."""
    key = origin_key(offer.origin)
    if key is None or offer.origin is None or offer.status is not OfferStatus.OPEN:
        return None
    published = datetime.fromisoformat(offer.published_at) if offer.published_at else None
    return Claim(offer.id, key, offer.origin.direct, published, offer.feed, offer.reference)


@dataclass
class Groups:
    """The claims of the origin keys that a transaction holds. `stated`: what each offer's last version says it is a
    duplicate of."""

    claims: dict[str, Claim] = field(default_factory=dict)
    stated: dict[str, str | None] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    _by_key: dict[str, dict[str, Claim]] = field(default_factory=dict)

    @classmethod
    def of(cls, known: Iterable[tuple[Claim, str | None]]) -> "Groups":
        """Groups of claims, each with what its offer states now."""
        groups = cls()
        for claim, duplicate_of in known:
            groups._put(claim)
            groups.stated[claim.offer] = duplicate_of
        return groups

    def settle(self, offer: str, claim: Claim | None) -> str | None:
        """Puts an offer's claim in place of its former one. Returns what the offer is now a duplicate of."""
        known = self.claims.get(offer)
        if known != claim:
            self.changed.add(offer)
            if known is not None:
                del self.claims[offer], self._by_key[known.key][offer]
            if claim is not None:
                self._put(claim)
        found = None if claim is None else self.duplicate_of(claim)
        if self.stated.get(offer) != found:
            self.changed.add(offer)
        self.stated[offer] = found
        return found

    def duplicate_of(self, claim: Claim) -> str | None:
        """The offer that counts in place of a claim's; None where it is the one."""
        first = min(self._by_key[claim.key].values(), key=lambda one: one.order)
        return None if first.offer == claim.offer else first.offer

    def to_restate(self) -> Iterator[tuple[str, str | None]]:
        """Offers whose last version says something else than what holds now, and what holds."""
        for offer, claim in sorted(self.claims.items()):
            found = self.duplicate_of(claim)
            if found != self.stated[offer]:
                yield offer, found

    def _put(self, claim: Claim) -> None:
        self.claims[claim.offer] = claim
        self._by_key.setdefault(claim.key, {})[claim.offer] = claim
