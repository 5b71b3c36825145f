"""Writing the course of a run: opened, taken over by a repetition, chunk by chunk, finished or interrupted.

Everything here is called in the transaction of what it tells; the caller commits.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from services.ingest.adapters.run_models import RunChunkRow, RunRow
from services.ingest.core.fates import LineFate, held, pack
from shared.identity import Actor
from shared.ids import new_id

NOTHING_READ: Final = hashlib.sha256().digest()


class RunState(StrEnum):
    """Where a run stands."""

    RECEIVING = "receiving"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"  # what is written stays; the same file under the same key goes on
    REFUSED = "refused"  # cannot be read as it is, nothing is written: to be corrected and sent again

    def label(self, lang: str) -> str:
        """The word for people, in "fr" or "en"."""
        return _LABELS[self][1 if lang == "en" else 0]


_LABELS: Final = {
    RunState.RECEIVING: ("en cours", "being received"),
    RunState.FINISHED: ("terminé", "finished"),
    RunState.INTERRUPTED: ("interrompu", "interrupted"),
    RunState.REFUSED: ("refusé", "refused"),
}


@dataclass(frozen=True)
class Plan:
    """What a request asks of its file. A repetition under the same key asks the same."""

    kind: str
    full: bool
    form: str
    dry_run: bool
    stated_at: datetime | None
    lang: str

    @property
    def mode(self) -> str:
        return "full" if self.full else "changes"


class Overtaken(Exception):
    """A repetition of the same request has gone on with the run."""


def open_run(
    session: Session, actor: Actor, plan: Plan, key: str | None, *, known_before: int, now: datetime
) -> tuple[RunRow, bool]:
    """The run of this request, and whether it is new; under a known key the run that has it, whatever it asked."""
    made = {
        "id": new_id("run"),
        "owner": actor.organisation,
        "owner_name": actor.organisation_name,
        "sent_by": actor.id,
        "kind": plan.kind,
        "mode": plan.mode,
        "form": plan.form,
        "dry_run": plan.dry_run,
        "lang": plan.lang,
        "key": key,
        "attempt": 1,
        "state": RunState.RECEIVING.value,
        "stated": plan.stated_at is not None,
        "observed_at": plan.stated_at or now,
        "started_at": now,
        "updated_at": now,
        "chunks": 0,
        "digest": NOTHING_READ,
        "known_before": known_before,
        **dict.fromkeys(_COUNTS, 0),
    }
    inserted = session.execute(
        insert(RunRow)
        .values(made)
        .on_conflict_do_nothing(index_elements=["owner", "kind", "key"], index_where=col(RunRow.key).is_not(None))
        .returning(col(RunRow.id))
    ).scalar_one_or_none()
    query = select(RunRow)
    if inserted is not None:
        return session.exec(query.where(RunRow.id == inserted)).one(), True
    query = query.where(RunRow.owner == actor.organisation, RunRow.kind == plan.kind, RunRow.key == key)
    return session.exec(query).one(), False


def same_plan(run: RunRow, plan: Plan) -> bool:
    """Whether a request under the run's key asks what the first one asked."""
    stated_at = run.observed_at if run.stated else None
    return (run.mode, run.form, run.dry_run, stated_at) == (plan.mode, plan.form, plan.dry_run, plan.stated_at)


def locked(session: Session, identifier: str, attempt: int | None = None) -> RunRow:
    """The run, locked. Raises Overtaken where another request than `attempt` has it."""
    query = select(RunRow).where(RunRow.id == identifier).with_for_update().execution_options(populate_existing=True)
    run = session.exec(query).one_or_none()
    if run is None or (attempt is not None and run.attempt != attempt):
        raise Overtaken(identifier)
    return run


def take_over(session: Session, run: RunRow, *, now: datetime) -> int:
    """Makes the run the caller's, who has read its lines so far. Returns the attempt to go on with."""
    run.attempt += 1
    run.state = RunState.RECEIVING.value
    run.updated_at = now
    session.add(run)
    return run.attempt


