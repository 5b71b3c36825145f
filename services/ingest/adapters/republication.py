"""Publishing an entity's state again: the repair after a record that could not be read."""

from datetime import datetime

import msgspec
from sqlmodel import Session

from services.ingest.adapters.kinds import Kind, S
from services.ingest.adapters.saving import Work, reading, save, stored
from services.ingest.adapters.versions import encoded, inherited, tell
from shared.events import Channel
from shared.sql.driver import driver_cursor


def republish(session: Session, kind: Kind[S], identifier: str, *, at: datetime) -> int | None:
    """Publishes an entity's state again as a new version. Returns the version, None for an unknown id."""
    with driver_cursor(session) as cursor:
        found = cursor.execute(reading(kind.table, "id = %s FOR UPDATE"), (identifier,)).fetchone()
    if found is None:
        return None
    row = stored(found)
    # As the type writes it: what PostgreSQL gives back has its keys in another order.
    state = encoded(msgspec.json.decode(row.state, type=kind.state))
    row.version += 1
    row.lineage = inherited(row, Channel.OPERATOR)
    work = Work({}, touched={row.id: row})
    tell(work, kind, row, state, None if row.withdrawn_at else state, row.lineage, at=at)
    save(session, kind.table, kind.topic, work)
    return row.version
