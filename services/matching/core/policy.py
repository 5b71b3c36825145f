"""The decision: which proposals to make after a change. A policy proposes, the shell reserves in SQL and tells the market.

`Policy` is the seam where another ranking takes this one's place.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from services.matching.core.market import Market
from services.matching.core.model import Household
from services.matching.core.options import OptionFinder, Touched
from services.matching.core.ranking import Option, household_order


@dataclass(frozen=True, slots=True)
class Inputs:
    """What changed since the last decision. `households` are looked at in full, the others where a change concerns them."""

    households: frozenset[str] = frozenset()
    homes: frozenset[str] = frozenset()
    posts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A household, its home and its lead."""

    household: Household
    option: Option


class Policy(Protocol):
    """Yields proposals one at a time; before it is resumed, the market counts the one yielded as made."""

    def proposals(self, market: Market, inputs: Inputs, *, today: date, seed: int, cap: int) -> Iterator[Proposal]:
        """`cap`: most proposals that may await one caseworker."""
        ...


class FirstRanking:
    """Households in lawful order, each with the best of its own options: nothing is taken from a household in front."""

    def proposals(self, market: Market, inputs: Inputs, *, today: date, seed: int, cap: int) -> Iterator[Proposal]:
        touched = Touched(inputs.homes, inputs.posts)
        concerned = inputs.households | _concerned(market, touched)
        known = [household for name in concerned if (household := market.households.get(name)) is not None]
        for first_seen in sorted(known, key=lambda one: household_order(one, seed)):
            household = market.households.get(first_seen.id)  # it may have changed since the proposal before
            if (
                household is None
                or market.is_placed(household.id)
                or market.open_by_caseworker[household.caseworker] >= cap
            ):
                continue
            finder = OptionFinder(market, household, today=today, seed=seed)
            option = finder.best(None if household.id in inputs.households else touched)
            if option is not None:
                yield Proposal(household, option)


def _concerned(market: Market, touched: Touched) -> set[str]:
    """Households without a placement that may gain an option."""
    found: set[str] = set()
    for identifier in touched.homes:
        home = market.homes.get(identifier)
        if home is not None and not market.is_reserved(identifier):
            found.update(market.wanting(home.territory))
    occupations = {(post.zone, post.rome) for name in touched.posts if (post := market.posts.get(name)) and post.free}
    for zone in {zone for zone, _ in occupations}:
        romes = {rome for place, rome in occupations if place == zone}
        for territory in market.territories_with_homes(zone):
            for name in market.wanting(territory) - found:
                if not romes.isdisjoint(market.near(market.households[name].rome)):
                    found.add(name)
    return {name for name in found if not market.is_placed(name)}
