"""Writing vacancies and offers: entity, then outbox, in one transaction. One path for a single PUT and for bulk chunks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic

import msgspec
from msgspec import Raw
from sqlmodel import Session

from services.ingest.adapters.duplicates import gone, keys_stated, settled
from services.ingest.adapters.kinds import OFFERS, VACANCIES, Kind, S
from services.ingest.adapters.passing_dates import advance_dates
from services.ingest.adapters.republication import republish
from services.ingest.adapters.saving import Stored, Work, save
from services.ingest.adapters.versions import as_event_time, encoded, lineage_of, opened, restate, tell, tell_others
from services.ingest.core.entities import Known, Outcome, content_digest, observation, on_put, on_withdrawal
from services.ingest.core.states import Dated, Horizon, digest_source, status_of
from shared.clock import paris_date
from shared.events import Channel
from shared.identity import Actor
from shared.sql.outbox import CHUNK

__all__ = [
    "OFFERS",
    "VACANCIES",
    "Applied",
    "Input",
    "Kind",
    "advance_dates",
    "put_many",
    "republish",
    "withdraw",
    "withdraw_many",
]


@dataclass(frozen=True)
class Input:
    """One publication: the caller's reference and content, and when it was observed (None: now).

    The last three say where it comes from: they travel with its event and stay with its row, and never decide anything.
    """

    reference: str
    content: Mapping[str, Any]
    observed_at: datetime | None = None
    channel: Channel = Channel.API
    licence: str | None = None
    fetched_at: datetime | None = None


@dataclass(frozen=True)
class Applied:
    """What became of one input."""

    reference: str
    id: str | None
    version: int
    outcome: Outcome


def put_many(
    session: Session,
    kind: Kind[S],
    actor: Actor,
    inputs: Sequence[Input],
    *,
    now: datetime,
    at: datetime,
    horizon: Horizon,
) -> list[Applied]:
    """Publishes inputs in the order given. `now` is business time, `at` technical time. The caller commits."""
    origins = keys_stated(item.content for item in inputs) if kind.may_be_twice else None
    work = opened(session, kind, actor.organisation, [item.reference for item in inputs], origins)
    put = _Put(work, kind, actor, now, at, paris_date(now), horizon)
    applied = [put(item) for item in inputs]
    tell_others(session, kind, work, at=at)
    save(session, kind.table, kind.topic, work)
    return applied


def withdraw(
    session: Session,
    kind: Kind[S],
    actor: Actor,
    reference: str,
    *,
    observed_at: datetime | None,
    reason: str | None,
    now: datetime,
    at: datetime,
    channel: Channel = Channel.API,
    erase: bool = False,
) -> Applied:
    """Withdraws one entity: an event without `after`, then a tombstone. The caller commits."""
    (applied,) = withdraw_many(
        session,
        kind,
        actor,
        [reference],
        observed_at=observed_at,
        reason=reason,
        now=now,
        at=at,
        channel=channel,
        erase=erase,
    )
    return applied


def withdraw_many(
    session: Session,
    kind: Kind[S],
    actor: Actor,
    references: Sequence[str],
    *,
    observed_at: datetime | None,
    reason: str | None,
    now: datetime,
    at: datetime,
    channel: Channel = Channel.API,
    licence: str | None = None,
    fetched_at: datetime | None = None,
    erase: bool = False,
) -> list[Applied]:
    """Withdraws up to 500 entities of one owner at one instant, in the order given. The caller commits.

    `erase` keeps of the withdrawn state only what order and identity need (reuse licence of France Travail, article 7: no
    withdrawn content is kept); the events lose it by compaction. Raises ValueError for more references than a chunk, and
    for `erase` on a kind that has no such rule.
    """
    if len(references) > CHUNK:
        raise ValueError(f"{len(references)} withdrawals in one transaction, at most {CHUNK}")
    if erase and kind.erased is None:
        raise ValueError(f"no rule says what stays of {kind.topic} that are erased")
    work = opened(session, kind, actor.organisation, references, set() if kind.may_be_twice else None)
    lineage = lineage_of(actor.organisation, channel, licence, fetched_at)
    applied = []
    for reference in references:
        row = work.rows.get(reference)
        known = _known(row)
        moment = observation(observed_at, now, known)
        outcome = on_withdrawal(known, moment)
        if row is not None and outcome is Outcome.WITHDRAWN:
            before: S = msgspec.json.decode(row.state, type=kind.state)
            row.version += 1
            row.observed_at, row.withdrawn_at, row.withdrawn_reason = moment, now, reason
            row.changed_at, row.changes_at, row.lineage = at, None, lineage
            if erase and kind.erased is not None:
                left = kind.erased(before)
                row.commune, row.status, row.state = left.commune, left.status.value, encoded(left)
                row.private = None
            work.touched[row.id] = row
            gone(work, row.id)
            tell(work, kind, row, encoded(before), None, lineage, at=at)
            work.tombstones.append(row.id)
        elif row is not None and outcome is Outcome.UNCHANGED and moment > row.observed_at:
            row.observed_at = moment  # gone at that later moment too: what was observed in between is late
            work.confirmed[row.id] = row
        applied.append(Applied(reference, row.id if row else None, row.version if row else 0, outcome))
    tell_others(session, kind, work, at=at)
    save(session, kind.table, kind.topic, work)
    return applied


def _known(row: Stored | None) -> Known | None:
    return None if row is None else Known(row.observed_at, row.digest, row.withdrawn_at is not None)


@dataclass(frozen=True, slots=True)
class _Put(Generic[S]):
    """Applies publications one after the other to the rows of one transaction."""

    work: Work
    kind: Kind[S]
    actor: Actor
    now: datetime
    at: datetime
    today: date
    horizon: Horizon

    def __call__(self, item: Input) -> Applied:
        row = self.work.rows.get(item.reference)
        known = _known(row)
        digest = content_digest(digest_source(item.content))
        moment = observation(item.observed_at, self.now, known)
        outcome = on_put(known, moment, digest)
        if row is None or outcome is Outcome.CREATED:
            row = self._create(item, moment, digest, row)
        elif outcome is Outcome.UPDATED or (outcome is Outcome.UNCHANGED and moment > row.observed_at):
            before = msgspec.json.decode(row.state, type=self.kind.state)
            dated, row.private = self._dated(item, row.id, moment)
            row.observed_at = row.confirmed_at = moment
            row.digest, row.confirmed_by = digest, self.actor.id
            if outcome is Outcome.UNCHANGED:  # a confirmation: an event only if it changes the status
                state = msgspec.structs.replace(dated.state, observed_at=before.observed_at)
                dated = Dated(state, dated.changes_at)
            if restate(self.work, self.kind, row, before, dated, self._lineage(item), at=self.at):
                outcome = Outcome.UPDATED
        return Applied(item.reference, row.id, row.version, outcome)

    def _create(self, item: Input, moment: datetime, digest: bytes, past: Stored | None) -> Stored:
        if past is not None:
            past.current = False
            if past.id not in self.work.inserted:
                self.work.retired.append(past.id)
        identifier = self.work.new_id(self.kind.prefix)
        dated, private = self._dated(item, identifier, moment)
        lineage = self._lineage(item)
        row = Stored(
            id=identifier,
            owner=self.actor.organisation,
            reference=item.reference,
            version=1,
            commune=dated.state.commune,
            status=status_of(dated.state),
            state=encoded(dated.state),
            digest=digest,
            observed_at=moment,
            confirmed_at=moment,
            changes_at=dated.changes_at,
            withdrawn_at=None,
            withdrawn_reason=None,
            lineage=lineage,
            private=private,
            confirmed_by=self.actor.id,
            changed_at=self.at,
        )
        self.work.rows[item.reference] = self.work.inserted[identifier] = row
        tell(self.work, self.kind, row, None, row.state, lineage, at=self.at)
        return row

    def _dated(self, item: Input, identifier: str, moment: datetime) -> tuple[Dated[S], Raw | None]:
        """The state on this day, and what of the content stays with its owner, encoded."""
        content: Mapping[str, Any] = item.content
        private: Raw | None = None
        kept = {name: content[name] for name in self.kind.private if name in content}
        if kept:
            content, private = {name: content[name] for name in content if name not in kept}, encoded(kept)
        state = self.kind.build(content, self.actor, identifier, item.reference, as_event_time(moment))
        dated = self.kind.dated(state, today=self.today, confirmed_at=moment, horizon=self.horizon)
        return settled(self.work, dated), private

    def _lineage(self, item: Input) -> Raw:
        return lineage_of(self.actor.organisation, item.channel, item.licence, item.fetched_at)
