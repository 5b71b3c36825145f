"""The compiled searches of the policy's benchmark leave unlooked at what bounds say cannot count: they find what looking at
every triple finds."""

from typing import Any

import numpy as np
import pytest

from benchmarks.matching import harness
from services.matching.core.pricing.candidates import Candidates, Side
from services.matching.core.pricing.decision import Guards, Standing, decide
from services.matching.core.pricing.model import PastParties, PriceParameters, Trace
from services.matching.core.pricing.potentials import MOST_CHANCES_SHIFTED, faded

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(not harness.available(), reason=f"the matching harness is not in {harness.PLACE}"),
]

Triple = tuple[int, int, int]
DAY = 20.0
PARAMETERS = PriceParameters()
KINDS = [(True, True), (True, False), (False, True)]
"""(raw, by_acceptance): the harness's own utility in its two regimes, and lawful weights."""


@pytest.fixture(scope="module")
def stream() -> Any:
    """A market so small and dense that every bound has much to leave out."""
    harness.enable()
    from mobi90.gen import Params, make_stream

    return make_stream(Params(seed=301, nH=300, nV=250, nJ=900, n_terr=5, n_rome=6, side_km=150.0))


@pytest.fixture(params=KINDS, ids=["raw, by acceptance", "raw", "lawful, by acceptance"])
def kind(request: pytest.FixtureRequest) -> tuple[bool, bool]:
    found: tuple[bool, bool] = request.param
    return found


def market_of(stream: Any, kind: tuple[bool, bool], *, past: bool) -> Any:
    """All parties; each with the days it was there in a past, at any day otherwise."""
    from mobi90 import entities

    from benchmarks.matching.market import HarnessMarket, Weights

    market = HarnessMarket(stream.p.n_terr, stream.p.n_rome, Weights(*kind))
    for columns, make, put, link in (
        (stream.J, entities.offer, market.put_post, market.link_post),
        (stream.V, entities.vacancy, market.put_home, market.link_home),
        (stream.H, entities.household, market.put_household, market.link_household),
    ):
        for i in range(len(columns["arr"])):
            put(i, make(stream, i), *((columns["arr"][i], columns["dep"][i]) if past else ()))
            link(i)
    market.past_households = list(range(len(stream.H["arr"])))
    market.homes, market.posts = market.homes[: len(stream.V["arr"])], market.posts[: len(stream.J["arr"])]
    market.households["best_quality"] = np.random.default_rng(3).uniform(0.6, 1.0, len(market.households))
    return market


def triples(found: Any) -> list[Triple]:
    names = ("household", "home", "post")
    columns = (found[name] if isinstance(found, np.ndarray) else getattr(found, name) for name in names)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def everything(market: Any) -> Candidates:
    """Every triple, by the plain search."""
    from benchmarks.matching.market import candidates

    found = candidates(market.of_households(np.array(market.past_households)))
    assert len(found) > 20_000
    return found


def best(rows: np.ndarray, worth: np.ndarray, group: np.ndarray, most: int) -> list[int]:
    """Of the rows, the `most` worth most in each group."""
    taken: dict[int, int] = {}
    kept = []
    for row in rows[np.argsort(-worth[rows], kind="stable")].tolist():
        if taken.setdefault(int(group[row]), 0) < most:
            taken[int(group[row])] += 1
            kept.append(row)
    return kept


def test_a_large_past_keeps_the_triples_worth_most_of_each_household_and_home(
    stream: Any, kind: tuple[bool, bool]
) -> None:
    market = market_of(stream, kind, past=True)
    if not kind[0]:
        market.households["best_quality"] = 1.0  # below it, several posts can be worth the same
    every = everything(market)
    pair = every.household * 1000 + every.home
    two_posts = np.array(best(np.arange(len(every)), every.value, pair, 2))
    one_post = np.array(best(np.arange(len(every)), every.value, pair, 1))
    wanted = best(two_posts, every.value, every.household, 10) + best(one_post, every.value, every.home, 4)
    found = market.most_worth(10, 2, 4)
    assert sorted(triples(found)) == sorted(set(triples(every.take(np.array(wanted)))))


def test_a_newcomer_finds_the_chances_that_leave_it_most(stream: Any, kind: tuple[bool, bool]) -> None:
    from benchmarks.matching.chances import PastChances

    market = market_of(stream, kind, past=True)
    every = everything(market)
    random = np.random.default_rng(7)
    sides = [
        PastParties(columns["arr"], columns["dep"], random.uniform(0.0, 0.6, len(columns["arr"])))
        for columns in (stream.H, stream.V, stream.J)
    ]
    households, homes, posts = sides
    chances = PastChances(market, Trace(households, homes, posts, bound=0.0))
    full = 0
    for side, find in zip(Side, (chances.of_household, chances.of_home, chances.of_post), strict=True):
        net = every.value.copy()
        for other in Side:
            if other is not side:
                net -= sides[other].price[every.party(other)]
        for i in range(0, len(sides[side]), 7):
            rows = np.flatnonzero((every.party(side) == i) & (net > 0.0))
            wanted = rows[np.argsort(-net[rows], kind="stable")[:MOST_CHANCES_SHIFTED]]
            assert sorted(triples(find(i))) == sorted(triples(every.take(wanted)))
            full += len(rows) > MOST_CHANCES_SHIFTED
    assert full > 10  # the limit was reached


def test_a_decision_on_what_is_found_is_the_decision_on_every_triple(stream: Any, kind: tuple[bool, bool]) -> None:
    from benchmarks.matching.market import candidates
    from benchmarks.matching.price_bounds import terms_at

    market = market_of(stream, kind, past=False)
    every = everything(market)
    random = np.random.default_rng(11)
    counts = [len(columns["arr"]) for columns in (stream.H, stream.V, stream.J)]
    standing, guards = Standing(), Guards(longest_wait_days=19.0)
    for side, count in zip(Side, counts, strict=True):
        for i in range(count):
            since, until = random.uniform(0.0, DAY), DAY + random.uniform(1.0, 30.0)
            course = faded(random.uniform(0.2, 1.2), side, since, until, PARAMETERS)
            standing.quotes(side).put(i, course, since, until)
            if side is Side.HOUSEHOLD:
                standing.admit_household(i, since)
            if side is Side.HOME:
                standing.open_home(i, until)
    standing.hold(range(0, counts[Side.HOME], 9), DAY - 8.0)
    banned = {(int(h), int(v)) for h, v, _ in triples(every)[:: len(every) // 400]}
    for household, home in banned:
        market.ban(household, home)
    every = every.take(
        np.array([pair not in banned for pair in zip(every.household.tolist(), every.home.tolist(), strict=True)])
    )
    terms = terms_at(DAY, standing, PARAMETERS, guards)

    def said(found: Candidates) -> tuple[list[Triple], list[int]]:
        decision = decide(found, standing, day=DAY, parameters=PARAMETERS, guards=guards)
        return triples(found.take(decision.order)), [held.home for held in decision.held]

    searches = (market.choices_of_household, market.choices_of_home, market.choices_of_post)
    fewer = 0
    for side, find in zip(Side, searches, strict=True):
        for i in range(0, counts[side], 5):
            whole, part = every.take(every.party(side) == i), candidates(find(i, terms))
            assert sorted(said(part)[0]) == sorted(said(whole)[0])
            assert said(part)[1] == said(whole)[1]
            fewer += len(whole) - len(part)
    assert fewer > 10_000
    swept = candidates(market.choices_of_households(np.arange(counts[Side.HOUSEHOLD]), terms))
    assert said(swept) == said(every)
