"""A proposal counted as made while the next ones are being thought of: what keeps one decision from giving a thing twice."""

from dataclasses import replace
from datetime import date
from typing import Final

from services.matching.core.market import Market, Reservation
from services.matching.core.policy import Proposal

EXPECTED: Final = "expected "  # how the placements begin that are not in SQL yet


def expect(market: Market, proposal: Proposal, today: date) -> None:
    """Reserves the three parties in the market, and a place of the territory's commitment."""
    household, home, lead = proposal.household, proposal.option.home, proposal.option.lead
    commitment = market.commitment_for(household.programme, home.territory)
    market.reserve(
        Reservation(
            f"{EXPECTED}{household.id}",
            household.id,
            home.id,
            lead.post.id if lead else None,
            household.caseworker,
            commitment.key if commitment else None,
            open=True,
            begun=today,
            persons=household.size,
        )
    )
    if lead is not None:
        post = market.posts[lead.post.id]
        market.put_post(replace(post, leads=post.leads + 1))


def no_longer_expect(market: Market, proposal: Proposal) -> None:
    """Takes `expect` back, but for the lead."""
    market.release(f"{EXPECTED}{proposal.household.id}")
