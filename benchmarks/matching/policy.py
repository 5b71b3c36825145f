"""The engine's core behind the harness's Policy protocol: events become arrays, decisions become proposals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from benchmarks.matching import harness

harness.enable()

from mobi90 import protocol as mobi  # noqa: E402

from benchmarks.matching.greedy_books import GreedyBooks  # noqa: E402
from benchmarks.matching.learning import HISTORY_SEEDS, SCALE_SEEDS, pasts  # noqa: E402
from benchmarks.matching.market import HarnessMarket, Weights, candidates  # noqa: E402
from benchmarks.matching.price_bounds import Terms, terms_at  # noqa: E402
from services.matching.core.pricing.candidates import Candidates, Side  # noqa: E402
from services.matching.core.pricing.decision import Guards, Standing, decide, take  # noqa: E402
from services.matching.core.pricing.model import PriceParameters  # noqa: E402
from services.matching.core.pricing.potentials import SHIFT_DAYS, Chances, chances_around, course  # noqa: E402
from services.matching.core.pricing.shadow import Shadow  # noqa: E402
from services.matching.core.pricing.together import take_together  # noqa: E402

_SWEPT_AT_ONCE: Final = 2000  # households looked at by a tick; more take turns


@dataclass(frozen=True)
class Options:
    """A variant of the run. `fewer_households`: share of the households that history has lost. `price_scale`: what a
    decision multiplies prices by, 1 but in the test of the guards. `history`: seeds learnt from."""

    lawful: bool = False
    fewer_households: float = 0.0
    price_scale: float = 1.0
    history: Sequence[int] = HISTORY_SEEDS
    parameters: PriceParameters = field(default_factory=PriceParameters)
    guards: Guards = field(default_factory=Guards)


class PricedPolicy:
    """One stream. The model is learnt once a process and setting."""

    tick_days = 0.1

    def __init__(self, setting: mobi.Setting, options: Options | None = None) -> None:
        self._options = options or Options()
        weights = Weights(raw=not self._options.lawful, by_acceptance=setting.regime == "B")
        self._horizon_day = setting.horizon_days
        self._pasts = pasts(setting, weights, self._options.fewer_households, self._options.history)
        self._market = HarnessMarket(len(setting.world.cx), setting.n_rome, weights)
        self._shadow = Shadow()
        self._greedy = GreedyBooks(HarnessMarket(len(setting.world.cx), setting.n_rome, weights))
        self._value = 0.0
        self._opening = True  # until the first tick, which follows all that comes with the start
        self._told = (0, 0.0, 0.0)  # day, values of the engine and of greedy when it began
        self._weigh()
        self._standing = Standing()
        self._free_households: set[int] = set()
        self._free_homes: set[int] = set()
        self._judged: set[int] = set()  # homes with candidates since a day
        self._judged_since = 0.0
        self._openings: dict[int, int] = {}
        self._open_posts: set[int] = set()
        self._on: dict[type, Callable[[Any], list[mobi.Proposal]]] = {
            mobi.HouseholdArrived: self._household_arrived,
            mobi.VacancyOpened: self._home_opened,
            mobi.OfferOpened: self._post_opened,
            mobi.HouseholdLeft: self._household_left,
            mobi.VacancyClosed: self._home_closed,
            mobi.OfferClosed: self._post_closed,
            mobi.ProposalAccepted: lambda _: [],
            mobi.ProposalRefused: self._refused,
            mobi.ClockTick: self._tick,
        }

    def _weigh(self) -> None:
        scale = self._options.price_scale * self._shadow.price_scale
        self._parameters = self._options.parameters.scaled(scale)

    def handle(self, event: mobi.Event) -> list[mobi.Proposal]:
        """Proposals to make after an event."""
        return self._on[type(event)](event)

    def _household_arrived(self, event: mobi.HouseholdArrived) -> list[mobi.Proposal]:
        household, day = event.household, event.day
        i = household.id
        self._market.put_household(i, household)
        best = 1.0
        if self._options.lawful:
            seen = [past.best_quality(household) for past in self._pasts]
            best = max([*seen, float(self._market.of_household(i)["quality"].max(initial=0.0)), 0.1])
            self._market.households[i]["best_quality"] = best
        self._market.link_household(i)
        self._free_households.add(i)
        self._greedy.household(household, best)
        self._standing.admit_household(i, day)
        stay = day - SHIFT_DAYS, self._horizon_day + SHIFT_DAYS
        found = [past.of_household(household, *stay, best) for past in self._pasts]
        self._quote(Side.HOUSEHOLD, i, found, day, self._horizon_day)
        return self._decide(self._market.choices_of_household, i, day)

    def _home_opened(self, event: mobi.VacancyOpened) -> list[mobi.Proposal]:
        home, day = event.vacancy, event.day
        until = min(home.announced_end_day, self._horizon_day)
        self._market.put_home(home.id, home)
        self._market.link_home(home.id)
        self._free_homes.add(home.id)
        self._greedy.home(home)
        self._standing.open_home(home.id, until)
        found = [past.of_home(home, day - SHIFT_DAYS, until + SHIFT_DAYS) for past in self._pasts]
        self._quote(Side.HOME, home.id, found, day, until)
        return self._decide(self._market.choices_of_home, home.id, day)

    def _post_opened(self, event: mobi.OfferOpened) -> list[mobi.Proposal]:
        post, day = event.offer, event.day
        until = min(post.announced_end_day, self._horizon_day)
        self._market.put_post(post.id, post)
        self._market.link_post(post.id)
        self._openings[post.id] = post.posts
        self._open_posts.add(post.id)
        self._greedy.post(post)
        found = [past.of_post(post, day - SHIFT_DAYS, until + SHIFT_DAYS) for past in self._pasts]
        self._quote(Side.POST, post.id, found, day, until)
        return self._decide(self._market.choices_of_post, post.id, day)

    def _household_left(self, event: mobi.HouseholdLeft) -> list[mobi.Proposal]:
        self._greedy.household_left(event.household_id)
        self._market.unlink_household(event.household_id)
        self._free_households.remove(event.household_id)
        return []

    def _home_closed(self, event: mobi.VacancyClosed) -> list[mobi.Proposal]:
        self._greedy.home_closed(event.vacancy_id)
        self._market.unlink_home(event.vacancy_id)
        self._free_homes.remove(event.vacancy_id)
        return []

    def _post_closed(self, event: mobi.OfferClosed) -> list[mobi.Proposal]:
        self._greedy.post_closed(event.offer_id)
        self._open_posts.remove(event.offer_id)
        if self._openings[event.offer_id]:
            self._market.unlink_post(event.offer_id)
        return []

    def _refused(self, event: mobi.ProposalRefused) -> list[mobi.Proposal]:
        household, home, post = event.proposal.household_id, event.proposal.vacancy_id, event.proposal.offer_id
        self._market.ban(household, home)
        self._openings[post] += 1
        if post in self._open_posts and self._openings[post] == 1:
            self._market.link_post(post)
        if not event.vacancy_closed:
            self._market.link_home(home)
            self._free_homes.add(home)
        made = []
        if not event.household_left:
            self._market.link_household(household)
            self._free_households.add(household)
            made += self._decide(self._market.choices_of_household, household, event.day)
        if home in self._free_homes:
            made += self._decide(self._market.choices_of_home, home, event.day)
        return made

    def _tick(self, event: mobi.ClockTick) -> list[mobi.Proposal]:
        if event.day >= self._told[0] + 1:
            self._compare(event.day)
        if self._opening:
            # What is on hand at the start is one decision, not as many as there are households, one after the other.
            self._opening = False
            everyone = np.array(sorted(self._free_households), np.int64)
            return self._decide(self._market.choices_of_households, everyone, event.day, together=True)
        turns = len(self._free_households) // _SWEPT_AT_ONCE + 1
        turn = round(event.day / self.tick_days) % turns
        ids = np.array(sorted(i for i in self._free_households if i % turns == turn), np.int64)
        made = self._decide(self._market.choices_of_households, ids, event.day, together=True)
        if turn == turns - 1:
            self._pause(event.day)
        return made

    def _pause(self, day: float) -> None:
        """Every free household has been looked at since the last time: homes that none of them could have are not held."""
        alone = np.array(sorted(self._free_homes - self._judged), np.int64)
        self._standing.pause(alone, day - self._judged_since)
        self._judged.clear()
        self._judged_since = day

    def _compare(self, day: float) -> None:
        _, mine, theirs = self._told
        self._shadow, _ = self._shadow.after_day(self._value - mine, self._greedy.value - theirs)
        self._told = (int(day), self._value, self._greedy.value)
        self._greedy.day(day)
        self._weigh()

    def _quote(self, side: Side, i: int, by_past: list[Candidates], day: float, until: float) -> None:
        looks: list[Chances] = []
        for found, past in zip(by_past, self._pasts, strict=True):
            looks += chances_around(
                found, side, past.trace, since_day=day, until_day=until, first_day=0.0, last_day=self._horizon_day
            )
        prices = course(looks, side, day, until, self._options.parameters)
        self._standing.quotes(side).put(i, prices, day, until)

    def _decide(
        self, search: Callable[[Any, Terms], np.ndarray], whose: Any, day: float, *, together: bool = False
    ) -> list[mobi.Proposal]:
        """Decides on what a search of the market finds for a party, or for several households."""
        if self._opening:
            return []
        rows = search(whose, terms_at(day, self._standing, self._parameters, self._options.guards))
        if not len(rows):
            return []
        found = candidates(rows)
        self._judged.update(np.unique(found.home).tolist())
        decision = decide(found, self._standing, day=day, parameters=self._parameters, guards=self._options.guards)
        self._standing.hold([held.home for held in decision.held], day)
        made = []
        openings = self._openings.__getitem__
        if together:
            taken = take_together(decision.order, decision.net, found, openings)
        else:  # all have one party in common, which comes once
            taken = take(decision.order, found, openings)
        for row in taken.tolist():
            household, home, post = int(found.household[row]), int(found.home[row]), int(found.post[row])
            self._market.unlink_household(household)
            self._market.unlink_home(home)
            self._free_households.remove(household)
            self._free_homes.remove(home)
            self._openings[post] -= 1
            if not self._openings[post]:
                self._market.unlink_post(post)
            self._value += float(found.value[row])
            made.append(mobi.Proposal(household, home, post))
        return made


def make(setting: mobi.Setting) -> PricedPolicy:
    """The harness's factory: the engine on the harness's own utility."""
    return PricedPolicy(setting)


def make_lawful(setting: mobi.Setting) -> PricedPolicy:
    """The engine on weights that may lawfully order households for a home."""
    return PricedPolicy(setting, Options(lawful=True))


def make_thin_history(setting: mobi.Setting) -> PricedPolicy:
    """The engine with a history that has lost 40 % of its households."""
    return PricedPolicy(setting, Options(fewer_households=0.4))


def make_dear(setting: mobi.Setting) -> PricedPolicy:
    """The engine with every price 1.6 times too high: what the guards are for."""
    return PricedPolicy(setting, Options(price_scale=1.6))


def make_at_scale(setting: mobi.Setting) -> PricedPolicy:
    """The engine with one past window: ten times the parties, on one machine."""
    return PricedPolicy(setting, Options(history=SCALE_SEEDS))
