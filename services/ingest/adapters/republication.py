"""Publishing an entity's state again: the repair after a record that could not be read."""

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlmodel import Session

from services.ingest.adapters.kinds import Kind, S
from services.ingest.adapters.saving import Work, save
from services.ingest.adapters.versions import inherited, tell
from shared.events import Channel


def republish(session: Session, kind: Kind[S], identifier: str, *, at: datetime) -> int | None:
    """Publishes an entity's state again as a new version. Returns the version, None for an unknown id."""
    table = kind.table
    found = session.execute(select(table).where(table.c.id == identifier).with_for_update()).mappings().one_or_none()
    if found is None:
        return None
    row = dict(found)
    state = msgspec.convert(row["state"], kind.state)
    row["version"] += 1
    work = Work({}, touched={row["id"]: row})
    lineage = inherited(row, Channel.OPERATOR)
    row["lineage"] = msgspec.to_builtins(lineage)
    tell(work, kind, row, state, None if row["withdrawn_at"] else state, lineage, at=at)
    save(session, kind.table, kind.topic, work)
    return int(row["version"])
