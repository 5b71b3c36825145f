"""Reading runs: those of an organisation, their fates page by page, their first errors."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlmodel import Session, col, select

from services.ingest.adapters.run_models import RunRow
from services.ingest.core.fates import Fate, LineFate, unpack

_CHUNKS_A_READ: Final = 20


@dataclass(frozen=True)
class Place:
    """Where a reader of fates stands: the chunk, and how many of its fates are behind."""

    chunk: int = 0
    behind: int = 0


def run_of(session: Session, identifier: str, owner: str | None) -> RunRow | None:
    """A run, of that owner only (None: of anyone)."""
    query = select(RunRow).where(RunRow.id == identifier)
    return session.exec(query if owner is None else query.where(RunRow.owner == owner)).one_or_none()


def runs_of(
    session: Session, owner: str | None, *, kind: str | None, state: str | None, before: str | None, limit: int
) -> list[RunRow]:
    """Runs, newest first, of one owner or (None) of all."""
    query = select(RunRow).order_by(col(RunRow.id).desc()).limit(limit)
    if owner is not None:
        query = query.where(RunRow.owner == owner)
    if kind is not None:
        query = query.where(RunRow.kind == kind)
    if state is not None:
        query = query.where(RunRow.state == state)
    if before is not None:
        query = query.where(col(RunRow.id) < before)
    return list(session.exec(query))


def fates(
    session: Session, run: str, *, after: Place = Place(), only: Fate | None = None
) -> Iterator[tuple[Place, LineFate]]:
    """Fates in the order of the file from a place on, each with the place behind it. Holds a few chunks in memory."""
    chunk, behind = after.chunk, after.behind
    while True:
        rows = session.execute(
            _CHUNKS,
            {"run": run, "chunk": chunk, "bits": -1 if only is None else only.bit, "limit": _CHUNKS_A_READ},
        ).all()
        for row in rows:
            skipped = behind if row.number == after.chunk else 0
            for index, fate in enumerate(unpack(bytes(row.fates))[skipped:], skipped + 1):
                if only is None or fate.fate is only:
                    yield Place(row.number, index), fate
        if len(rows) < _CHUNKS_A_READ:
            return
        chunk = rows[-1].number + 1


def first_errors(session: Session, run: RunRow, limit: int) -> list[dict[str, Any]]:
    """The first errors of a run: line, field, message, and value, remedy and reference where there are any."""
    found: list[dict[str, Any]] = []
    if not run.rejected:
        return found
    for _, fate in fates(session, run.id, only=Fate.REJECTED):
        for error in fate.errors or []:
            if len(found) == limit:
                return found
            found.append({"line": fate.line, "reference": fate.reference, **error})
    return found


_CHUNKS: Final = text(
    "SELECT number, fates FROM run_chunk WHERE run = :run AND number >= :chunk AND held & :bits <> 0"
    " ORDER BY number LIMIT :limit"
)
