"""Writing what a walk reads: offers published or withdrawn in chunks, each one transaction, as any feed's are."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import Session

from services.ingest.adapters import feed_walks
from services.ingest.adapters.france_travail.client import FEED
from services.ingest.adapters.registry import OFFERS, Input, put_many, withdraw_many
from services.ingest.core.entities import Outcome
from services.ingest.core.france_travail.offers import LICENCE, Accepted
from services.ingest.core.states import Horizon
from services.ingest.feeds.france_travail.leaves import Leaf
from shared import telemetry
from shared.clock import utc_now
from shared.events import Channel
from shared.identity import Actor
from shared.sql.outbox import CHUNK

WITHDRAWN_REASON = "gone_at_source"
_COUNTED = {Outcome.CREATED: "created", Outcome.UPDATED: "updated", Outcome.UNCHANGED: "unchanged"}


@dataclass(frozen=True)
class Desk:
    """Where and as whom a walk writes. `now` is business time."""

    engine: Engine
    actor: Actor
    now: Callable[[], datetime]
    horizon: Horizon

    def store(self, walk: int, number: int, leaf: Leaf) -> None:
        """Publishes a shard's offers, and says in the last transaction that the shard is read.

        Killed in between, the shard is read again; what is published already is then unchanged.
        """
        offers = list(leaf.accepted.values())
        chunks = [offers[first : first + CHUNK] for first in range(0, len(offers), CHUNK)]
        for chunk in chunks[:-1]:
            with Session(self.engine) as session:
                feed_walks.count(session, walk, self.publish(session, chunk))
                session.commit()
        with Session(self.engine) as session:
            counts = self.publish(session, chunks[-1]) if chunks else Counter[str]()
            unread = list(leaf.quarantined.values())
            counts["quarantined"] += len(unread) + leaf.unnamed
            feed_walks.quarantine(session, FEED, walk, unread, list(leaf.accepted), at=utc_now())
            feed_walks.read(session, walk, number, leaf.reading, total=leaf.total, seen=leaf.seen, counts=counts)
            session.commit()
        telemetry.FEED_OFFERS.labels(FEED, "quarantined").inc(len(leaf.quarantined) + leaf.unnamed)

    def publish(self, session: Session, offers: Sequence[tuple[Accepted, datetime]]) -> Counter[str]:
        """Puts up to 500 offers in the session's transaction; returns counts by what became of them."""
        inputs = [
            Input(
                offer.reference,
                offer.content,
                channel=Channel.FRANCE_TRAVAIL,
                licence=LICENCE,
                fetched_at=fetched_at,
            )
            for offer, fetched_at in offers
        ]
        applied = put_many(session, OFFERS, self.actor, inputs, now=self.now(), at=utc_now(), horizon=self.horizon)
        counts = Counter(_COUNTED[one.outcome] for one in applied if one.outcome in _COUNTED)
        for end, amount in counts.items():
            telemetry.FEED_OFFERS.labels(FEED, end).inc(amount)
        return counts

    def withdraw(self, session: Session, references: Sequence[str]) -> int:
        """Withdraws up to 500 offers and erases their content (licence, article 7). Returns how many were published."""
        applied = withdraw_many(
            session,
            OFFERS,
            self.actor,
            references,
            observed_at=None,
            reason=WITHDRAWN_REASON,
            now=self.now(),
            at=utc_now(),
            channel=Channel.FRANCE_TRAVAIL,
            licence=LICENCE,
            fetched_at=utc_now(),
            erase=True,
        )
        withdrawn = sum(one.outcome is Outcome.WITHDRAWN for one in applied)
        telemetry.FEED_OFFERS.labels(FEED, "withdrawn").inc(withdrawn)
        return withdrawn
