"""What an offer counts: in its territory, and in its occupation there."""

from functools import lru_cache
from typing import Final

from services.scoring.core import occupation_counters
from services.scoring.core.amounts import countable
from services.scoring.core.counted_events import CountedOffer
from services.scoring.core.occupation_counters import OFFERS_OF_LETTER
from shared.events import Contract, Offer

DURABLE_MONTHS: Final = 6.0  # a CDD counts as durable from this length (domain: offers that can carry a lease)


def of_offer(offer: Offer | CountedOffer) -> dict[str, int]:
    """Openings unknown: the offer counts, its openings do not, and `offers_openings_unknown` says how many are so.

    Of an offer that several feeds publish one counts; the others are known and nothing more.
    """
    return counted_offer(offer)[0] if offer.counts else {"known_offers": 1}


def counted_offer(offer: Offer | CountedOffer) -> tuple[dict[str, int], dict[str, int]]:
    """What an offer that counts adds in its territory, and what in its occupation there. Shared between offers that
    count alike: not to be changed."""
    return _counted_offer(offer.rome, offer.openings, offer.contract, offer.duration_months, offer.licence_required)


@lru_cache(maxsize=65_536)
def _counted_offer(
    rome: str,
    openings: int | None,
    contract: Contract,
    duration_months: float | None,
    licence_required: bool | None,
) -> tuple[dict[str, int], dict[str, int]]:
    """Most offers differ in nothing that counts: a few thousand answers serve a million of them. What is not among the
    arguments cannot be counted."""
    durable = lasts(contract, duration_months)
    counters = {"known_offers": 1, "open_offers": 1}
    if openings is None:
        counters["offers_openings_unknown"] = 1
    elif countable(openings, "openings"):
        counters["open_openings"] = openings
    if durable:
        counters["durable_offers"] = 1
        durable_openings = 1 if openings is None else openings
        if durable_openings:
            counters["durable_openings"] = durable_openings
    if licence_required is not None:
        counters["offers_licence_known"] = 1
        if licence_required:
            counters["offers_licence"] = 1
    if not rome:
        return counters, {}
    counters[OFFERS_OF_LETTER + rome[0]] = 1
    return counters, occupation_counters.counted(rome, openings, durable=durable)


def is_durable(offer: Offer | CountedOffer) -> bool:
    """Whether its contract lasts."""
    return lasts(offer.contract, offer.duration_months)


def lasts(contract: Contract, duration_months: float | None) -> bool:
    """CDI, or CDD of six months or more. A CDD of unknown length is not durable."""
    if contract is Contract.CDI:
        return True
    return contract is Contract.CDD and duration_months is not None and duration_months >= DURABLE_MONTHS
