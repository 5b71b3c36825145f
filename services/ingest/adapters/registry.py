"""Writing vacancies and offers: entity, then outbox, in one transaction. One path for a single PUT and for bulk chunks."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Generic, TypeVar

import msgspec
from sqlalchemy import Table, select, text
from sqlmodel import Session

from services.ingest.adapters.models import EntityRow, OfferRow, VacancyRow
from services.ingest.adapters.saving import Work, save
from services.ingest.core.entities import Known, Outcome, content_digest, observation, on_put, on_withdrawal
from services.ingest.core.states import (
    Dated,
    Horizon,
    dated_offer,
    dated_vacancy,
    digest_source,
    offer_state,
    vacancy_state,
)
from shared import topics
from shared.clock import isoformat, paris_date
from shared.events import Change, Offer, Vacancy, new_event
from shared.identity import Actor
from shared.ids import new_id

S = TypeVar("S", Vacancy, Offer)
SOURCE: Final = "/ingest"


@dataclass(frozen=True)
class Kind(Generic[S]):
    """How one kind of entity is built and kept."""

    topic: str
    prefix: str
    row: type[EntityRow]
    state: type[S]
    build: Callable[[Mapping[str, Any], Actor, str, str, str], S]  # content, actor, id, reference, observed_at
    dated: Callable[..., Dated[S]]

    @property
    def table(self) -> Table:
        table: Table = self.row.__table__  # type: ignore[attr-defined]
        return table


VACANCIES: Final = Kind(
    topics.VACANCIES,
    "vac",
    VacancyRow,
    Vacancy,
    lambda content, actor, identifier, reference, observed_at: vacancy_state(
        content, identifier=identifier, owner=actor.organisation, reference=reference, observed_at=observed_at
    ),
    dated_vacancy,
)
OFFERS: Final = Kind(
    topics.OFFERS,
    "off",
    OfferRow,
    Offer,
    lambda content, actor, identifier, reference, observed_at: offer_state(
        content,
        identifier=identifier,
        owner=actor.organisation,
        reference=reference,
        observed_at=observed_at,
        owner_name=actor.organisation_name,
    ),
    dated_offer,
)


@dataclass(frozen=True)
class Input:
    """One publication: the caller's reference and content, and when it was observed (None: now)."""

    reference: str
    content: Mapping[str, Any]
    observed_at: datetime | None = None


@dataclass(frozen=True)
class Applied:
    """What became of one input."""

    reference: str
    id: str | None
    version: int
    outcome: Outcome


def put_many(
    session: Session,
    kind: Kind[S],
    actor: Actor,
    inputs: Sequence[Input],
    *,
    now: datetime,
    at: datetime,
    horizon: Horizon,
) -> list[Applied]:
    """Publishes inputs in the order given. `now` is business time, `at` technical time. The caller commits."""
    work = _open(session, kind, actor.organisation, [item.reference for item in inputs])
    today = paris_date(now)
    applied = [_put(work, kind, actor, item, now=now, at=at, today=today, horizon=horizon) for item in inputs]
    save(session, kind.table, kind.topic, work)
    return applied


def withdraw(
    session: Session,
    kind: Kind[S],
    actor: Actor,
    reference: str,
    *,
    observed_at: datetime | None,
    reason: str | None,
    now: datetime,
    at: datetime,
) -> Applied:
    """Withdraws one entity: an event without `after`, then a tombstone. The caller commits."""
    work = _open(session, kind, actor.organisation, [reference])
    row = work.rows.get(reference)
    known = _known(row)
    moment = observation(observed_at, now, known)
    outcome = on_withdrawal(known, moment)
    if row is not None and outcome is Outcome.WITHDRAWN:
        before = msgspec.convert(row["state"], kind.state)
        row |= {
            "version": row["version"] + 1,
            "observed_at": moment,
            "withdrawn_at": now,
            "withdrawn_reason": reason,
            "changes_at": None,
        }
        work.touched[row["id"]] = row
        change: Change[S] = Change(row["version"], before, None)
        work.events.append(new_event(kind.topic, row["id"], change, source=SOURCE, at=at))
        work.tombstones.append(row["id"])
        save(session, kind.table, kind.topic, work)
    return Applied(reference, row["id"] if row else None, row["version"] if row else 0, outcome)


