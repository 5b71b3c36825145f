"""What changed in a market, said and put back: another market made of it holds and decides the same."""

import random
from dataclasses import replace
from datetime import date

import msgspec
import pytest

from services.matching.adapters.decision_record import encoded
from services.matching.core.hosting import Arrival
from services.matching.core.market import Market
from services.matching.core.model import Bans
from services.matching.core.options import OptionFinder
from services.matching.core.policy import Proposal
from services.matching.core.ranking import Option
from services.matching.core.recorded_market import STATE_OF, Part, RecordedMarket, State, in_order
from tests.unit.matching.decision_log import log, stock
from tests.unit.matching.playing import count_as_made
from tests.unit.matching.samples import TERRITORY, TODAY, a_commitment, a_home, a_household, a_market, a_post


def recorded(plain: Market) -> RecordedMarket:
    return RecordedMarket(plain.geography, plain.occupations, plain.programmes)


def said(market: RecordedMarket) -> dict[Part, str | None]:
    """What changed, as it is kept."""
    found = {}
    for part in market.take_changed():
        state = market.state(*part)
        found[part] = None if state is None else encoded(state)
    return found


def put_back(market: RecordedMarket, parts: dict[Part, str | None]) -> None:
    states: dict[Part, State | None] = {
        part: None if content is None else msgspec.json.decode(content, type=STATE_OF[part[0]])
        for part, content in parts.items()
    }
    for (kind, key), state in in_order(states):
        market.put_back(kind, key, state)


def contents(market: RecordedMarket) -> tuple[object, ...]:
    """Everything that a decision can ask of a market."""
    commitments = [market.commitment_over(one.programme, TERRITORY, TODAY) for one in market.commitments.values()]
    return (
        market.households,
        market.bans,
        market.homes,
        {name: replace(post, wage_eur_per_month=None, source_name="") for name, post in market.posts.items()},
        market.commitments,
        sorted(map(str, commitments)),
        market.reservations,
        {name for name in market.homes if market.is_reserved(name)},
        {name for name in market.households if market.is_placed(name)},
        +market.open_by_caseworker,
        market.not_to_hold,
    )


@pytest.mark.parametrize("seed", range(3))
def test_a_market_put_back_from_its_parts_decides_the_same_bytes(seed: int) -> None:
    things = stock(random.Random(seed))
    first = recorded(a_market())
    for one in (*things, a_commitment(capacity_households=12)):
        a_market_put(first, one)
    again = recorded(a_market())
    put_back(again, said(first))
    assert log(seed, again) == log(seed)


def a_market_put(market: RecordedMarket, one: object) -> None:
    plain = a_market(one)  # type: ignore[arg-type]  # any of the samples
    for home in plain.homes.values():
        market.put_home(home)
    for post in plain.posts.values():
        market.put_post(post)
    for household in plain.households.values():
        market.put_household(household, plain.bans[household.id])
    for commitment in plain.commitments.values():
        market.put_commitment(commitment)


@pytest.mark.parametrize("seed", range(5))
def test_followed_change_by_change_another_market_stays_the_same(seed: int) -> None:
    chance = random.Random(seed)
    first, again = recorded(a_market()), recorded(a_market())
    placed = 0
    for _ in range(120):
        for _ in range(chance.randint(1, 3)):
            placed += _happen(chance, first)
        put_back(again, said(first))
        assert contents(again) == contents(first)
    assert placed > 5


def _happen(chance: random.Random, market: RecordedMarket) -> int:
    number = chance.randrange(8)
    match chance.randrange(11):
        case 0 | 1:
            market.put_home(a_home(f"vac_{number}", rent_eur_per_month=float(chance.choice((300, 350)))))
        case 2:
            market.drop_home(f"vac_{number}")
        case 3:
            market.put_post(a_post(f"off_{number}", openings=3, wage_eur_per_month=1900.0, source_name="made up"))
        case 4 | 5:
            bans = Bans(frozenset({"vac_1", "vac_2"})) if chance.random() < 0.5 else Bans()
            market.put_household(a_household(f"hh_{number}", size=chance.randint(1, 4)), bans)
        case 6:
            market.drop_household(f"hh_{number}")
        case 7:
            market.put_commitment(a_commitment(capacity_households=chance.randint(1, 9), period="year"))
        case 8 if market.reservations:
            reservation = market.release(min(market.reservations))
            if reservation is not None and reservation.commitment is not None and chance.random() < 0.5:
                arrival = Arrival(date(2026, 3, 1), reservation.persons, live=False)
                market.arrive(reservation.commitment, reservation.placement, arrival)
        case 9:
            market.not_to_hold = frozenset(f"vac_{one}" for one in range(8) if chance.random() < 0.3)
        case _:
            return _place(chance, market)
    return 0


def _place(chance: random.Random, market: RecordedMarket) -> int:
    free = [name for name in market.homes if not market.is_reserved(name)]
    waiting = market.without_placement()
    if not free or not waiting:
        return 0
    household = market.households[chance.choice(waiting)]
    option = OptionFinder(market, household, today=TODAY, seed=1).option(market.homes[chance.choice(sorted(free))])
    if not isinstance(option, Option):
        return 0
    count_as_made(market, Proposal(household, option))
    return 1


def test_wage_and_source_of_an_offer_are_not_kept() -> None:
    market = recorded(a_market())
    market.put_post(a_post(wage_eur_per_month=1987.0, source_name="Partenaire", source_url="https://jobs.example/1"))
    (content,) = said(market).values()
    assert content is not None
    assert "1987" not in content
    assert "Partenaire" not in content
    assert "jobs.example" not in content


def test_equal_parts_give_equal_text_whatever_the_order_of_their_sets() -> None:
    codes = [f"vac_{number}" for number in range(40)]
    texts = set()
    for seed in range(3):
        random.Random(seed).shuffle(codes)
        market = recorded(a_market())
        market.put_household(a_household(), Bans(frozenset(codes)))
        texts.add(encoded(market.state(*market.take_changed()[0])))  # type: ignore[arg-type]  # it is there
    assert len(texts) == 1
