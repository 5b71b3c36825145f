"""A run and a snapshot as people read them, and the file of fates that opens in a French Excel."""

import csv
import io
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Engine
from sqlmodel import Session

from services.ingest.adapters.run_models import RunRow, SnapshotRow
from services.ingest.adapters.run_reading import Place, fates, first_errors
from services.ingest.adapters.snapshots import assessment_of, snapshot_of_run
from services.ingest.core.fates import OF_LINES, Fate, LineFate
from services.ingest.core.full_lists import SnapshotState

REPORTED_ERRORS: Final = 1000
_LINES_A_PAGE: Final = 5000
_HEADERS: Final = {
    "fr": ("ligne", "référence", "sort", "identifiant", "version", "champ", "valeur", "motif", "remède"),
    "en": ("line", "reference", "outcome", "id", "version", "field", "value", "reason", "remedy"),
}


def run_shown(run: RunRow) -> dict[str, Any]:
    """A run without its lines."""
    return {
        "run": run.id,
        "organisation": run.owner,
        "organisation_name": run.owner_name,
        "kind": run.kind,
        "mode": run.mode,
        "form": run.form,
        "dry_run": run.dry_run,
        "state": run.state,
        "observed_at": run.observed_at,
        "started_at": run.started_at,
        "updated_at": run.updated_at,
        "finished_at": run.finished_at,
        "lines": run.lines,
        **{fate.value: getattr(run, fate.value) for fate in (*OF_LINES, Fate.WITHDRAWN)},
        "unreadable": run.unreadable,
    }


def run_report(session: Session, run: RunRow, lang: str, *, resumed_after_lines: int | None = None) -> dict[str, Any]:
    """A run with its first errors and what it decided about the absent."""
    snapshot = snapshot_of_run(session, run.id)
    return {
        **run_shown(run),
        "found": run.found,
        "errors": first_errors(session, run, REPORTED_ERRORS),
        "snapshot": None if snapshot is None else snapshot_shown(snapshot, lang),
        "resumed_after_lines": resumed_after_lines,
    }


def snapshot_shown(row: SnapshotRow, lang: str) -> dict[str, Any]:
    """A snapshot with its decision in words."""
    return {
        "id": row.id,
        "run": row.run,
        "organisation": row.owner,
        "organisation_name": row.owner_name,
        "kind": row.kind,
        "state": row.state,
        "words": assessment_of(row).words(lang, waiting=row.state in (SnapshotState.QUARANTINED, SnapshotState.TRIED)),
        "observed_at": row.observed_at,
        "made_at": row.made_at,
        "known": row.known,
        "absent": row.absent,
        "unreadable": row.unreadable,
        "max_percent": row.max_percent,
        "minimum": row.minimum,
        "withdrawn": row.withdrawn,
        "decided_at": row.decided_at,
        "decided_by": row.decided_by,
    }


def fates_file(engine: Engine, run: str, lang: str, only: Fate | None) -> Iterator[bytes]:
    """The fates of a run as CSV for Excel: `;`, UTF-8 with its mark, a row for each error of a rejected line.

    Reads page by page, each in its own transaction: a slow reader holds none open.
    """
    yield "\ufeff".encode() + _csv([_HEADERS[lang]])
    place: Place | None = Place()
    while place is not None:
        rows: list[tuple[str, ...]] = []
        read, after, place = 0, place, None
        with Session(engine) as session:
            for following, fate in fates(session, run, after=after, only=only):
                rows += _rows(fate, lang)
                read += 1
                if read == _LINES_A_PAGE:
                    place = following
                    break
        if rows:
            yield _csv(rows)


def _rows(fate: LineFate, lang: str) -> Iterator[tuple[str, ...]]:
    line = [_cell(fate.line), _cell(fate.reference), fate.fate.label(lang), _cell(fate.id), _cell(fate.version)]
    for error in fate.errors or fate.notices or [{}]:
        yield (*line, *(_cell(error.get(name)) for name in ("field", "value", "message", "remedy")))


def _cell(value: Any) -> str:
    """A text that a spreadsheet shows and never runs: what would begin a formula gets an apostrophe before it."""
    shown = "" if value is None else str(value)
    return (
        f"'{shown}" if shown[:1] in {"=", "+", "-", "@", "\t", "\r"} and not isinstance(value, int | float) else shown
    )


def _csv(rows: list[tuple[str, ...]]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=";", lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode()
