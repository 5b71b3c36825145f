"""Publications that arrive together share a transaction: one flush for all of them, to each its own answer."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from services.ingest.adapters.kinds import Kind
from services.ingest.adapters.registry import Applied, Input, put_many
from services.ingest.core.states import Horizon
from shared.clock import utc_now
from shared.identity import Actor

MOST: Final = 64
# Nobody waits behind somebody else's lock for longer: then each writes alone, without holding up who comes after.
_SHORT_WAIT: Final = text("SET LOCAL lock_timeout = '250ms'")


@dataclass(eq=False)
class _Waiting:
    """A publication and what became of it. `alone`: the transaction it shared failed, and nothing of it was written."""

    kind: Kind[Any]
    actor: Actor
    item: Input
    applied: Applied | None = None
    alone: bool = False

    @property
    def group(self) -> tuple[str, str, str]:
        """Publications of one kind by one actor are written by one call; owners in one order, for their locks."""
        return self.kind.topic, self.actor.organisation, self.actor.id


class Gathering:
    """Writes single publications. One thread at a time writes for all that wait; who comes meanwhile is in the next turn.

    `now` is business time. What a transaction shares is all or nothing: where it fails, each of its publications is
    written again in a transaction of its own, and raises what concerns it.
    """

    def __init__(self, engine: Engine, horizon: Horizon, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._horizon = horizon
        self._now = now
        self._queue: deque[_Waiting] = deque()
        self._turn = threading.Lock()

    def put(self, kind: Kind[Any], actor: Actor, item: Input) -> Applied:
        """Publishes one input and commits it. Raises what `put_many` raises."""
        mine = _Waiting(kind, actor, item)
        self._queue.append(mine)
        with self._turn:
            while mine.applied is None and not mine.alone:
                self._write([self._queue.popleft() for _ in range(min(MOST, len(self._queue)))])
        if mine.applied is None:
            with Session(self._engine) as session:
                (mine.applied,) = self._put(session, [mine])
                session.commit()
        return mine.applied

    def _write(self, together: list[_Waiting]) -> None:
        """Writes some in one transaction, in the order of arrival of each actor."""
        written: list[tuple[_Waiting, Applied]] = []
        try:
            with Session(self._engine) as session:
                session.execute(_SHORT_WAIT)
                # Sorting keeps the order of arrival within a group.
                for _, found in groupby(sorted(together, key=lambda one: one.group), key=lambda one: one.group):
                    members = list(found)
                    written += zip(members, self._put(session, members), strict=True)
                session.commit()
        except BaseException as error:
            for one in together:
                one.alone = True
            if not isinstance(error, SQLAlchemyError | UnicodeError):
                raise
        else:
            for one, applied in written:
                one.applied = applied

    def _put(self, session: Session, members: list[_Waiting]) -> list[Applied]:
        first = members[0]
        items = [one.item for one in members]
        return put_many(session, first.kind, first.actor, items, now=self._now(), at=utc_now(), horizon=self._horizon)
