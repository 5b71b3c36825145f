"""Past streams of the harness, solved as the engine solves its own past."""

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.matching import harness

harness.enable()

from mobi90 import entities  # noqa: E402
from mobi90.gen import Stream, make_stream, make_world  # noqa: E402
from mobi90.protocol import Household, Offer, Setting, Vacancy  # noqa: E402

from benchmarks.matching.chances import PastChances  # noqa: E402
from benchmarks.matching.kept_pasts import KeptPasts  # noqa: E402
from benchmarks.matching.market import HarnessMarket, Weights, candidates  # noqa: E402
from services.matching.core.pricing.candidates import Candidates, Side, joined  # noqa: E402
from services.matching.core.pricing.history import Presence, learn_trace  # noqa: E402
from services.matching.core.pricing.model import Trace  # noqa: E402

HISTORY_SEEDS: Final = range(101, 107)
SCALE_SEEDS: Final = (101,)
_WHOLE_UP_TO: Final = 4000  # households: every candidate is solved
_SEARCHED_AT_ONCE: Final = 500  # households: all their triples are in memory together
_MOST_OF_A_HOUSEHOLD: Final = 30
_POSTS_OF_A_PAIR: Final = 2
_MOST_OF_A_HOME: Final = 8
_MAKERS: Final = (  # code that a solved past depends on, by the names of its files
    "auction",
    "candidates",
    "duals",
    "gen",
    "history",
    "kept_pasts",
    "kernels",
    "learning",
    "market",
    "near_hindsight",
    "nearest",
    "score",
)

_known: dict[tuple[object, ...], list["Past"]] = {}


@dataclass
class Past:
    """A past market with its prices: what a newcomer would have found there, above those prices."""

    market: HarnessMarket
    trace: Trace

    def __post_init__(self) -> None:
        self._chances = PastChances(self.market, self.trace)
        self._next = tuple(len(self.trace.side(side)) for side in Side)

    def of_household(self, h: Household, begin: float, end: float, best_quality: float = 1.0) -> Candidates:
        self.market.put_household(self._next[0], h, begin, end, best_quality)
        return candidates(self._chances.of_household(self._next[0]))

    def best_quality(self, h: Household) -> float:
        self.market.put_household(self._next[0], h)
        return float(self.market.of_household(self._next[0])["quality"].max(initial=0.0))

    def of_home(self, v: Vacancy, begin: float, end: float) -> Candidates:
        self.market.put_home(self._next[1], v, begin, end)
        return candidates(self._chances.of_home(self._next[1]))

    def of_post(self, j: Offer, begin: float, end: float) -> Candidates:
        self.market.put_post(self._next[2], j, begin, end)
        return candidates(self._chances.of_post(self._next[2]))


def pasts(
    setting: Setting, weights: Weights, fewer_households: float = 0.0, seeds: Sequence[int] = HISTORY_SEEDS
) -> list[Past]:
    """History with its prices. Solved pasts are kept in the temporary folder: the file is named for all that made it."""
    name = f"{setting.scenario}-{setting.regime}-{weights.raw:d}-{fewer_households:g}"
    streams = [setting.past_trace(seed) for seed in seeds]
    key = (name, tuple(seeds), len(streams[0].H["arr"]), setting.horizon_days, setting.n_rome, len(setting.world.cx))
    if key not in _known:
        markets = [_past_market(setting, stream, weights, fewer_households) for stream in streams]
        file = _folder() / f"{hashlib.sha256(repr((key, _code_digest())).encode()).hexdigest()[:24]}.prices"
        if file.exists():
            kept = KeptPasts.from_bytes(file.read_bytes())
        else:
            learnt = (_learn(market, stream, weights) for market, stream in zip(markets, streams, strict=True))
            kept = KeptPasts(tuple(learnt))
            draft = file.with_suffix(".draft")
            draft.write_bytes(kept.to_bytes())
            draft.replace(file)
        _known[key] = [Past(market, trace) for market, trace in zip(markets, kept.traces, strict=True)]
        if not weights.raw:
            for market in markets:
                _normalise(market)
    return _known[key]


def learn_at_scale(households: int) -> None:
    """Solves, and keeps, the past that the measure at a scale learns from."""
    from scale import steady_stream

    p = steady_stream(households)
    setting = Setting("SCALE", "B", p.T, make_world(p), p.n_rome, lambda seed: make_stream(replace(p, seed=seed)))
    pasts(setting, Weights(by_acceptance=True), seeds=SCALE_SEEDS)


def _past_market(setting: Setting, stream: Stream, weights: Weights, fewer_households: float) -> HarnessMarket:
    """All parties of a past stream, each with the days it was there; one row more of each side is left for a newcomer.

    Households that history has lost keep their row, but nothing finds them.
    """
    market = HarnessMarket(len(setting.world.cx), setting.n_rome, weights)
    for i in range(len(stream.J["arr"])):
        market.put_post(i, entities.offer(stream, i), stream.J["arr"][i], stream.J["dep"][i])
        market.link_post(i)
    for i in range(len(stream.V["arr"])):
        market.put_home(i, entities.vacancy(stream, i), stream.V["arr"][i], stream.V["dep"][i])
        market.link_home(i)
    lost = np.random.default_rng(stream.p.seed).random(len(stream.H["arr"])) < fewer_households
    for i in range(len(stream.H["arr"])):
        market.put_household(i, entities.household(stream, i), stream.H["arr"][i], stream.H["dep"][i])
        if not lost[i]:
            market.link_household(i)
            market.past_households.append(i)
    return market


def _learn(market: HarnessMarket, stream: Stream, weights: Weights) -> Trace:
    if not weights.raw:
        _normalise(market)
    presences = [Presence(columns["arr"], columns["dep"]) for columns in (stream.H, stream.V, stream.J)]
    ids = np.array(market.past_households)
    if len(ids) <= _WHOLE_UP_TO:
        parts = np.array_split(ids, len(ids) // _SEARCHED_AT_ONCE + 1)
        found = joined([candidates(market.of_households(part)) for part in parts])
    else:
        found = market.most_worth(_MOST_OF_A_HOUSEHOLD, _POSTS_OF_A_PAIR, _MOST_OF_A_HOME)
    return learn_trace(found, presences[0], presences[1], presences[2], stream.J["cap"])


def _normalise(market: HarnessMarket) -> None:
    """Gives each past household the best quality it could have had, as the measure of all others."""
    rows = market.of_households(np.array(market.past_households))
    best = np.full(len(market.households), 0.1)
    np.maximum.at(best, rows["household"], rows["quality"])
    market.households["best_quality"] = best


def _code_digest() -> str:
    """Of the code that solves a past: another code solves it otherwise."""
    places = [*Path(__file__).parent.glob("*.py"), *Path(harness.PLACE, "mobi90").glob("*.py")]
    places += sorted(Path(__file__).parents[2].glob("services/matching/core/pricing/*.py"))
    makers = sorted(place for place in places if place.stem in _MAKERS)
    return hashlib.sha256(b"".join(place.read_bytes() for place in makers)).hexdigest()


def _folder() -> Path:
    folder = Path(tempfile.gettempdir()) / "ancrage-benchmark-prices"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
