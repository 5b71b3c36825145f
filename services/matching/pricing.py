"""The slow loop: learns prices from the recorded past, plays the end of it again with and without, publishes a list;
then quotes who comes, and compares each day with greedy.

A process of its own: its solver needs minutes and memory that a decision must not wait for. What it says is checked first:
too little past, or prices that bring less than none, and the engine ranks without prices.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine
from sqlmodel import Session

from services.matching.adapters import mirrors, prices, stock
from services.matching.adapters.price_models import PriceListRow
from services.matching.adapters.prices import Verdict
from services.matching.adapters.recorded_past import recorded_past, unquoted
from services.matching.core.comparison import ComparedDay, shadow_of
from services.matching.core.market import Market
from services.matching.core.past import Past, learn_prices, share_of
from services.matching.core.policy import LawfulRanking
from services.matching.core.price_list import PriceList
from services.matching.core.pricing.duals import HindsightError
from services.matching.core.pricing.shadow import Shadow, ShadowRules
from services.matching.core.quoting import SolvedPast, lasts_as_announced
from services.matching.learning import Learnt, compare, learn
from services.matching.programmes import current
from services.matching.settings import MatchingSettings
from shared.clock import BusinessClock, paris_date
from shared.geography import geography
from shared.occupations import occupations
from shared.sql.driver import transaction_heard_of
from shared.telemetry import PRICE_LIST, PRICE_SHADOW, logger

QUOTES_AT_ONCE: Final = 500
_LOOK_SECONDS: Final = 10.0
_SPEAK_SECONDS: Final = 10.0  # the rows of a nation are read in one transaction, and turned into values for a minute

log = logger(__name__)


class PriceLoop:
    """Learns when the newest list is `price_hours` old, quotes who comes, compares each day with greedy.

    Several copies do no harm: a list more.
    """

    def __init__(self, engine: Engine, clock: BusinessClock, settings: MatchingSettings) -> None:
        self._engine = engine
        self._clock = clock
        self._settings = settings
        self._rules = ShadowRules(window_days=settings.price_shadow_days)
        self._policy = LawfulRanking()  # it knows the list in force, with its quotes
        self._solved: SolvedPast | None = None  # what the newest list was learnt from; learnt again after a start
        self._quoted_until: dict[str, date | None] = {}  # what a short past quotes for less than its announced end
        self._unsolved = 0  # the list whose window could not be solved again
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
            self._beside(self.turn)
            self.progressed_at = time.monotonic()
            self._stopping.wait(_LOOK_SECONDS)
        self.active = False

    def _beside(self, work: Callable[[], object]) -> None:
        """Works in a thread, so that a long solution is not taken for a process that hangs. Raises what it raised."""
        with ThreadPoolExecutor(1) as pool:
            working = pool.submit(work)
            while not working.done():
                self.progressed_at = time.monotonic()
                wait([working], timeout=1.0)
            working.result()

    def turn(self) -> None:
        """Whatever is due now."""
        self.compare_once()
        if self._due():
            self.learn_once()
        while not self._stopping.is_set() and self.quote_some():
            pass

    def learn_once(self) -> Learnt:
        """Learns and publishes, whatever the age of the newest list."""
        settings, now = self._settings, self._clock.now()
        begin = now - timedelta(days=settings.price_window_days)
        past, commitments = self._past(begin, now)
        with Session(self._engine) as session:
            before = self._in_force(session)
            shadow = self._shadow(session, paris_date(now))
        learnt = learn(past, replace(before, scale=shadow.price_scale), settings, lambda: _copy(commitments))
        with Session(self._engine) as session, session.begin():
            window = (past.first_day, paris_date(now))
            figures = learnt.figures | {"quoted": learnt.quoted}
            number = prices.publish(session, learnt.prices, learnt.verdict, figures, window=window, now=now)
            mirrors.forget_past(session, begin)
            prices.forget(session, now - timedelta(days=settings.journal_days))
        self._solved = learnt.solved
        log.info("prices.published", number=number, verdict=learnt.verdict.value, **learnt.figures)
        self.details = {"price_list": number, "verdict": learnt.verdict.value}
        _show(number, learnt)
        return learnt

    def quote_some(self) -> bool:
        """Quotes homes and posts that came since the list in force, and those whose announced end has moved; whether there
        are more. Lost, it is done again."""
        with Session(self._engine) as session:
            base = prices.newest(session)
            if base is None or base.verdict != Verdict.USED or not base.figures.get("quoted"):
                return False
            homes, posts = unquoted(session, self._in_force(session), QUOTES_AT_ONCE, self._quoted_until)
        if not homes and not posts:
            return False
        now = self._clock.now()
        solved, today = self._solved_past(base), paris_date(now)
        if solved is None:
            return False
        quotes = {home.id: solved.quote_home(home, today) for home in homes}
        quotes |= {post.id: solved.quote_post(post, today) for post in posts}
        with Session(self._engine) as session, session.begin():
            number = prices.publish_quotes(session, base, quotes, now)
        if number is None:
            return False
        ends = {home.id: home.available_until for home in homes} | {post.id: post.expires_at for post in posts}
        self._quoted_until |= {
            name: until for name, until in ends.items() if not lasts_as_announced(quotes[name], until)
        }
        self.details |= {"quotes": number}
        return True

    def compare_once(self) -> ComparedDay | None:
        """Compares the last whole day, once a day; where prices fall short, publishes what is left of them."""
        settings, now = self._settings, self._clock.now()
        today = paris_date(now)
        with Session(self._engine) as session:
            base = prices.newest(session)
            listed = self._in_force(session)
            days = prices.compared_days(session, 1)
            shadow = self._shadow(session, today)
        if base is None or listed.number == 0 or (days and days[-1].day >= today - timedelta(days=1)):
            return None
        past, commitments = self._past(now - timedelta(days=settings.price_shadow_days), now)
        if not past.households:
            return None
        day, after, verdict = compare(past, listed, shadow, settings, lambda: _copy(commitments))
        with Session(self._engine) as session, session.begin():
            prices.keep_compared(session, day, listed.number, verdict)
            if after.price_scale != shadow.price_scale:
                left = replace(listed, scale=listed.scale * after.price_scale / shadow.price_scale)
                state = Verdict.USED if left.scale > 0 else Verdict.FALLBACK
                window = (base.first_day, base.last_day)
                figures = {"lowered_from": listed.number, "quoted": base.figures.get("quoted", False)}
                prices.publish(session, left, state, figures, window=window, now=base.created_at)
        log.info("prices.compared", day=day.day.isoformat(), verdict=verdict.value, scale=after.price_scale)
        return day

    def _due(self) -> bool:
        with Session(self._engine) as session:
            newest = prices.newest(session)
        return newest is None or self._clock.now() - newest.created_at >= timedelta(hours=self._settings.price_hours)

    def _in_force(self, session: Session) -> PriceList:
        self._policy = prices.in_force(session, self._policy)
        return self._policy.prices

    def _shadow(self, session: Session, today: date) -> Shadow:
        days = prices.compared_days(session, 2 * self._rules.window_days + 2)
        return shadow_of(days, self._rules, today)

    def _past(self, begin: datetime, end: datetime) -> tuple[Past, Market]:
        """What was recorded between two moments, or a share of it, and a market with the commitments alone."""
        with Session(self._engine) as session, transaction_heard_of(session, _SPEAK_SECONDS):
            whole = recorded_past(session, self._market(session), begin, end)
            return share_of(whole, self._settings.price_most_households), self._market(session)

    def _solved_past(self, base: PriceListRow) -> SolvedPast | None:
        """The window that a list was learnt from. None where it cannot be solved: its list stays as it is."""
        if self._solved is None and self._unsolved != base.number:
            past, market = self._past(
                base.created_at - timedelta(days=self._settings.price_window_days), base.created_at
            )
            try:
                self._solved = SolvedPast(past, market, learn_prices(past, market), self._policy.parameters)
            except HindsightError as error:
                self._unsolved = base.number or 0
                log.warning("prices.unsolved", number=base.number, failure=str(error))
        return self._solved

    def _market(self, session: Session) -> Market:
        market = Market(geography(), occupations(), current())
        stock.load_commitments(session, market)
        return market


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
