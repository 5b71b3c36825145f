"""Writing one chunk of a file's lines: checked, published, and their fates kept, in one transaction."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlmodel import Session

from services.ingest.adapters.kinds import Kind
from services.ingest.adapters.registry import Applied, Input, put_many
from services.ingest.adapters.runs import Plan, keep_references, locked, record, said_before
from services.ingest.bulk.checking import Checked, Checker, LineModel
from services.ingest.core.entities import Outcome
from services.ingest.core.fates import Fate, LineFate
from services.ingest.core.lines import Line
from services.ingest.routes.context import Context
from shared import telemetry
from shared.clock import utc_now
from shared.events import Channel
from shared.identity import Actor


@dataclass(frozen=True)
class Sent:
    """What is sent, by whom, and under which key."""

    kind: Kind[Any]
    model: LineModel
    actor: Actor
    plan: Plan
    key: str | None
    channel: Channel = Channel.BULK


@dataclass(frozen=True)
class CheckedChunk:
    """Lines, what checking found, and when (business time)."""

    lines: Sequence[Line]
    checked: Sequence[Checked]
    now: datetime


class ChunkWriter:
    """Writes the chunks of one run. `observed_at` is of its lines without their own; None: when each is read."""

    def __init__(self, context: Context, sent: Sent, run: str, observed_at: datetime | None) -> None:
        self._context = context
        self._sent = sent
        self._run = run
        self._observed_at = observed_at

    def check(self, lines: Sequence[Line], columns: Mapping[str, str]) -> "CheckedChunk":
        """Judges lines by themselves. Asks no database: while one chunk is written, the next is checked."""
        sent, now = self._sent, self._context.clock.now()
        checker = Checker(sent.model, sent.plan.lang, now, self._observed_at, sent.channel, columns)
        return CheckedChunk(lines, [checker.check(line) for line in lines], now)

    def write(self, chunk: "CheckedChunk", *, attempt: int, digest: bytes) -> None:
        """Publishes the valid lines in order and keeps every line's fate. Raises Overtaken, and then has written nothing.

        `digest` is of the file's lines up to the last of these.
        """
        sent, lines, checked, now = self._sent, chunk.lines, chunk.checked, chunk.now
        inputs = [one.input for one in checked if one.input is not None]
        decided = self._decided_dry(inputs, now) if sent.plan.dry_run else None
        with Session(self._context.engine) as session:
            run = locked(session, self._run, attempt)
            applied = self._put(session, inputs, now) if decided is None else decided
            fates = list(_fates(lines, checked, applied, dry_run=sent.plan.dry_run))
            if sent.plan.full or sent.plan.dry_run:
                keep_references(session, self._run, self._said(lines, checked, applied))
            unreadable = sum(one.errors is not None and one.reference is None for one in checked)
            record(session, run, fates, digest=digest, unreadable=unreadable, now=now)
            session.commit()
        if not sent.plan.dry_run:
            for fate, count in Counter(one.fate.value for one in fates).items():
                telemetry.INGEST_LINES.labels(sent.plan.kind, fate).inc(count)

    def _put(self, session: Session, inputs: Sequence[Input], now: datetime) -> list[Applied]:
        sent = self._sent
        return put_many(session, sent.kind, sent.actor, inputs, now=now, at=utc_now(), horizon=self._context.horizon)

    def _decided_dry(self, inputs: Sequence[Input], now: datetime) -> list[Applied]:
        """What publishing would do, after what the file said before: published in a transaction that is undone."""
        references = {item.reference for item in inputs}
        with Session(self._context.engine) as session:
            before = [
                Input(reference, content, observed_at)
                for reference, said in said_before(session, self._run, references).items()
                for content, observed_at in [_SAID.decode(said)]
            ]
            applied = self._put(session, [*before, *inputs], now)
            session.rollback()
        return applied[len(before) :]

    def _said(
        self, lines: Sequence[Line], checked: Sequence[Checked], applied: Sequence[Applied]
    ) -> Mapping[str, bytes | None]:
        """The references that the list holds, rejected lines' too; for a dry run with what each would last have changed."""
        said: dict[str, bytes | None] = {
            one.reference: None
            for line, one in zip(lines, checked, strict=True)
            if one.reference is not None and line.passed_over is None
        }
        if self._sent.plan.dry_run:
            inputs = (one.input for one in checked if one.input is not None)
            for item, end in zip(inputs, applied, strict=True):
                if end.outcome in {Outcome.CREATED, Outcome.UPDATED}:
                    said[item.reference] = msgspec.msgpack.encode((item.content, item.observed_at))
        return said


def _fates(
    lines: Sequence[Line], checked: Sequence[Checked], applied: Sequence[Applied], *, dry_run: bool
) -> Iterator[LineFate]:
    """Each line with what became of it, in order. A dry run names no entity: those it would create do not exist."""
    ends = iter(applied)
    for line, one in zip(lines, checked, strict=True):
        if one.errors is not None:
            yield LineFate(line.number, Fate.REJECTED, one.reference, errors=one.errors)
        elif one.input is None:
            yield LineFate(line.number, Fate.IGNORED, one.reference, notices=one.notices)
        else:
            end = next(ends)
            fate = LineFate(line.number, Fate(end.outcome.value), one.reference, end.id, end.version, None, one.notices)
            yield msgspec.structs.replace(fate, id=None, version=None) if dry_run else fate


_SAID: Final = msgspec.msgpack.Decoder(tuple[dict[str, Any], datetime | None])
