"""A past window played again with a policy, event by event, everyone accepting: what prices bring is told against none.

Nothing of it is real: it decides whether the engine may use the prices that were learnt.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from services.matching.core.lawful import weight_between
from services.matching.core.market import Market, Reservation
from services.matching.core.model import Home, Household, Post
from services.matching.core.past import Past, Stay
from services.matching.core.policy import Held, Inputs, Policy, Proposal
from services.matching.core.ranking import worth

_CAP: Final = 10**9  # nobody's desk is full in hindsight
_SEED: Final = 0
_Kind = type[Household] | type[Home] | type[Post]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`value`: sum over placements of lawful weight times the share of the household's best worth, as prices count it.

    `by_day`: what of it each whole day of the window brought.
    """

    value: float
    placements: int
    held: int
    by_day: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class _Event:
    day: float
    order: int  # of what falls on one instant: departures, posts, homes, households
    name: str
    comes: Household | Home | Post | None
    kind: _Kind


def play(past: Past, empty: Market, policy: Policy, best_worth: Mapping[str, float]) -> Outcome:
    """Plays the window on an empty market (commitments may be in it), from its first day to its end."""
    game = _Game(empty, policy, past.first_day, best_worth)
    for event in _events(past):
        game.at(event)
    game.until(past.days)
    return Outcome(game.value, game.placements, len(game.held_until), tuple(game.by_day))


class _Game:
    def __init__(self, market: Market, policy: Policy, first_day: date, best_worth: Mapping[str, float]) -> None:
        self._market = market
        self._policy = policy
        self._first_day = first_day
        self._best_worth = best_worth
        self._clock_day = 0
        self._leads: Counter[str] = Counter()
        self._gone: set[str] = set()
        self.held_until: dict[str, float] = {}
        self.value = 0.0
        self.by_day: list[float] = []
        self._told = 0.0
        self.placements = 0

    def at(self, event: _Event) -> None:
        self.until(event.day)
        market, name = self._market, event.name
        if event.comes is None:
            self._gone.add(name)
            drops = {Household: market.drop_household, Home: market.drop_home, Post: market.drop_post}
            drops[event.kind](name)
            return
        inputs = Inputs()
        match event.comes:
            case Household():
                market.put_household(event.comes)
                inputs = Inputs(households=frozenset({name}))
            case Home():
                market.put_home(event.comes)
                inputs = Inputs(homes=frozenset({name}))
            case Post():
                market.put_post(event.comes)
                inputs = Inputs(posts=frozenset({name}))
        self._decide(inputs, event.day)

    def until(self, day: float) -> None:
        """Lets the days pass: each is a sweep of the homes that have waited long enough, or end soon."""
        while self._clock_day + 1 <= day:
            self._clock_day += 1
            self.by_day.append(self.value - self._told)
            self._told = self.value
            now = float(self._clock_day)
            waited = {name for name, until in self.held_until.items() if now >= until}
            self._market.not_to_hold = frozenset(waited)
            self._decide(Inputs(homes=frozenset(self.held_until.keys() & self._market.homes.keys())), now)

    def _decide(self, inputs: Inputs, day: float) -> None:
        market = self._market
        today = self._first_day + timedelta(days=int(day))
        for one in self._policy.proposals(market, inputs, today=today, seed=_SEED, cap=_CAP):
            if isinstance(one, Held):
                self.held_until.setdefault(one.home.id, day + one.days)
            else:
                self._place(one)

    def _place(self, proposal: Proposal) -> None:
        market, household, option = self._market, proposal.household, proposal.option
        post = option.lead.post.id if option.lead else None
        placement = f"placed {household.id}"
        market.reserve(
            Reservation(placement, household.id, option.home.id, post, household.caseworker, None, open=False)
        )
        if post is not None:
            market.put_post(replace(market.posts[post], leads=market.posts[post].leads + 1))
        best = self._best_worth.get(household.id, 0.0)
        share = min(1.0, worth(option) / best) if best > 0 else 1.0
        self.value += weight_between(household, self._first_day) * share
        self.placements += 1


def _events(past: Past) -> Iterator[_Event]:
    found: list[_Event] = []
    for name, (household, stay) in past.households.items():
        found += _both(past, Household, 3, name, household, stay)
    for name, (home, stay) in past.homes.items():
        found += _both(past, Home, 2, name, home, stay)
    for name, (post, stay) in past.posts.items():
        found += _both(past, Post, 1, name, post, stay)
    yield from sorted(found, key=lambda one: (one.day, one.order, one.name))


def _both(past: Past, kind: _Kind, order: int, name: str, party: Household | Home | Post, stay: Stay) -> list[_Event]:
    arrival = _Event(stay.begin_day, order, name, party, kind)
    return [arrival, _Event(stay.end_day, 0, name, None, kind)] if stay.end_day < past.days else [arrival]
