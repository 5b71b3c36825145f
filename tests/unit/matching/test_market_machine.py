"""Any sequence of events on a small market where every limit binds: nothing is promised twice, and the indexes never lie."""

from collections import Counter
from datetime import date
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.matching.core.model import Bans, Priority
from services.matching.core.options import OptionFinder
from services.matching.core.policy import Held, Inputs, LawfulRanking
from services.matching.core.price_list import PriceList
from tests.unit.matching.playing import count_as_made, undo
from tests.unit.matching.samples import MASON, TODAY, a_commitment, a_home, a_household, a_market, a_post
from tests.unit.matching.test_policy import check_independently

CAP, CAPACITY = 3, 4
PRICES = PriceList(1, {"T2:other": 0.5, "T3:other": 1.0, "T4:other": 2.5}, {})
NUMBERS = st.integers(0, 6)


class MarketMachine(RuleBasedStateMachine):
    """Every event is decided on at once, as the engine does."""

    policy = LawfulRanking()

    def __init__(self) -> None:
        super().__init__()
        self.market = a_market(a_commitment(capacity_households=CAPACITY))
        self.held: set[str] = set()
        self.seed = 0

    def decide(self, **touched: set[str]) -> None:
        self.seed += 1
        inputs = Inputs(**{kind: frozenset(names) for kind, names in touched.items()})
        for one in self.policy.proposals(self.market, inputs, today=TODAY, seed=self.seed, cap=CAP):
            if isinstance(one, Held):
                self.held.add(one.home.id)
            else:
                check_independently(one)
                assert one.option.home.id not in self.market.bans[one.household.id].vacancies
                count_as_made(self.market, one)

    @rule(
        number=NUMBERS,
        size=st.integers(1, 4),
        income=st.sampled_from([None, 1000.0, 1500.0]),
        desk=st.sampled_from(["usr_1", "usr_2"]),
        month=st.integers(1, 9),
        priority=st.booleans(),
        licence=st.sampled_from([None, True, False]),
    )
    def household_comes(self, number: int, **given: Any) -> None:
        name = f"hh_{number}"
        if self.market.is_placed(name):
            return
        changed = {
            "size": given["size"],
            "income_eur_per_month": given["income"],
            "caseworker": given["desk"],
            "waiting_since": date(2026, given["month"], 1),
            "priorities": frozenset({Priority.DALO}) if given["priority"] else frozenset(),
            "driving_licence": given["licence"],
            "rome": (MASON,),
        }
        self.market.put_household(a_household(name, **changed), self.market.bans.get(name, Bans()))
        self.decide(households={name})

    @rule(
        number=NUMBERS,
        rooms=st.integers(1, 4),
        rent=st.sampled_from([250.0, 420.0]),
        surface=st.sampled_from([30.0, 70.0]),
    )
    def home_comes(self, number: int, rooms: int, rent: float, surface: float) -> None:
        name = f"vac_{number}"
        if not self.market.is_reserved(name):
            home = a_home(name, typology=f"T{rooms}", rent_eur_per_month=rent, surface_m2=surface)
            self.market.put_home(home)
            self.decide(homes={name})

    @rule(number=st.integers(0, 3), openings=st.sampled_from([None, 1, 2]), licence=st.sampled_from([None, True]))
    def post_comes(self, number: int, openings: int | None, licence: bool | None) -> None:
        name = f"off_{number}"
        known = self.market.posts.get(name)
        if known is None or not known.leads:
            self.market.put_post(a_post(name, openings=openings, licence_required=licence))
            self.decide(posts={name})

    @rule(number=NUMBERS, ban=st.booleans())
    def household_refuses(self, number: int, ban: bool) -> None:
        name = f"hh_{number}"
        reservation = self.market.reservations.get(f"plc {name}")
        if reservation is None:
            return
        undo(self.market, name)
        if ban:
            refused = self.market.bans[name].vacancies | {reservation.vacancy}
            self.market.put_household(self.market.households[name], Bans(vacancies=refused))
        freed = {reservation.offer} if reservation.offer else set()
        # Its caseworker's slot and its territory's place are free too: everyone may gain.
        everyone = set(self.market.without_placement())
        self.decide(households=everyone, homes={reservation.vacancy}, posts=freed)

    @rule(number=NUMBERS)
    def home_goes(self, number: int) -> None:
        if not self.market.is_reserved(f"vac_{number}"):
            self.market.drop_home(f"vac_{number}")

    @rule(number=NUMBERS)
    def same_event_again(self, number: int) -> None:
        """A duplicate changes nothing: what it could have led to has been decided."""
        home = self.market.homes.get(f"vac_{number}")
        before = dict(self.market.reservations)
        if home is not None and not self.market.is_reserved(home.id):
            self.market.put_home(home)
            self.decide(homes={home.id})
            assert self.market.reservations == before

    @invariant()
    def nothing_is_promised_twice(self) -> None:
        live = list(self.market.reservations.values())
        assert len({one.vacancy for one in live}) == len({one.household for one in live}) == len(live)
        leads = Counter(one.offer for one in live)
        for post in self.market.posts.values():
            assert post.leads == leads[post.id] <= (post.openings or 1)
        assert len(live) <= CAPACITY
        assert all(count <= CAP for count in self.market.open_by_caseworker.values())

    @invariant()
    def nobody_is_left_who_could_be_placed(self) -> None:
        for name in self.market.without_placement():
            household = self.market.households[name]
            if self.market.open_by_caseworker[household.caseworker] >= CAP:
                continue
            for option in OptionFinder(self.market, household, today=TODAY, seed=0).ranked():
                assert option.home.id in self.held


class PricedMarketMachine(MarketMachine):
    """The same with prices: whoever is left waits for a home that is said to wait."""

    policy = LawfulRanking(PRICES)


TestMarket = MarketMachine.TestCase
TestPricedMarket = PricedMarketMachine.TestCase
TestMarket.settings = TestPricedMarket.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