def advance_dates(
    session: Session, kind: Kind[S], *, now: datetime, at: datetime, horizon: Horizon, limit: int = 500
) -> int:
    """Turns dates that have passed into ordinary events. Returns the number of rows looked at; the caller commits."""
    table = kind.table
    due = session.execute(
        select(table)
        .where(table.c.changes_at <= now, table.c.withdrawn_at.is_(None), table.c.current)
        .order_by(table.c.changes_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).mappings()
    work = Work({})
    for found in due:
        row = dict(found)
        before = msgspec.convert(row["state"], kind.state)
        dated = kind.dated(before, today=paris_date(now), confirmed_at=row["confirmed_at"], horizon=horizon)
        _restate(work, kind, row, before, dated, at=at)
    save(session, kind.table, kind.topic, work)
    return len(work.touched) + len(work.confirmed)


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
    change: Change[S] = Change(row["version"], state, None if row["withdrawn_at"] else state)
    work.events.append(new_event(kind.topic, row["id"], change, source=SOURCE, at=at))
    save(session, kind.table, kind.topic, work)
    return int(row["version"])


def _open(session: Session, kind: Kind[S], owner: str, references: Iterable[str]) -> Work:
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


def _known(row: dict[str, Any] | None) -> Known | None:
    return None if row is None else Known(row["observed_at"], bytes(row["digest"]), row["withdrawn_at"] is not None)


def _put(
    work: Work, kind: Kind[S], actor: Actor, item: Input, *, now: datetime, at: datetime, today: date, horizon: Horizon
) -> Applied:
    row = work.rows.get(item.reference)
    known = _known(row)
    digest = content_digest(digest_source(item.content))
    moment = observation(item.observed_at, now, known)
    outcome = on_put(known, moment, digest)
    if outcome is Outcome.CREATED:
        row = _create(work, kind, actor, item, moment, digest, at=at, today=today, horizon=horizon)
    elif row is not None and (
        outcome is Outcome.UPDATED or (outcome is Outcome.UNCHANGED and moment > row["observed_at"])
    ):
        before = msgspec.convert(row["state"], kind.state)
        state = kind.build(item.content, actor, row["id"], item.reference, isoformat(moment))
        dated = kind.dated(state, today=today, confirmed_at=moment, horizon=horizon)
        row |= {"observed_at": moment, "confirmed_at": moment, "digest": digest}
        if outcome is Outcome.UNCHANGED:  # a confirmation: an event only if it changes the status
            dated = Dated(msgspec.structs.replace(dated.state, observed_at=before.observed_at), dated.changes_at)
        if _restate(work, kind, row, before, dated, at=at):
            outcome = Outcome.UPDATED
    assert row is not None  # noqa: S101 - every outcome of on_put but CREATED comes from a row
    return Applied(item.reference, row["id"], row["version"], outcome)


def _create(
    work: Work,
    kind: Kind[S],
    actor: Actor,
    item: Input,
    moment: datetime,
    digest: bytes,
    *,
    at: datetime,
    today: date,
    horizon: Horizon,
) -> dict[str, Any]:
    past = work.rows.get(item.reference)
    if past is not None:
        if past["id"] in work.inserted:
            past["current"] = False
        else:
            work.retired.append(past["id"])
            work.touched.pop(past["id"], None)
    identifier = new_id(kind.prefix)
    state = kind.build(item.content, actor, identifier, item.reference, isoformat(moment))
    dated = kind.dated(state, today=today, confirmed_at=moment, horizon=horizon)
    row: dict[str, Any] = {
        "id": identifier,
        "owner": actor.organisation,
        "reference": item.reference,
        "current": True,
        "version": 1,
        "commune": dated.state.commune,
        "status": dated.state.status.value,
        "state": msgspec.to_builtins(dated.state),
        "digest": digest,
        "observed_at": moment,
        "confirmed_at": moment,
        "changes_at": dated.changes_at,
        "withdrawn_at": None,
        "withdrawn_reason": None,
    }
    work.rows[item.reference] = row
    work.inserted.add(identifier)
    work.touched[identifier] = row
    change: Change[S] = Change(1, None, dated.state)
    work.events.append(new_event(kind.topic, identifier, change, source=SOURCE, at=at))
    return row


def _restate(work: Work, kind: Kind[S], row: dict[str, Any], before: S, dated: Dated[S], *, at: datetime) -> bool:
    """Puts a new state into the row; an event and a version if the state differs. Returns whether it does."""
    row["changes_at"] = dated.changes_at
    if dated.state == before:
        if row["id"] not in work.touched:
            work.confirmed[row["id"]] = row
        return False
    work.touched[row["id"]] = row
    row |= {
        "version": row["version"] + 1,
        "commune": dated.state.commune,
        "status": dated.state.status.value,
        "state": msgspec.to_builtins(dated.state),
    }
    change: Change[S] = Change(row["version"], before, dated.state)
    work.events.append(new_event(kind.topic, row["id"], change, source=SOURCE, at=at))
    return True
