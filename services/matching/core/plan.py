"""A plan for a weekly commission: the best joint use of some homes by some households, and a shortlist of
candidates for each home with what sets them apart, in words.

What a pair is worth adds up across households, so it is made of the household's own scale (its best option here is 1) and
of what the law lets weigh between households. The figure never leaves this module.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from services.matching.core.lawful import own_scale, weight_between
from services.matching.core.market import Market
from services.matching.core.model import Home, Household, Post
from services.matching.core.options import OptionFinder
from services.matching.core.pricing.candidates import NO_POST, Candidates
from services.matching.core.pricing.resolve import resolve
from services.matching.core.ranking import Option, tie
from services.matching.core.reasons import Ineligible, Reason
from services.matching.core.shortlist_words import Standing, gap_sentences
from shared.words import Words

SHORTLIST: Final = 3  # a commission examines at least three applications for a dwelling (CCH R441-3)
_LEADS: Final = 3  # leads thought of for a pair, where the first ones run short
_EXACT_UP_TO: Final = 150_000  # candidates: five seconds at most
_LOT: Final = 1e-6  # less than any difference that a criterion makes
_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class Candidate:
    """A household on a home's shortlist. `gaps`: what sets it behind the first, in words; empty for the first."""

    household: str
    option: Option
    chosen: bool
    gaps: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class HomePlan:
    """`candidates`: at most three, the plan's choice first. `possible`: all households that could have the home."""

    home: Home
    candidates: tuple[Candidate, ...]
    possible: int
    by_reason: Mapping[Reason, int]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A household without a home in the plan: what misses least, or nothing where others go before it."""

    household: str
    missing: tuple[Reason, ...]
    options: int


@dataclass(frozen=True, slots=True)
class Plan:
    """`share_of_best`: the plan is proven to reach at least this share of the best there is; 1 where it is the best."""

    homes: tuple[HomePlan, ...]
    waiting: tuple[Waiting, ...]
    placements: int
    share_of_best: float

    @property
    def exact(self) -> bool:
        """Whether it is proven best."""
        return self.share_of_best == 1.0


@dataclass(frozen=True, slots=True)
class _Pair:
    household: str
    home: str
    option: Option
    worth: float


def make_plan(market: Market, households: Sequence[str], homes: Sequence[Home], *, today: date, seed: int) -> Plan:
    """`households` are in the market, without a placement; `homes` may be imagined. The market is left as it was."""
    verdicts = {name: _options(market, name, homes, today, seed) for name in households}
    pairs = _pairs(market, verdicts, today)
    pairs += _other_leads(market, pairs, homes, today, seed)
    chosen, share_of_best = _solve(market, pairs, seed)
    best: dict[tuple[str, str], _Pair] = {}
    for pair in pairs:
        known = best.get((pair.home, pair.household))
        if known is None or pair.worth > known.worth:
            best[pair.home, pair.household] = pair
    by_home: dict[str, list[_Pair]] = defaultdict(list)
    for pair in best.values():
        by_home[pair.home].append(pair)
    placed = {pair.household: pair.home for pair in chosen.values()}
    return Plan(
        tuple(
            HomePlan(
                home,
                _shortlist(market, home, by_home[home.id], chosen.get(home.id), placed, today, seed),
                len(by_home[home.id]),
                _reasons_at(verdicts, home.id),
            )
            for home in homes
        ),
        tuple(_waiting(name, verdicts[name]) for name in households if name not in placed),
        len(chosen),
        share_of_best,
    )


def _options(
    market: Market, household: str, homes: Iterable[Home], today: date, seed: int
) -> dict[str, Option | Ineligible]:
    finder = OptionFinder(market, market.households[household], today=today, seed=seed)
    return {home.id: finder.option(home) for home in homes}


def _pairs(market: Market, verdicts: Mapping[str, Mapping[str, Option | Ineligible]], today: date) -> list[_Pair]:
    found: list[_Pair] = []
    for name, by_home in verdicts.items():
        options = [(home, option) for home, option in by_home.items() if isinstance(option, Option)]
        weight = weight_between(market.households[name], today)
        scale = own_scale(option for _, option in options)
        found += [_Pair(name, home, option, weight * part) for (home, option), part in zip(options, scale, strict=True)]
    return found


def _other_leads(market: Market, pairs: Sequence[_Pair], homes: Sequence[Home], today: date, seed: int) -> list[_Pair]:
    """The next best leads of pairs whose own may be asked for by more households than it has openings."""
    by_id = {home.id: home for home in homes}
    finders: dict[str, OptionFinder] = {}
    next_posts: dict[tuple[str, str, str], list[Post]] = {}
    asked: dict[str, set[str]] = defaultdict(set)
    found: list[_Pair] = []
    for pair in pairs:
        if pair.option.lead is not None:
            asked[pair.option.lead.post.id].add(pair.household)
    left = [pair for pair in pairs if pair.option.lead is not None]
    while True:
        crowded = {
            name for name, names in asked.items() if name in market.posts and len(names) > _free(market.posts[name])
        }
        again = [pair for pair in left if pair.option.lead and pair.option.lead.post.id in crowded]
        if not again:
            return found
        left = [pair for pair in left if pair.option.lead and pair.option.lead.post.id not in crowded]
        for pair in again:
            household, home = market.households[pair.household], by_id[pair.home]
            finder = finders.setdefault(pair.household, OptionFinder(market, household, today=today, seed=seed))
            place = (pair.household, home.commune, home.zone)
            if place not in next_posts:
                leads = (one.lead for one in finder.with_other_leads(pair.option, _LEADS))
                next_posts[place] = [lead.post for lead in leads if lead is not None]
            for post in next_posts[place]:
                option = finder.option_with(home, post)
                if pair.option.lead and post.id != pair.option.lead.post.id and isinstance(option, Option):
                    asked[post.id].add(pair.household)
                    part = own_scale([pair.option, option])[1]
                    found.append(replace(pair, option=option, worth=pair.worth * part))


def _free(post: Post) -> int:
    return max(0, (post.openings if post.openings is not None else 1) - post.leads)


def _solve(market: Market, pairs: Sequence[_Pair], seed: int) -> tuple[dict[str, _Pair], float]:
    """The chosen pair of each home, and the share of the best that they are proven to reach, 1 being the best itself.

    Equals are drawn by the seed, not by their ids.
    """
    if not pairs:
        return {}, 1.0
    households = {name: at for at, name in enumerate(dict.fromkeys(pair.household for pair in pairs))}
    homes = {name: at for at, name in enumerate(dict.fromkeys(pair.home for pair in pairs))}
    leads = dict.fromkeys(pair.option.lead.post.id for pair in pairs if pair.option.lead)
    posts = {name: at for at, name in enumerate(leads)}
    openings = np.array([_free(market.posts[name]) for name in posts], dtype=np.int64)
    candidates = Candidates.of(
        [households[pair.household] for pair in pairs],
        [homes[pair.home] for pair in pairs],
        [posts[pair.option.lead.post.id] if pair.option.lead else NO_POST for pair in pairs],
        [pair.worth + _LOT * _drawn(pair, seed) for pair in pairs],
    )
    found = resolve(candidates, len(households), len(homes), openings, exact_up_to=_EXACT_UP_TO)
    chosen = {pairs[row].home: pairs[row] for row in found.rows.tolist()}
    return chosen, 1.0 if found.proven else found.share_of_bound


def _drawn(pair: _Pair, seed: int) -> float:
    """A lot of its own for each pair, 0 to 1."""
    return int.from_bytes(_tie(pair, seed)) / 2**64


def _tie(pair: _Pair, seed: int) -> bytes:
    return tie(seed, pair.household, pair.home)


def _shortlist(
    market: Market,
    home: Home,
    pairs: Sequence[_Pair],
    chosen: _Pair | None,
    placed: Mapping[str, str],
    today: date,
    seed: int,
) -> tuple[Candidate, ...]:
    others = sorted(
        (pair for pair in pairs if chosen is None or pair.household != chosen.household),
        key=lambda pair: (-round(pair.worth, _DIGITS), _tie(pair, seed)),
    )
    ranked = ([chosen] if chosen else []) + others
    first = ranked[0] if ranked else None
    return tuple(
        Candidate(
            pair.household,
            pair.option,
            pair is chosen,
            ()
            if first is None or pair is first
            else gap_sentences(
                _standing(market, first, today),
                _standing(market, pair, today),
                placed_elsewhere=placed.get(pair.household, home.id) != home.id,
            ),
        )
        for pair in ranked[:SHORTLIST]
    )


def _standing(market: Market, pair: _Pair, today: date) -> Standing:
    household = market.households[pair.household]
    return Standing(household, _waited(household, today), pair.worth / weight_between(household, today))


def _waited(household: Household, today: date) -> int:
    """Whole months since it first asked."""
    since = household.waiting_since
    return max(0, (today.year - since.year) * 12 + today.month - since.month - (today.day < since.day))


def _reasons_at(verdicts: Mapping[str, Mapping[str, Option | Ineligible]], home: str) -> dict[Reason, int]:
    counts: dict[Reason, int] = defaultdict(int)
    for by_home in verdicts.values():
        verdict = by_home[home]
        if isinstance(verdict, Ineligible):
            for reason in verdict.reasons:
                counts[reason] += 1
    return {reason: counts[reason] for reason in sorted(counts, key=lambda one: (-counts[one], one.value))}


def _waiting(household: str, by_home: Mapping[str, Option | Ineligible]) -> Waiting:
    options = sum(isinstance(verdict, Option) for verdict in by_home.values())
    missing = [verdict.reasons for verdict in by_home.values() if isinstance(verdict, Ineligible)]
    nearest = min(missing, key=lambda reasons: (len(reasons), reasons), default=())
    return Waiting(household, () if options else nearest, options)
