"""What full lists decide about the absent, and the withdrawals that follow, in SQL: the list is never held in memory.

Absent is what its owner has published, observed no later than the list, and not among the references that the list held.
It is found again each time: what was published anew after the list began is never withdrawn by it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from services.ingest.adapters.kinds import Kind
from services.ingest.adapters.registry import withdraw_many
from services.ingest.adapters.run_models import RunRow, SnapshotRow
from services.ingest.adapters.runs import forget_references, locked, record
from services.ingest.core.disappearance import Assessment, Cause, Guard, Verdict, assess
from services.ingest.core.entities import Outcome
from services.ingest.core.fates import Fate, LineFate
from services.ingest.core.full_lists import SnapshotState, first_state
from shared import topics
from shared.events import Channel
from shared.identity import Actor, Role
from shared.ids import new_id
from shared.sql.outbox import CHUNK
from shared.withdrawals import OfferWithdrawal, VacancyWithdrawal


@dataclass(frozen=True)
class Absence:
    """What a list lacks: `absent` of `known` live entities; `to_withdraw` also counts those expired by themselves."""

    known: int
    absent: int
    to_withdraw: int


def live(session: Session, kind: Kind[Any], owner: str, *, observed_by: datetime) -> int:
    """How much of an owner's, observed by then, is published and has not expired by itself."""
    row = kind.row
    own = (col(row.owner) == owner, col(row.current), col(row.observed_at) <= observed_by)
    published = (col(row.withdrawn_at).is_(None), col(row.status) != "expired")
    return int(session.execute(select(func.count()).select_from(row).where(*own, *published)).scalar_one())


def absence(session: Session, kind: Kind[Any], run: RunRow) -> Absence:
    """Counts what the list of a run lacks. What it made new itself is not known, however much that is."""
    found = session.execute(
        text(
            f"SELECT count(*) FILTER (WHERE status <> 'expired') AS absent, count(*) AS to_withdraw"  # noqa: S608
            f" FROM {kind.table} AS e"
            " WHERE e.owner = :owner AND e.current AND e.withdrawn_at IS NULL AND e.observed_at <= :observed_at"
            " AND NOT EXISTS (SELECT 1 FROM run_reference AS r WHERE r.run = :run AND r.reference = e.reference)"
        ),
        {"run": run.id, "owner": run.owner, "observed_at": run.observed_at},
    ).one()
    return Absence(max(run.known_before, found.absent), found.absent, found.to_withdraw)


def decide(session: Session, kind: Kind[Any], run: RunRow, guard: Guard, *, now: datetime) -> SnapshotRow:
    """Decides at the end of a full list; a dry run only says what would be decided. The caller commits."""
    session.execute(_LOCK, {"name": f"{run.owner} {run.kind}"})
    seen = absence(session, kind, run)
    found = assess(guard, known=seen.known, absent=seen.absent, unreadable=run.unreadable)
    if run.dry_run:
        state = SnapshotState.TRIED
    else:
        newer_known = _replace_older(session, run, now=now)
        state = first_state(found, newer_known=newer_known, to_withdraw=seen.to_withdraw)
    row = SnapshotRow(
        id=new_id("snap"),
        run=run.id,
        owner=run.owner,
        owner_name=run.owner_name,
        kind=run.kind,
        state=state.value,
        observed_at=run.observed_at,
        made_at=now,
        updated_at=now,
        cause=found.cause.value,
        known=found.known,
        absent=found.absent,
        unreadable=found.unreadable,
        max_percent=guard.max_percent,
        minimum=guard.minimum,
    )
    if state not in {SnapshotState.QUARANTINED, SnapshotState.APPLYING}:
        forget_references(session, run.id)
    session.add(row)
    return row


def _replace_older(session: Session, run: RunRow, *, now: datetime) -> bool:
    """Ends the older lists that still wait or withdraw. Returns whether a newer one is known."""
    others = select(SnapshotRow).where(
        SnapshotRow.owner == run.owner, SnapshotRow.kind == run.kind, SnapshotRow.state != SnapshotState.TRIED
    )
    for older in session.exec(
        others.where(
            col(SnapshotRow.observed_at) <= run.observed_at,
            col(SnapshotRow.state).in_([SnapshotState.QUARANTINED, SnapshotState.APPLYING]),
        ).with_for_update()
    ):
        _move(session, older, SnapshotState.REPLACED, now=now)
        forget_references(session, older.run)
    return session.exec(others.where(col(SnapshotRow.observed_at) > run.observed_at).limit(1)).first() is not None


def assessment_of(row: SnapshotRow) -> Assessment:
    """The decision as it was made, for its words."""
    verdict = {
        Cause.UNREADABLE_REFERENCES: Verdict.BLOCKED,
        Cause.EVERYTHING_ABSENT: Verdict.QUARANTINE,
        Cause.TOO_MANY_ABSENT: Verdict.QUARANTINE,
    }.get(Cause(row.cause), Verdict.PROCEED)
    guard = Guard(row.max_percent, row.minimum)
    return Assessment(verdict, Cause(row.cause), row.known, row.absent, row.unreadable, guard)


