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
    """Publishes an entity's state again as a new version. Returns the version, None for an unknown id.

    The event changes nothing in a sum of differences: before and after are the state that stands, and both are null for
    what is withdrawn. What a reader had wrong before, a rebuild from the latest versions mends.
    """
    with driver_cursor(session) as cursor:
        found = cursor.execute(reading(kind.table, "id = %s FOR UPDATE"), (identifier,)).fetchone()
    if found is None:
        return None
    row = stored(found)
    row.version += 1
    row.lineage = inherited(row, Channel.OPERATOR)
    work = Work({}, touched={row.id: row})
    standing = None
    if row.withdrawn_at is None:
        # As the type writes it: what PostgreSQL gives back has its keys in another order.
        standing = encoded(msgspec.json.decode(row.state, type=kind.state))
    else:
        work.tombstones.append(row.id)
    tell(work, kind, row, standing, standing, row.lineage, at=at)
    save(session, kind.table, kind.topic, work)
    return row.version
