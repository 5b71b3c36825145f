"""The second part of a walk: what is published and was not seen. Judged as a whole, then asked for one by one."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlmodel import Session

from services.ingest.adapters import feed_absences, feed_walks
from services.ingest.adapters.feed_absences import Absence
from services.ingest.adapters.feed_walks import WalkRow
from services.ingest.adapters.france_travail.client import FEED, Client
from services.ingest.adapters.france_travail.errors import Outage, SearchRefused, Unavailable
from services.ingest.core.disappearance import Assessment, Verdict, assess
from services.ingest.core.france_travail.absences import Coverage, Fate, coverage, fate_of_a_shown_offer
from services.ingest.core.france_travail.freshness import Ending
from services.ingest.core.france_travail.offers import Accepted, read_offer
from services.ingest.feeds.france_travail.desk import Desk
from services.ingest.feeds.france_travail.leaves import LeafReader, together
from shared import telemetry
from shared.clock import utc_now

if TYPE_CHECKING:
    from services.ingest.feeds.france_travail.walk import Rules

log = telemetry.logger(__name__)
BATCH: Final = 200


@dataclass(frozen=True)
class Answer:
    """What an offer's own address says: `raw` None is gone; `answered` False is no answer at all."""

    absence: Absence
    answered: bool
    raw: dict[str, Any] | None
    fetched_at: datetime


class AbsencePhase:
    """Opens and works through the absences of one walk; each batch is one transaction."""

    def __init__(
        self, desk: Desk, client: Client, reader: LeafReader, rules: "Rules", tick: Callable[..., None]
    ) -> None:
        self._desk = desk
        self._client = client
        self._reader = reader
        self._rules = rules
        self._tick = tick

    def open(self, walk: WalkRow) -> None:
        """Finds the absent offers and decides whether they may be looked at: nothing announced, or too many gone, stops."""
        with Session(self._desk.engine) as session:
            covered, unreached = self._coverage(session, walk.id)
            announced, seen = feed_walks.totals(session, walk.id)
            facts = {"announced": announced, "seen": seen, "unreached": unreached, "complete": covered.complete}
            feed_walks.set_fields(session, walk.id, **facts)
            if announced == 0 and covered.complete and feed_absences.holds_offers(session, walk.owner):
                log.error("feed.suspicious_zero", feed=FEED, walk=walk.id)
                feed_walks.set_fields(session, walk.id, ending=Ending.ZERO, finished_at=utc_now())
                session.commit()
                return
            live, absent = feed_absences.find(session, walk.id, walk.owner)
            left = feed_absences.leave_unread(session, walk.id, covered.failed)
            feed_walks.count(session, walk.id, {"left_alone": left})
            judged = self._judge(walk, live, absent - left)
            held = judged.verdict is Verdict.QUARANTINE
            if held:
                log.error("feed.held", feed=FEED, walk=walk.id, known=judged.known, absent=judged.absent)
            feed_walks.set_fields(
                session,
                walk.id,
                known=judged.known,
                absent=absent,
                ending=Ending.HELD if held else Ending.ABSENCES,
                finished_at=utc_now() if held else None,
            )
            session.commit()

    def _judge(self, walk: WalkRow, live: int, absent: int) -> Assessment:
        """The guard on what was published before this walk."""
        return assess(self._rules.guard, known=max(absent, live - walk.created), absent=absent)

    async def work(self, walk: WalkRow) -> None:
        """Asks for each absent offer, settles it, ends the walk. Raises Outage, CredentialsRefused."""
        covered = await asyncio.to_thread(self._read_coverage, walk.id)
        asked = 0
        while batch := await asyncio.to_thread(self._undecided, walk.id):
            self._tick(Ending.ABSENCES, asked, walk.absent)
            if asked >= self._rules.confirmations:
                await asyncio.to_thread(self._leave_the_rest, walk.id)
                break
            answers = await together([self._asking(absence) for absence in batch], self._rules.concurrency)
            await asyncio.to_thread(self._settle, walk, covered, answers)
            asked += len(batch)
        await asyncio.to_thread(self._end, walk)

    def _asking(self, absence: Absence) -> "Callable[[], Any]":
        async def ask() -> Answer:
            try:
                raw = await self._client.offer(absence.reference)
            except Outage:
                raise
            except (Unavailable, SearchRefused) as error:
                log.warning("feed.absent_offer_unanswered", feed=FEED, error=str(error))
                return Answer(absence, False, None, utc_now())
            return Answer(absence, True, raw, utc_now())

        return ask

    def _settle(self, walk: WalkRow, covered: Coverage, answers: Sequence[Answer]) -> None:
        with Session(self._desk.engine) as session:
            shown = [one for one in answers if one.answered and one.raw is not None]
            before = feed_absences.absences_in_a_row(session, FEED, walk.id, [one.absence.reference for one in shown])
            fates: list[tuple[str, Fate, bool]] = []
            kept: list[tuple[Accepted, datetime]] = []
            for one in answers:
                reference, counts = one.absence.reference, covered.counts(one.absence.created_at)
                if not one.answered:
                    fate = Fate.LEFT
                elif one.raw is None:
                    fate = Fate.GONE
                else:
                    fate = fate_of_a_shown_offer(
                        counts=counts, absences_before=before[reference], absent_walks=self._rules.absent_walks
                    )
                    found = read_offer(one.raw, self._reader.referential)
                    if fate is Fate.KEPT and isinstance(found, Accepted) and found.reference == reference:
                        kept.append((found, one.fetched_at))
                fates.append((reference, fate, counts))
            out = [reference for reference, fate, _ in fates if fate in (Fate.GONE, Fate.WITHDRAWN)]
            counts_by_end = self._desk.publish(session, kept) if kept else Counter[str]()
            if out:
                self._desk.withdraw(session, out)
            feed_absences.decide(session, walk.id, fates)
            ends = Counter(fate for _, fate, _ in fates)
            for fate, name in _COUNTED.items():
                counts_by_end[name] += ends[fate]
            feed_walks.count(session, walk.id, counts_by_end)
            session.commit()

    def _end(self, walk: WalkRow) -> None:
        at = utc_now()
        with Session(self._desk.engine) as session:
            feed_walks.set_fields(session, walk.id, ending=Ending.DONE, finished_at=at)
            feed_walks.tidy(session, FEED, walk.id)
            session.commit()
        telemetry.FEED_WALK_SECONDS.labels(FEED).set((at - walk.started_at).total_seconds())

    def _coverage(self, session: Session, walk: int) -> tuple[Coverage, int]:
        leaves, lacking, unreached = feed_walks.readings(session, walk)
        return coverage(leaves, lacking), unreached

    def _read_coverage(self, walk: int) -> Coverage:
        with Session(self._desk.engine) as session:
            return self._coverage(session, walk)[0]

    def _undecided(self, walk: int) -> list[Absence]:
        with Session(self._desk.engine) as session:
            return feed_absences.undecided(session, walk, limit=BATCH)

    def _leave_the_rest(self, walk: int) -> None:
        with Session(self._desk.engine) as session:
            left = feed_absences.leave_undecided(session, walk)
            feed_walks.count(session, walk, {"left_alone": left})
            session.commit()
        log.warning("feed.confirmations_used_up", feed=FEED, walk=walk, left=left)


_COUNTED: Final = {Fate.GONE: "gone", Fate.WITHDRAWN: "withdrawn", Fate.KEPT: "kept", Fate.LEFT: "left_alone"}
