"""Making room, tried and not in force (docs/adr/0012-room-not-made.md): who was served gives way to who was not.

The strict lawful pass comes first and stays what it is. Then, in lawful order, each household that it left out is looked at
again: one that was served in this very decision, and could have something else nearly as good on its own scale, moves there,
itself or after another has moved in turn. By construction everyone served by the strict pass stays served, nobody keeps less
than `gives_way` of what that pass gave it, and no move puts a household before one in front that would rather be there.
Without prices.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from services.matching.core.eligibility import home_fits
from services.matching.core.expecting import expect, no_longer_expect
from services.matching.core.market import Market
from services.matching.core.model import Home, Household
from services.matching.core.options import OptionFinder, Touched
from services.matching.core.policy import Inputs, LawfulRanking, Proposal, concerned, in_lawful_order
from services.matching.core.ranking import Option, worth

GIVES_WAY: Final = 0.9
"""Share of the strict option's worth, on the household's own scale, that a move must keep."""
LONGEST_CHAIN: Final = 2
LOOKS: Final = 400
"""Searches for an option in one decision at most; what comes after stays as the strict pass left it."""
LOOKS_EACH: Final = 60
LEFT_OUT: Final = 100
"""Households that were left out looked at again in one decision at most, those in front first."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What bounds the search; the benchmark tries others."""

    gives_way: float = GIVES_WAY
    longest_chain: int = LONGEST_CHAIN
    looks: int = LOOKS
    looks_each: int = LOOKS_EACH
    left_out: int = LEFT_OUT


@dataclass(frozen=True, slots=True)
class Call:
    """What a decision is given beside policy and market. `cap`: most proposals that may await one caseworker."""

    inputs: Inputs
    today: date
    seed: int
    cap: int


def decided(market: Market, call: Call, rules: Rules | None = None) -> list[Proposal]:
    """A decision: the strict pass, then room where several households or homes were touched. `rules` None: no room.

    In the end the market counts all its proposals as made (`expect`).
    """
    inputs = call.inputs
    full = inputs.households & market.households.keys()
    if rules is None or (len(full) < 2 and len(inputs.homes) < 2):
        return _strict(market, call)
    order = list(in_lawful_order(market, full | concerned(market, Touched(inputs.homes, inputs.posts)), call.seed))
    made = _strict(market, call)
    left_out = [name for name in order if not market.is_placed(name)][: rules.left_out]
    if not made or not left_out:
        return made
    room = _Room(market, call, rules, order, made)
    for name in left_out:
        room.make(name, left_out)
    if not room.freed:
        return made
    # What a chain has left free is looked at as if it had just come.
    touched = Inputs(frozenset(left_out), room.freed & market.homes.keys(), room.freed & market.posts.keys())
    return [*room.proposals(), *_strict(market, replace(call, inputs=touched))]


def _strict(market: Market, call: Call) -> list[Proposal]:
    found = []
    for one in LawfulRanking().proposals(market, call.inputs, today=call.today, seed=call.seed, cap=call.cap):
        assert isinstance(one, Proposal), "without prices nothing is held back"
        expect(market, one, call.today)
        found.append(one)
    return found


