"""Withdrawing what a full list lacks, once that is decided: chunk by chunk, each in its transaction."""

from typing import Any, Final

from sqlalchemy import Engine
from sqlmodel import Session

from services.ingest.adapters.kinds import OFFERS, VACANCIES, Kind
from services.ingest.adapters.snapshots import withdraw_some
from shared.clock import BusinessClock, utc_now

KINDS: Final[dict[str, Kind[Any]]] = {kind.topic: kind for kind in (VACANCIES, OFFERS)}


def withdraw_absent(engine: Engine, clock: BusinessClock, kind: Kind[Any], snapshot: str) -> None:
    """Goes on until nothing absent is left, or the snapshot is no longer being applied. May be called again at any time."""
    after: str | None = ""
    while after is not None:
        with Session(engine) as session:
            after = withdraw_some(session, kind, snapshot, after=after, now=clock.now(), at=utc_now())
            session.commit()