def snapshot_of(session: Session, identifier: str, owner: str | None, *, lock: bool = False) -> SnapshotRow | None:
    """A snapshot, of that owner only (None: of anyone)."""
    query = select(SnapshotRow).where(SnapshotRow.id == identifier).execution_options(populate_existing=True)
    if owner is not None:
        query = query.where(SnapshotRow.owner == owner)
    return session.exec(query.with_for_update() if lock else query).one_or_none()


def snapshot_of_run(session: Session, run: str) -> SnapshotRow | None:
    """What the full list of a run decided; None before its end."""
    return session.exec(select(SnapshotRow).where(SnapshotRow.run == run)).one_or_none()


def snapshots_of(
    session: Session, owner: str | None, *, kind: str | None, state: str | None, before: str | None, limit: int
) -> list[SnapshotRow]:
    """Snapshots, newest first, of one owner or (None) of all."""
    query = select(SnapshotRow).order_by(col(SnapshotRow.id).desc()).limit(limit)
    if owner is not None:
        query = query.where(SnapshotRow.owner == owner)
    if kind is not None:
        query = query.where(SnapshotRow.kind == kind)
    query = query.where(SnapshotRow.state == state if state is not None else SnapshotRow.state != SnapshotState.TRIED)
    if before is not None:
        query = query.where(col(SnapshotRow.id) < before)
    return list(session.exec(query))


def settle(session: Session, row: SnapshotRow, state: SnapshotState, *, by: str, now: datetime) -> None:
    """A person's decision on a snapshot that waits. The caller has locked it and commits."""
    row.decided_at, row.decided_by = now, by
    _move(session, row, state, now=now)
    if state is SnapshotState.REJECTED:
        forget_references(session, row.run)


def absent_references(
    session: Session, kind: Kind[Any], row: SnapshotRow, *, after: str = "", limit: int = CHUNK
) -> list[str]:
    """References that would be withdrawn (now), in their order, beyond `after`."""
    return list(
        session.execute(
            text(
                f"SELECT e.reference FROM {kind.table} AS e"  # noqa: S608
                " WHERE e.owner = :owner AND e.current AND e.withdrawn_at IS NULL AND e.observed_at <= :observed_at"
                ' AND e.reference COLLATE "C" > :after AND NOT EXISTS (SELECT 1 FROM run_reference AS r'
                " WHERE r.run = :run AND r.reference = e.reference)"
                ' ORDER BY e.reference COLLATE "C" LIMIT :limit'
            ),
            {"owner": row.owner, "observed_at": row.observed_at, "after": after, "run": row.run, "limit": limit},
        ).scalars()
    )


def withdraw_some(
    session: Session, kind: Kind[Any], identifier: str, *, after: str, now: datetime, at: datetime
) -> str | None:
    """Withdraws the next chunk of absent beyond `after`, and keeps their fates with the run. The caller commits.

    Returns the last reference looked at, None when nothing is left or the snapshot is no longer being applied.
    """
    row = snapshot_of(session, identifier, None, lock=True)
    if row is None or row.state != SnapshotState.APPLYING:
        return None
    references = absent_references(session, kind, row, after=after)
    if not references:
        _move(session, row, SnapshotState.APPLIED, now=now)
        forget_references(session, row.run)
        return None
    applied = withdraw_many(
        session,
        kind,
        Actor(row.run, row.owner, row.owner_name, _PUBLISHER[row.kind]),
        references,
        observed_at=row.observed_at,
        reason=_REASON[row.kind].value,
        now=now,
        at=at,
        channel=Channel.BULK,
    )
    gone = [
        LineFate(None, Fate.WITHDRAWN, one.reference, one.id, one.version)
        for one in applied
        if one.outcome is Outcome.WITHDRAWN
    ]
    if gone:
        record(session, locked(session, row.run), gone, digest=None, unreadable=0, now=now)
    row.withdrawn += len(gone)
    row.updated_at = now
    session.add(row)
    return references[-1]


def waiting(session: Session) -> int:
    """Snapshots whose withdrawals wait for a person."""
    return int(session.execute(text("SELECT count(*) FROM snapshot WHERE state = 'quarantined'")).scalar_one())


def being_applied(session: Session, *, untouched_since: datetime) -> list[SnapshotRow]:
    """Snapshots whose withdrawals were left half written by a process that is gone."""
    query = select(SnapshotRow).where(
        SnapshotRow.state == SnapshotState.APPLYING, col(SnapshotRow.updated_at) < untouched_since
    )
    return list(session.exec(query))


def _move(session: Session, row: SnapshotRow, state: SnapshotState, *, now: datetime) -> None:
    row.state = state.value
    row.updated_at = now
    session.add(row)


_PUBLISHER: Final = {topics.VACANCIES: Role.LANDLORD, topics.OFFERS: Role.FEED}
_REASON: Final = {topics.VACANCIES: VacancyWithdrawal.ABSENT, topics.OFFERS: OfferWithdrawal.ABSENT}
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 3))")
