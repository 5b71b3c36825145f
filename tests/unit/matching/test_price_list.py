"""Lists of prices: what a kind was worth, drawn towards the wider kind, kept in bounds, written down the same each time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.core.price_list import NO_PRICES, PriceList, kind_of_home, kind_of_post, learn, limited
from tests.unit.matching.samples import a_home, a_post

PRICES = st.dictionaries(st.sampled_from(["T1:other", "T2:other", "T2:other:x", "T3:accessible"]), st.floats(0.01, 2))


def test_a_kind_seen_often_has_its_own_price_and_a_rare_one_leans_on_the_wider() -> None:
    often = [(a_home(f"vac_{n}", territory="rich"), 1.0) for n in range(100)]
    rare = [(a_home("vac_x", territory="poor"), 0.0)]
    prices = learn([*often, *rare], [])
    assert prices.of_home(a_home(territory="rich")) == pytest.approx(1.0, abs=0.02)
    assert 0.5 < prices.of_home(a_home(territory="poor")) < 0.9
    # A territory without any: what such homes fetched elsewhere. Another size was never seen.
    assert prices.of_home(a_home(territory="new")) == pytest.approx(100 / 101, abs=0.01)
    assert prices.of_home(a_home(typology="T5")) == 0.0


def test_posts_are_priced_by_zone_and_occupation() -> None:
    prices = learn([], [(a_post(), 0.4), (a_post(), 0.4), (a_post(rome="N4101"), 0.0)])
    assert prices.of_post(a_post()) == pytest.approx(0.4)
    assert prices.of_post(a_post(rome="N4101")) == 0.0
    assert len(kind_of_post(a_post())) == len(kind_of_home(a_home())) == 2


@given(PRICES, PRICES, st.integers(1, 9))
def test_the_same_prices_give_the_same_bytes_and_come_back(
    homes: dict[str, float], posts: dict[str, float], number: int
) -> None:
    prices = PriceList(number, homes, posts)
    again = PriceList(7, dict(reversed(homes.items())), dict(reversed(posts.items())))
    assert prices.to_bytes() == again.to_bytes()
    assert PriceList.from_bytes(prices.to_bytes(), number) == prices


@given(PRICES, PRICES)
def test_no_price_drifts_beyond_the_cap(new: dict[str, float], before: dict[str, float]) -> None:
    found = limited(PriceList(2, new, {}), PriceList(1, before, {}), 1.5)
    for kind, price in found.homes.items():
        if kind in before:
            assert before[kind] / 1.5 - 1e-5 <= price <= before[kind] * 1.5 + 1e-5
        else:
            assert price == new[kind]
        assert min(new[kind], before.get(kind, new[kind])) - 1e-5 <= price


def test_a_list_names_no_household() -> None:
    content = learn([(a_home(), 1.0)], [(a_post(), 1.0)]).to_bytes().decode()
    assert "hh_" not in content
    assert "vac_" not in content
    assert "off_" not in content
    assert NO_PRICES.of_home(a_home()) == 0.0
