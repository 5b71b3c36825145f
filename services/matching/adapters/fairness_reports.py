"""Fairness reports in SQL: asked for, taken up oldest first, kept until they are old."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlmodel import Session, col, or_, select

from services.matching.adapters.fairness_models import FairnessReportRow

ASKED_WITHIN: Final = timedelta(days=2)  # a window that nobody has looked at for so long is no longer kept fresh
AGAIN_AFTER: Final = timedelta(minutes=5)  # a failure is tried again


def ask(session: Session, days: int, now: datetime) -> FairnessReportRow:
    """The report of a window as it stands; from now on it is kept fresh. The caller commits."""
    session.execute(
        text(
            "INSERT INTO fairness_report (days, asked_at) VALUES (:days, :now)"
            " ON CONFLICT (days) DO UPDATE SET asked_at = excluded.asked_at WHERE fairness_report.report IS NOT NULL"
        ),
        {"days": days, "now": now},
    )
    return session.get_one(FairnessReportRow, days, populate_existing=True)


def due(session: Session, now: datetime, fresh: timedelta) -> int | None:
    """Days of the window to reckon next: one never reckoned, else the oldest that is no longer fresh; None where all are."""
    query = (
        select(FairnessReportRow.days)
        .where(
            col(FairnessReportRow.asked_at) > now - ASKED_WITHIN,
            or_(col(FairnessReportRow.computed_at).is_(None), col(FairnessReportRow.computed_at) <= now - fresh),
            or_(col(FairnessReportRow.failed_at).is_(None), col(FairnessReportRow.failed_at) <= now - AGAIN_AFTER),
        )
        .order_by(col(FairnessReportRow.computed_at).nulls_first(), col(FairnessReportRow.asked_at))
        .limit(1)
    )
    return session.exec(query).one_or_none()


def keep(session: Session, days: int, report: dict[str, Any], *, now: datetime, seconds: float) -> None:
    """Replaces the report of a window."""
    row = session.get_one(FairnessReportRow, days, with_for_update=True)
    row.report, row.computed_at, row.seconds, row.failed_at = report, now, seconds, None
    session.add(row)


def failed(session: Session, days: int, now: datetime) -> None:
    """Says that a report could not be reckoned; the one before stays."""
    row = session.get_one(FairnessReportRow, days, with_for_update=True)
    row.failed_at = now
    session.add(row)