def record(
    session: Session, run: RunRow, fates: Sequence[LineFate], *, digest: bytes | None, unreadable: int, now: datetime
) -> None:
    """Keeps the fates of a chunk. `digest` is of the lines so far, None for withdrawals, which are no lines."""
    session.add(RunChunkRow(run=run.id, number=run.chunks, held=held(fates), fates=pack(list(fates))))
    for fate, count in Counter(one.fate.value for one in fates).items():
        setattr(run, fate, getattr(run, fate) + count)
    run.chunks += 1
    run.unreadable += unreadable
    if digest is not None:
        run.digest = digest
        run.state = RunState.RECEIVING.value  # a slow sender may have been thought gone
    run.updated_at = now
    session.add(run)


def end(session: Session, run: RunRow, state: RunState, *, now: datetime) -> None:
    """Finished, interrupted or refused."""
    run.state = state.value
    run.updated_at = now
    run.finished_at = now if state is RunState.FINISHED else None
    session.add(run)


def keep_references(session: Session, run: str, said: Mapping[str, bytes | None] | Collection[str]) -> None:
    """Keeps that the file held these references; where the last content is given, it replaces the one before."""
    contents = said if isinstance(said, Mapping) else dict.fromkeys(said)
    if contents:
        session.execute(_KEEP_REFERENCES, {"run": run, "references": list(contents), "said": list(contents.values())})


def said_before(session: Session, run: str, references: Collection[str]) -> dict[str, bytes]:
    """The last content of each of these references that the run has met before."""
    rows = session.execute(_SAID_BEFORE, {"run": run, "references": list(references)})
    return {row.reference: bytes(row.said) for row in rows}


def forget_references(session: Session, run: str) -> None:
    """Removes what a run held, once nothing will be decided from it."""
    session.execute(text("DELETE FROM run_reference WHERE run = :run"), {"run": run})


def mark_abandoned(session: Session, *, now: datetime, after: timedelta) -> int:
    """Marks as interrupted the runs of which nothing was heard for that long: their process is gone."""
    found = session.execute(
        text("UPDATE run SET state = 'interrupted' WHERE state = 'receiving' AND updated_at < :before RETURNING id"),
        {"before": now - after},
    )
    return len(found.all())


def remove_old(session: Session, *, before: datetime, limit: int = 20) -> int:
    """Removes runs last written before that time, with all that is kept of them; those whose absent wait stay."""
    gone = list(
        session.execute(
            text(
                "SELECT id FROM run WHERE updated_at < :before AND NOT EXISTS (SELECT 1 FROM snapshot AS s"
                " WHERE s.run = run.id AND s.state IN ('quarantined', 'applying'))"
                " ORDER BY updated_at LIMIT :limit FOR UPDATE SKIP LOCKED"
            ),
            {"before": before, "limit": limit},
        ).scalars()
    )
    for table, column in (("run_reference", "run"), ("run_chunk", "run"), ("snapshot", "run"), ("run", "id")):
        session.execute(text(f"DELETE FROM {table} WHERE {column} = ANY(:gone)"), {"gone": gone})  # noqa: S608
    return len(gone)


_COUNTS: Final = (
    "created",
    "updated",
    "unchanged",
    "superseded",
    "rejected",
    "ignored",
    "withdrawn",
    "unreadable",
)
_KEEP_REFERENCES: Final = text(
    "INSERT INTO run_reference (run, reference, said)"
    " SELECT :run, r, s FROM unnest(CAST(:references AS text[]), CAST(:said AS bytea[])) AS t (r, s)"
    " ON CONFLICT (run, reference) DO UPDATE SET said = excluded.said WHERE excluded.said IS NOT NULL"
)
_SAID_BEFORE: Final = text(
    "SELECT reference, said FROM run_reference"
    " WHERE run = :run AND reference = ANY(CAST(:references AS text[])) AND said IS NOT NULL"
)
