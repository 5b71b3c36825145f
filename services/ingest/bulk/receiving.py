"""Receiving one file: what a repetition has already written is passed over, the rest is written chunk by chunk.

A chunk is one transaction: entities, outbox, the fates of its lines and how far the file is. So what the run says is what
is written, wherever the process dies. A repetition reads the lines again, compares their digest with the one kept, and
takes the run over; a request that was overtaken finds it at its next chunk and writes nothing more.
"""

import hashlib
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime
from typing import Final

from sqlmodel import Session

from services.ingest.adapters.run_models import RunRow
from services.ingest.adapters.runs import (
    Overtaken,
    RunState,
    end,
    forget_references,
    locked,
    open_run,
    same_plan,
    take_over,
)
from services.ingest.adapters.snapshots import decide, live, snapshot_of_run
from services.ingest.bulk.chunks import ChunkWriter, Sent
from services.ingest.bulk.formats import Reader
from services.ingest.bulk.withdrawing import withdraw_absent
from services.ingest.core.full_lists import SnapshotState
from services.ingest.core.lines import Line
from services.ingest.routes.context import Context
from shared.web.problems import Problem, ProblemType

BACKLOG_SECONDS: Final = 30.0  # then the file stops where it is, and goes on under its key


class Receipt:
    """The receiving of one file by one request. Its methods are called one after the other, in a thread."""

    def __init__(self, context: Context, sent: Sent, reader: Reader) -> None:
        """Opens the run, or finds the one under the key. Raises Problem where the key stands for another request."""
        self._context = context
        self._sent = sent
        self._reader = reader
        self._digest = hashlib.sha256()
        self._lines = 0  # read, and absorbed by the digest
        self._pending: list[Line] = []
        # One chunk is written while the next is read and checked: PostgreSQL and this process work at the same time.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="bulk")
        self._writing: Future[None] | None = None
        self.resumed_after_lines: int | None = None
        with self._session() as session:
            now = context.clock.now()
            known = self._known(session, sent.plan.stated_at or now) if sent.plan.full else 0
            run, self._mine = open_run(session, sent.actor, sent.plan, sent.key, known_before=known, now=now)
            if not self._mine and not same_plan(run, sent.plan):
                raise _other_content(sent.key)
            session.commit()
        self.run, self._attempt = run.id, run.attempt
        dated = run.observed_at if run.stated or sent.plan.full else None
        self._writer = ChunkWriter(context, sent, run.id, dated)

    def feed(self, block: bytes) -> None:
        """The next bytes: writes each chunk of lines that they complete. Raises FileRefused, Overtaken, Problem."""
        self._pending += self._reader.feed(block)
        size = self._context.bulk_chunk
        while len(self._pending) >= size:
            self._take(self._pending[:size])
            del self._pending[:size]

    def finish(self) -> None:
        """The file has ended: writes what is left; a full list then decides about the absent and withdraws what it may."""
        self._pending += self._reader.end()
        for start in range(0, len(self._pending), self._context.bulk_chunk):
            self._take(self._pending[start : start + self._context.bulk_chunk])
        self._written()
        with self._session() as session:
            run = locked(session, self.run, self._attempt if self._mine else None)
            if not self._mine and (run.lines != self._lines or run.digest != self._digest.digest()):
                raise _other_content(self._sent.key)
            if run.state == RunState.FINISHED:
                self.resumed_after_lines = run.lines  # all of them: sent before
            else:
                self._end(session, run)
            session.commit()
            snapshot = snapshot_of_run(session, run.id)
        if snapshot is not None and snapshot.state == SnapshotState.APPLYING:
            withdraw_absent(self._context.engine, self._context.clock, self._sent.kind, snapshot.id)

    def interrupt(self, state: RunState = RunState.INTERRUPTED) -> int | None:
        """The file will not go on: interrupted, or refused.

        Returns the lines that are written, None where the run is another request's.
        """
        if self._writing is not None:
            wait([self._writing])
        with self._session() as session:
            try:
                run = locked(session, self.run, self._attempt)
            except Overtaken:
                return None
            if self._mine:
                end(session, run, state, now=self._context.clock.now())
                session.commit()
            return run.lines

    def _take(self, lines: Sequence[Line]) -> None:
        fresh = lines if self._mine else self._pass_over(lines)
        if fresh:
            if not self._sent.plan.dry_run:
                # A file may wait a while: the sender is slowed down by not being read.
                self._context.backlog.admit(BACKLOG_SECONDS, lang=self._sent.plan.lang)
                self._context.backlog.added(len(fresh))
            self._absorb(fresh)
            digest, chunk = self._digest.digest(), self._writer.check(fresh, self._reader.columns)
            self._written()
            self._writing = self._thread.submit(self._writer.write, chunk, attempt=self._attempt, digest=digest)

    def _written(self) -> None:
        """Returns when the chunk in hand is written. Raises what stopped it; nothing after it is written then."""
        writing, self._writing = self._writing, None
        if writing is not None:
            writing.result()

    def _pass_over(self, lines: Sequence[Line]) -> Sequence[Line]:
        """Compares lines with those that are written; returns the ones beyond, of which the run is then ours."""
        with self._session() as session:
            run = locked(session, self.run)
            written = run.lines - self._lines
            self._absorb(lines[:written])
            fresh = lines[written:]
            if self._lines == run.lines and run.digest != self._digest.digest():
                raise _other_content(self._sent.key)
            if fresh:
                if run.state == RunState.FINISHED:
                    raise _other_content(self._sent.key)
                self._take_over(session, run, self._context.clock.now())
                session.commit()
        return fresh

    def _end(self, session: Session, run: RunRow) -> None:
        now = self._context.clock.now()
        if not self._mine:
            self._take_over(session, run, now)
        run.found = self._reader.found
        end(session, run, RunState.FINISHED, now=now)
        if self._sent.plan.full:
            decide(session, self._sent.kind, run, self._context.guard, now=now)
        elif self._sent.plan.dry_run:
            forget_references(session, run.id)

    def _known(self, session: Session, observed_by: datetime) -> int:
        return live(session, self._sent.kind, self._sent.actor.organisation, observed_by=observed_by)

    def _take_over(self, session: Session, run: RunRow, now: datetime) -> None:
        self.resumed_after_lines = run.lines
        self._attempt = take_over(session, run, now=now)
        self._mine = True

    def _absorb(self, lines: Sequence[Line]) -> None:
        self._digest.update(b"".join([b"%d %b\n" % (line.number, line.raw) for line in lines]))
        self._lines += len(lines)

    def _session(self) -> Session:
        return Session(self._context.engine, expire_on_commit=False)


def _other_content(key: str | None) -> Problem:
    return Problem(ProblemType.IDEMPOTENCY_CONFLICT, field="Idempotency-Key", value=key)
