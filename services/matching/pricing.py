"""The slow loop: learns prices from the recorded past, plays the end of it again with and without, publishes a list.

A process of its own: its solver needs minutes and memory that a decision must not wait for. What it says is checked first:
too little past, or prices that bring less than none, and the engine ranks without prices.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Engine
from sqlmodel import Session

from services.matching.adapters import mirrors, prices, stock
from services.matching.adapters.prices import Verdict
from services.matching.adapters.recorded_past import recorded_past
from services.matching.core.market import Market
from services.matching.core.past import Past, learn_prices
from services.matching.core.policy import LawfulRanking
from services.matching.core.price_list import NO_PRICES, PriceList, limited
from services.matching.core.pricing.duals import HindsightError
from services.matching.core.shadow_run import play
from services.matching.programmes import current
from services.matching.settings import MatchingSettings
from shared.clock import BusinessClock, paris_date
from shared.geography import geography
from shared.occupations import occupations
from shared.telemetry import PRICE_LIST, PRICE_SHADOW, logger

_LOOK_SECONDS: Final = 30.0

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Learnt:
    """What one run came to."""

    prices: PriceList
    verdict: Verdict
    figures: dict[str, Any]


class PriceLoop:
    """Learns when the newest list is `price_hours` old. Several copies do no harm: a list more."""

    def __init__(self, engine: Engine, clock: BusinessClock, settings: MatchingSettings) -> None:
        self._engine = engine
        self._clock = clock
        self._settings = settings
        self._stopping = threading.Event()
        self.details: dict[str, Any] = {}  # shown beside the process's state
        self.active = False
        self.progressed_at = time.monotonic()

    def stop(self) -> None:
        """Ends `run` after the list in hand."""
        self._stopping.set()

    def run(self) -> None:
        """Until stopped. A lost database ends the process, which is started again."""
        self.active = True
        while not self._stopping.is_set():
            if self._due():
                self._learn_beside()
            self.progressed_at = time.monotonic()
            self._stopping.wait(_LOOK_SECONDS)
        self.active = False

    def _learn_beside(self) -> None:
        """Learns in a thread, so that a long solution is not taken for a process that hangs. Raises what it raised."""
        with ThreadPoolExecutor(1) as pool:
            learning = pool.submit(self.learn_once)
            while not learning.done():
                self.progressed_at = time.monotonic()
                wait([learning], timeout=1.0)
            learning.result()

    def learn_once(self) -> Learnt:
        """Learns and publishes, whatever the age of the newest list."""
        settings, now = self._settings, self._clock.now()
        begin = now - timedelta(days=settings.price_window_days)
        with Session(self._engine) as session:
            past = recorded_past(session, self._market(session), begin, now)
            commitments = self._market(session)
            before = prices.in_force(session, LawfulRanking()).prices
        learnt = learn(past, before, settings, lambda: _copy(commitments))
        with Session(self._engine) as session, session.begin():
            window = (past.first_day, paris_date(now))
            number = prices.publish(session, learnt.prices, learnt.verdict, learnt.figures, window=window, now=now)
            mirrors.forget_past(session, begin)
        log.info("prices.published", number=number, verdict=learnt.verdict.value, **learnt.figures)
        self.details = {"price_list": number, "verdict": learnt.verdict.value}
        _show(number, learnt)
        return learnt

    def _due(self) -> bool:
        with Session(self._engine) as session:
            newest = prices.newest(session)
        return newest is None or self._clock.now() - newest.created_at >= timedelta(hours=self._settings.price_hours)

    def _market(self, session: Session) -> Market:
        market = Market(geography(), occupations(), current())
        stock.load_commitments(session, market)
        return market


def learn(past: Past, before: PriceList, settings: MatchingSettings, empty: Callable[[], Market]) -> Learnt:
    """The list of a window and its verdict. `before`: prices in force; `empty`: a new market with the commitments alone."""
    figures: dict[str, Any] = {
        "households": len(past.households),
        "homes": len(past.homes),
        "posts": len(past.posts),
        "days": round(past.days, 1),
    }
    if len(past.households) < settings.price_least_households:
        return Learnt(NO_PRICES, Verdict.TOO_LITTLE, figures | {"least_households": settings.price_least_households})
    recent = past.since(max(0.0, past.days - settings.price_shadow_days))
    try:
        drawn = limited(learn_prices(past, empty()).prices, before, settings.price_drift)
        reference = learn_prices(recent, empty())
    except HindsightError as error:
        return Learnt(NO_PRICES, Verdict.FALLBACK, figures | {"failure": str(error)})
    with_prices, without = (
        play(recent, empty(), policy, reference.best_worth, hold_days=settings.hold_days)
        for policy in (LawfulRanking(PriceList(1, drawn.homes, drawn.posts)), LawfulRanking())
    )
    figures |= {
        "optimum": round(reference.optimum, 3),
        "with_prices": round(with_prices.value, 3),
        "without": round(without.value, 3),
        "placements_with": with_prices.placements,
        "placements_without": without.placements,
        "held": with_prices.held,
    }
    return Learnt(drawn, Verdict.USED if with_prices.value >= without.value else Verdict.FALLBACK, figures)


def _copy(commitments: Market) -> Market:
    market = Market(commitments.geography, commitments.occupations, commitments.programmes)
    for commitment in commitments.commitments.values():
        market.put_commitment(commitment)
    return market


def _show(number: int, learnt: Learnt) -> None:
    for verdict in Verdict:
        PRICE_LIST.labels(verdict.value).set(number if verdict is learnt.verdict else 0)
    if learnt.figures.get("optimum"):
        for way in ("with_prices", "without"):
            PRICE_SHADOW.labels(way).set(learnt.figures[way] / learnt.figures["optimum"])