class _Room:
    """A decision as it stands; the market always counts exactly what `_has` says as made."""

    def __init__(
        self, market: Market, call: Call, rules: Rules, order: Sequence[str], made: Sequence[Proposal]
    ) -> None:
        self._market, self._call, self._rules = market, call, rules
        self._place = {name: place for place, name in enumerate(order)}
        self._first = {one.household.id: one for one in made}  # as each was first served, in that order
        self._has = {name: one.option for name, one in self._first.items()}
        self._contended = {option.home.id for option in self._has.values()}
        self._looks = rules.looks
        self._looks_here = 0
        self.freed: frozenset[str] = frozenset()
        """Homes and posts that someone has moved away from."""

    def make(self, name: str, left_out: Sequence[str]) -> None:
        """Serves a household that was left out, where a chain of moves does it; first those in front whom that serves."""
        self._looks_here = min(self._looks, self._rules.looks_each)
        while self._looks_here > 0 and name not in self._has:
            before = dict(self._has)
            if not any(self._seek(name, (), longest) for longest in range(self._rules.longest_chain + 1)):
                return
            left = [option for one, option in before.items() if self._has[one] is not option]
            self.freed |= frozenset().union(*map(_things, left))
            taker = self._first_of(name, left_out, left)
            self._first[taker] = Proposal(self._market.households[taker], self._has[taker])
            self._contended.add(self._has[taker].home.id)

    def proposals(self) -> list[Proposal]:
        """In the order of the strict pass, then those served since."""
        return [replace(one, option=self._has[name]) for name, one in self._first.items()]

    def _first_of(self, name: str, left_out: Sequence[str], left: Sequence[Option]) -> str:
        """What was left for one household goes to the first in lawful order that can have something by it."""
        option = self._take(name)
        for other in left_out:
            if other == name:
                break
            household = self._market.households[other]
            if other not in self._has and any(self._in_the_way(household, one) for one in left):
                theirs = self._choice(other)
                if theirs is not None:
                    self.freed |= _things(option)
                    self._put(other, theirs)
                    return other
        self._put(name, option)
        return name

    def _seek(self, name: str, chain: tuple[str, ...], longest: int) -> bool:
        """Serves a household, at most `longest` others giving way in turn. Where it cannot, all is as before."""
        option = self._choice(name)
        if option is not None:
            self._put(name, option)
            if all(self._is_lawful(one) for one in (*chain, name)):
                return True
            self._take(name)
        if longest == 0:
            return False
        for giver in self._givers(name, chain):
            if self._looks_here <= 0:
                return False
            had = self._take(giver)
            option = self._choice(name)
            if option is not None:
                self._put(name, option)
                if self._seek(giver, (*chain, name), longest - 1):
                    return True
                self._take(name)
            self._put(giver, had)
        return False

    def _givers(self, name: str, chain: tuple[str, ...]) -> list[str]:
        """Who was served and may stand in a household's way, those behind first."""
        household = self._market.households[name]
        found = [one for one, had in self._has.items() if one not in chain and self._in_the_way(household, had)]
        return sorted(found, key=lambda one: -self._place[one])

    def _in_the_way(self, household: Household, had: Option) -> bool:
        """Whether what another has may be what a household lacks: the home, the post, or a place of the commitment."""
        market, home, post = self._market, had.home, had.lead.post.id if had.lead else None
        if self._suits(household, home):
            return True
        if post is not None and not market.posts[post].free and market.posts[post].rome in market.near(household.rome):
            return True
        commitment = market.commitment_for(household.programme, home.territory)
        return commitment is not None and market.is_tight(commitment.key, self._call.today)

    def _suits(self, household: Household, home: Home) -> bool:
        bans = self._market.bans[household.id]
        return home.territory in household.wanted and home_fits(household, home, today=self._call.today, bans=bans)

    def _is_lawful(self, mover: str) -> bool:
        """Whether nobody served in front of a household would clearly rather be where that one comes to be.

        A home that the strict pass left free needs no look: whoever was in front could have had it.
        """
        home = self._has[mover].home
        if home.id not in self._contended:
            return True
        for other in [name for name in self._has if self._place[name] < self._place[mover]]:
            if not self._suits(self._market.households[other], home):
                continue
            option, had = self._take(mover), self._take(other)
            rather = self._finder(other).best()
            self._put(other, had)
            self._put(mover, option)
            if rather is not None and rather.home.id == home.id and worth(had) < self._rules.gives_way * worth(rather):
                return False
        return True

    def _choice(self, name: str) -> Option | None:
        """A household's best option now; one that was served must keep `gives_way` of what it was first given."""
        household = self._market.households[name]
        if self._market.open_by_caseworker[household.caseworker] >= self._call.cap:
            return None
        self._looks -= 1
        self._looks_here -= 1
        first = self._first[name].option if name in self._first else None
        least = self._rules.gives_way * worth(first) if first else 0.0
        best = self._finder(name).best()
        return best if best is not None and worth(best) >= least else None

    def _finder(self, name: str) -> OptionFinder:
        return OptionFinder(self._market, self._market.households[name], today=self._call.today, seed=self._call.seed)

    def _put(self, name: str, option: Option) -> None:
        self._has[name] = option
        expect(self._market, Proposal(self._market.households[name], option), self._call.today)

    def _take(self, name: str) -> Option:
        option = self._has.pop(name)
        no_longer_expect(self._market, Proposal(self._market.households[name], option))
        if option.lead is not None:
            post = self._market.posts[option.lead.post.id]
            self._market.put_post(replace(post, leads=post.leads - 1))
        return option


def _things(option: Option) -> frozenset[str]:
    return frozenset({option.home.id, option.lead.post.id} if option.lead else {option.home.id})
