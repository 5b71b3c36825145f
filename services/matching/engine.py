"""The engine: mirrors the topics, looks again at what changed, proposes, and lets the clock release what is past due.

The consumer's transaction keeps mirror, releases, consumed positions and the changes to look at. A decision's transaction
keeps journal, placements, reservations, leads and outbox, and removes those changes: killed anywhere, nothing is lost and
nothing is done twice. Each transaction checks the fencing epoch. The market in memory only ever follows what is committed;
after any failure it is dropped and read again.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from typing import Final

from sqlalchemy import Connection, Engine
from sqlmodel import Session, col, select

from services.matching.adapters import changes, decision_record, held_homes, mirrors, prices, shortlists
from services.matching.adapters.changes import Change
from services.matching.adapters.decision_record import DecisionRecord, Given
from services.matching.adapters.due import Due, due
from services.matching.adapters.live_market import LiveMarket, followed, inputs_of
from services.matching.adapters.locking import lock, lock_for
from services.matching.adapters.models import PlacementRow
from services.matching.adapters.placements import ENGINE, Act, Moment, carry_out, programme_of, state_of
from services.matching.adapters.proposing import Conflict, Terms, propose, publish_new
from services.matching.adapters.relocating import relocate
from services.matching.adapters.verification import Answer, Verifier
from services.matching.adapters.verifying import due_for_verification, settle
from services.matching.adapters.withdrawals import apply_batch
from services.matching.core.holding import why_held
from services.matching.core.market import Market
from services.matching.core.placement import Expire, Transition, decide
from services.matching.core.policy import Held, LawfulRanking, Proposal, in_lawful_order
from services.matching.core.sentences import option_sentences
from services.matching.settings import MatchingSettings
from shared.clock import PARIS, BusinessClock, paris_date, utc_now
from shared.events import Step
from shared.garbage import drop_what_was_kept, keep_for_good
from shared.sql.driver import transaction_heard_of
from shared.streams.consumer import TRANSIENT, Record
from shared.telemetry import ENGINE_CONFLICTS, ENGINE_PRICE_LIST, ENGINE_PROPOSALS, ENGINE_TICK_SECONDS, logger

CHANGES_A_TICK: Final = 500
SWEPT_A_TICK: Final = 25
SWEPT_BESIDE: Final = 5
RELEASED_A_TURN: Final = 50
JOURNAL_HOURLY: Final = 3600.0
RETRIES: Final = 3

log = logger(__name__)


@dataclass(frozen=True)
class Wiring:
    """What the engine works with."""

    engine: Engine
    clock: BusinessClock
    policy: LawfulRanking
    verifier: Verifier
    settings: MatchingSettings


class MatchingEngine:
    """Handler and idle work of the consumer `matching.engine`; one thread."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._epoch: int | None = None
        self._market: LiveMarket | None = None
        self._record: DecisionRecord | None = None  # goes with the market
        self._policy = wiring.policy.with_hold_days(wiring.settings.hold_days)
        self._woken: frozenset[str] = frozenset()  # homes looked at again because they have waited long enough
        self._to_sweep: list[str] = []
        self._swept_on: date | None = None
        self._conflicts: dict[str, int] = {}
        self._journal_cleaned_at = time.monotonic() - JOURNAL_HOURLY

    def handle(self, connection: Connection, records: list[Record]) -> None:
        """Mirrors a batch, releases what it withdraws, and keeps what is to be looked at."""
        with Session(connection) as session:
            self._check_fence(session)
            batch = mirrors.read(records)
            apply_batch(session, batch, self._moment())
            loaded = self._market.concerned(batch) if self._market else []
            changes.add(session, loaded)
            session.flush()

    def idle(self) -> bool:
        """One turn of everything else. Returns whether something was done."""
        try:
            # The next of a shortlist comes before a search that could give its home to others.
            waiting = due(self._wiring.engine, now=self._wiring.clock.now(), at=utc_now())
            return any(
                [
                    waiting.promotion and self._promote_one(),
                    self._tick(waiting),
                    waiting.release and self._release_past_due(),
                    waiting.verification and self._verify_one(),
                    self._clean_journal(),
                ]
            )
        except TRANSIENT as error:
            log.warning("engine.retry", error=type(error).__name__)
            self._market = None
            return False
        except Exception:
            self._market = None
            raise

    def _moment(self) -> Moment:
        return Moment(self._wiring.clock.now(), timedelta(days=self._wiring.settings.cooling_days))

    def _check_fence(self, session: Session) -> None:
        changes.check_fence(session, self._in_charge())

    def _in_charge(self) -> int:
        if self._epoch is None:
            with Session(self._wiring.engine) as own, own.begin():
                self._epoch = changes.take_over(own)
            log.info("engine.in_charge", epoch=self._epoch)
        return self._epoch

    def _tick(self, waiting: Due) -> bool:
        started = time.perf_counter()
        moment = self._moment()
        today = paris_date(moment.now)
        at_rest = self._market is not None and self._swept_on == today and not self._to_sweep
        if at_rest and not waiting.changes and waiting.not_to_hold == self._woken:
            return False
        with Session(self._wiring.engine) as session, session.begin():
            if self._market is None:
                self._in_charge()  # first: what the one before decided meanwhile would be missing from this memory
                drop_what_was_kept()
                relocate(session)
                cap = self._wiring.settings.open_proposals_per_caseworker
                self._market = LiveMarket.read(session, today=today, now=moment.now, cap=cap)
                self._record = DecisionRecord.read(session, self._market.market)
                keep_for_good()
                self._swept_on = None
            if self._swept_on != today:
                # Dates alone change what is possible: once a day every household without a placement is looked at.
                market, seed = self._market.market, self._wiring.settings.engine_seed
                self._to_sweep = list(in_lawful_order(market, market.without_placement(), seed))
                self._swept_on = today
            found = changes.oldest(session, CHANGES_A_TICK)
            known = self._market.market.households
            sweep = SWEPT_BESIDE if found else SWEPT_A_TICK  # what has just changed does not wait for the others
            swept = [Change(changes.HOUSEHOLD, name, "sweep") for name in self._to_sweep[:sweep] if name in known]
            waited = self._no_longer_held(waiting.not_to_hold)
            if not found and not self._to_sweep and not waited:
                return False
            tick = changes.next_tick(session, self._in_charge())
            taken = [*found, *swept, *waited]
            self._market.follow(session, taken, today=today, now=moment.now)
            seed = self._wiring.settings.engine_seed + tick
            self._policy = self._with_prices(session, found, waiting)
            ENGINE_PRICE_LIST.set(self._policy.price_number)
            price_version = self._policy.price_number
            journaled = [*taken, *followed(self._market, taken)]
            changes.journal(session, tick, journaled, price_version=price_version, seed=seed, at=moment.now)
            changes.forget_households(session, found)
            cap = self._wiring.settings.open_proposals_per_caseworker
            given = Given(tick, moment.now, today, seed, cap, price_version)
            made = self._propose(session, self._market, taken, given, moment)
        self._to_sweep = self._to_sweep[sweep:]
        ENGINE_TICK_SECONDS.observe(time.perf_counter() - started)
        ENGINE_PROPOSALS.inc(made)
        return True

    def _with_prices(self, session: Session, found: Sequence[Change], waiting: Due) -> LawfulRanking:
        if any(one.source == changes.PRICES for one in found):
            # Homes to judge by a list that may be newer than the answer to what is due.
            return prices.in_force(session, self._policy)
        return prices.taken_up(session, self._policy, waiting.prices)

    def _no_longer_held(self, not_to_hold: frozenset[str]) -> list[Change]:
        """Homes that have waited long enough, each once: from now on prices may not refuse them."""
        assert self._market is not None  # noqa: S101 - read just before
        market = self._market.market
        market.not_to_hold = not_to_hold
        woken = sorted(name for name in not_to_hold - self._woken if name in market.homes)
        self._woken = not_to_hold
        return [Change(changes.VACANCY, name, "sweep") for name in woken]

    def _propose(
        self, session: Session, live: LiveMarket, taken: Sequence[Change], given: Given, moment: Moment
    ) -> int:
        assert self._record is not None  # noqa: S101 - read with the market
        market, today = live.market, given.day
        seen = self._record.seen()
        decided: list[Proposal | Held] = []
        inputs = inputs_of(live, taken)
        with transaction_heard_of(session, changes.FROZEN_SECONDS / 4):  # thinking may take long: nothing is wrong then
            for one in self._policy.proposals(market, inputs, today=today, seed=given.seed, cap=given.cap):
                if isinstance(one, Proposal):
                    live.expect(one, today)
                decided.append(one)
        self._record.keep(session, given, seen, decided)
        for erased in (change.key for change in taken if change.kind == changes.ERASURE):
            decision_record.forget_household(session, erased)
            decision_record.forgotten(session, given.tick)
        planned = [one for one in decided if isinstance(one, Proposal)]
        held = [one for one in decided if isinstance(one, Held)]
        # All rows of all proposals, kind by kind: one after the other would cross the order of other transactions.
        lock_for(session, planned, (live.commitment_of(proposal) for proposal in planned))
        made: list[PlacementRow] = []
        for proposal in planned:
            live.no_longer_expect(proposal)
            household, option = proposal.household, proposal.option
            terms = Terms(
                programme=market.programmes[household.programme],
                commitment=live.commitment_of(proposal),
                sentences=option_sentences(household, option, market.geography, market.occupations),
                cap=given.cap,
                act=Act("propose", ENGINE),
                tick=given.tick,
            )
            placed = propose(session, proposal, terms, moment)
            if isinstance(placed, Conflict):
                self._after_conflict(session, live, proposal, placed, moment)
            else:
                made.append(placed)
                self._conflicts.pop(household.id, None)
                live.placed(placed)
        if made:
            publish_new(session, made)
            held_homes.let_go(session, (row.vacancy for row in made))
        self._hold(session, market, held, moment)
        live.refresh_leads(session, planned)
        return len(made)

    def _hold(self, session: Session, market: Market, held: Sequence[Held], moment: Moment) -> None:
        """Says that homes wait, why, and until when at the latest."""
        if not held:
            return
        known = held_homes.waiting_already(session, (one.home.id for one in held))
        waits = []
        for one in held:
            home = one.home
            if home.id in known:
                continue
            until = moment.now + timedelta(days=one.days)
            if home.available_until is not None:
                expiring = timedelta(days=self._policy.guards.expiring_days)
                ends = datetime.combine(home.available_until, time_of_day(), PARIS) - expiring
                until = max(moment.now, min(until, ends))
            rarity = why_held(home, market.homes_in(home.territory), one.reason)
            waits.append(held_homes.Waits(home.id, rarity, until))
        held_homes.hold(session, waits, moment.now)

    def _after_conflict(
        self, session: Session, live: LiveMarket, proposal: Proposal, conflict: Conflict, moment: Moment
    ) -> None:
        """Something else came first: read again what this was about, and look at the household once more, not for ever."""
        ENGINE_CONFLICTS.labels(conflict.value).inc()
        household = proposal.household.id
        live.read_again(session)
        about = [
            Change(changes.VACANCY, proposal.option.home.id),
            Change(changes.HOUSEHOLD, household),
        ]
        live.follow(session, about, today=paris_date(moment.now), now=moment.now)
        self._conflicts[household] = self._conflicts.get(household, 0) + 1
        if self._conflicts[household] <= RETRIES:
            changes.add(session, [Change(changes.HOUSEHOLD, household, "conflict")])
        else:
            log.warning("engine.conflicts", conflict=conflict.value, times=self._conflicts.pop(household))

    def _release_past_due(self) -> bool:
        moment = self._moment()
        with Session(self._wiring.engine) as session, session.begin():
            past = session.exec(
                select(PlacementRow.id)
                .where(
                    col(PlacementRow.step).in_([Step.PROPOSED.value, Step.APPROVED.value]),
                    col(PlacementRow.due_at) <= moment.now,
                )
                .order_by(col(PlacementRow.due_at))
                .limit(RELEASED_A_TURN)
            ).all()
            if not past:
                return False
            self._check_fence(session)
            for row in lock(session, past):
                transition = decide(state_of(row), Expire(), programme_of(row), moment.now)
                if isinstance(transition, Transition):
                    carry_out(session, row, transition, Act("expire", ENGINE), moment)
        return True

    def _verify_one(self) -> bool:
        """Asks again for one placement whose verification had no answer."""
        with Session(self._wiring.engine) as session:
            waiting = due_for_verification(session, utc_now())
        if waiting is None:
            return False
        answer = self._wiring.verifier.ask(waiting.vacancy, waiting.offer)
        with Session(self._wiring.engine) as session, session.begin():
            self._check_fence(session)
            settle(session, waiting.id, waiting.version, answer, Act("verify", ENGINE), self._moment())
        return answer is not Answer.UNKNOWN

    def _promote_one(self) -> bool:
        """Proposes a home to the next of its shortlist, where the proposal before has ended."""
        with Session(self._wiring.engine) as session, session.begin():
            row = shortlists.due(session)
            if row is None:
                return False
            self._check_fence(session)
            seed = self._wiring.settings.engine_seed
            shortlists.propose_next(session, row, act=Act("promote", ENGINE), moment=self._moment(), seed=seed)
        return True

    def _clean_journal(self) -> bool:
        if time.monotonic() - self._journal_cleaned_at < JOURNAL_HOURLY:
            return False
        with Session(self._wiring.engine) as session, session.begin():
            self._check_fence(session)
            settings = self._wiring.settings
            before = self._wiring.clock.now() - timedelta(days=settings.journal_days)
            changes.forget_journal(session, before)
            decision_record.forget_before(session, self._wiring.clock.now() - timedelta(days=settings.replay_days))
        self._journal_cleaned_at = time.monotonic()
        return False
