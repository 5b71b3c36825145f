"""A market that counts proposals as made, as the engine's does."""

from dataclasses import replace

from services.matching.core.market import Market, Reservation
from services.matching.core.policy import Proposal


def count_as_made(market: Market, proposal: Proposal) -> None:
    """Reserves the three parties in memory."""
    household, option = proposal.household, proposal.option
    commitment = market.commitment_for(household.programme, option.home.territory)
    post = option.lead.post.id if option.lead else None
    market.reserve(
        Reservation(
            f"plc {household.id}",
            household.id,
            option.home.id,
            post,
            household.caseworker,
            commitment.key if commitment else None,
            open=True,
        )
    )
    if post is not None:
        market.put_post(replace(market.posts[post], leads=market.posts[post].leads + 1))


def undo(market: Market, household: str) -> None:
    """Frees what `count_as_made` reserved for a household."""
    released = market.release(f"plc {household}")
    if released is not None and released.offer is not None and released.offer in market.posts:
        post = market.posts[released.offer]
        market.put_post(replace(post, leads=post.leads - 1))
