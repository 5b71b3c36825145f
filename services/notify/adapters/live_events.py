"""Live events in SQL: the truth that Redis repeats."""

from sqlalchemy import Connection, Row, Table, func, select, text

from services.notify.adapters.models import ForgottenEvent, LiveEventRow
from services.notify.core.audience import Audience
from services.notify.core.live import LiveDraft, LiveEvent

_live: Table = LiveEventRow.__table__  # type: ignore[attr-defined]
_forgotten: Table = ForgottenEvent.__table__  # type: ignore[attr-defined]


def after(connection: Connection, seq: int, limit: int) -> list[LiveEvent]:
    """At most `limit` events with a number above `seq`, in order."""
    rows = connection.execute(select(_live).where(_live.c.seq > seq).order_by(_live.c.seq).limit(limit))
    return [_event(row) for row in rows]


def bounds(connection: Connection) -> tuple[int, int]:
    """(oldest number kept, last number given); the oldest is last + 1 where none is kept."""
    last = connection.execute(text("SELECT last FROM live_counter")).scalar_one()
    oldest = connection.execute(select(func.min(_live.c.seq))).scalar_one()
    return (last + 1 if oldest is None else oldest), last


def epoch(connection: Connection) -> str:
    """The name of this database's numbering."""
    name: str = connection.execute(text("SELECT epoch FROM live_counter")).scalar_one()
    return name


def forgotten(connection: Connection, limit: int) -> list[int]:
    """Numbers of erased events whose copies are still to be removed."""
    return list(connection.execute(select(_forgotten.c.seq).order_by(_forgotten.c.seq).limit(limit)).scalars())


def forgotten_everywhere(connection: Connection, numbers: list[int]) -> None:
    """Says that no copy of these is left."""
    connection.execute(_forgotten.delete().where(_forgotten.c.seq.in_(numbers)))


def _event(row: Row[tuple[object, ...]]) -> LiveEvent:
    audience = Audience(
        organisation=row.organisation,
        landlord=row.landlord,
        territory=row.audience_territory,
        all_caseworkers=row.all_caseworkers,
        everyone=row.everyone,
        account=row.account,
    )
    return LiveEvent(row.seq, LiveDraft(row.type, row.subject, row.territory, row.payload, audience))
