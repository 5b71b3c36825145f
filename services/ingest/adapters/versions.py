"""What every write shares: references locked and read, a new version told, and where it came from."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import select, text
from sqlmodel import Session

from services.ingest.adapters.kinds import Kind, S
from services.ingest.adapters.saving import Work
from services.ingest.core.states import Dated
from shared.clock import isoformat
from shared.events import Change, Channel, Lineage, new_event

SOURCE: Final = "/ingest"


def opened(session: Session, kind: Kind[S], owner: str, references: Iterable[str]) -> Work:
    """Locks the references (also those not yet known) and reads their newest episodes."""
    names = sorted(set(references))
    keys = sorted(
        int.from_bytes(
            hashlib.blake2b(f"{kind.prefix}\0{owner}\0{name}".encode(), digest_size=8).digest(), "big", signed=True
        )
        for name in names
    )
    session.execute(text("SELECT pg_advisory_xact_lock(k) FROM unnest(CAST(:keys AS bigint[])) AS k"), {"keys": keys})
    table = kind.table
    rows = session.execute(
        select(table).where(table.c.owner == owner, table.c.reference.in_(names), table.c.current).with_for_update()
    ).mappings()
    return Work({row["reference"]: dict(row) for row in rows})


def restate(
    work: Work, kind: Kind[S], row: dict[str, Any], before: S, dated: Dated[S], lineage: Lineage, *, at: datetime
) -> bool:
    """Puts a new state into the row; an event and a version if the state differs. Returns whether it does."""
    row["changes_at"] = dated.changes_at
    if dated.state == before:
        if row["id"] not in work.touched:
            work.confirmed[row["id"]] = row
        return False
    work.touched[row["id"]] = row
    row |= {
        "version": row["version"] + 1,
        "changed_at": at,
        "commune": dated.state.commune,
        "status": dated.state.status.value,
        "state": msgspec.to_builtins(dated.state),
        "lineage": msgspec.to_builtins(lineage),
    }
    tell(work, kind, row, before, dated.state, lineage, at=at)
    return True


def tell(
    work: Work, kind: Kind[S], row: dict[str, Any], before: S | None, after: S | None, lineage: Lineage, *, at: datetime
) -> None:
    change: Change[S] = Change(row["version"], before, after, lineage)
    work.events.append(new_event(kind.topic, row["id"], change, source=SOURCE, at=at))


def lineage_of(owner: str, channel: Channel, licence: str | None = None, fetched_at: datetime | None = None) -> Lineage:
    return Lineage(channel.value, owner, licence, isoformat(fetched_at) if fetched_at else None)


def inherited(row: dict[str, Any], channel: Channel) -> Lineage:
    """Lineage of a version that brings no content of its own: the licence and the fetch of what the row holds."""
    known = row["lineage"] or {}
    return Lineage(channel.value, row["owner"], known.get("licence"), known.get("fetched_at"))
