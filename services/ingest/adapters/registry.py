"""Writing vacancies and offers: entity, then outbox, in one transaction. One path for a single PUT and for bulk chunks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from sqlmodel import Session

from services.ingest.adapters.kinds import OFFERS, VACANCIES, Kind, S
from services.ingest.adapters.passing_dates import advance_dates
from services.ingest.adapters.republication import republish
from services.ingest.adapters.saving import Work, save
from services.ingest.adapters.versions import lineage_of, opened, restate, tell
from services.ingest.core.entities import Known, Outcome, content_digest, observation, on_put, on_withdrawal
from services.ingest.core.states import Dated, Horizon, digest_source
from shared.clock import isoformat, paris_date
from shared.events import Channel, Lineage
from shared.identity import Actor
from shared.ids import new_id
from shared.sql.outbox import CHUNK

__all__ = [
    "OFFERS",
    "VACANCIES",
    "Applied",
    "Input",
    "Kind",
    "advance_dates",
    "put_many",
    "republish",
    "withdraw",
    "withdraw_many",
]


@dataclass(frozen=True)
class Input:
    """One publication: the caller's reference and content, and when it was observed (None: now).

    The last three say where it comes from: they travel with its event and stay with its row, and never decide anything.
    """

    reference: str
    content: Mapping[str, Any]
    observed_at: datetime | None = None
    channel: Channel = Channel.API
    licence: str | None = None
    fetched_at: datetime | None = None


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
    work = opened(session, kind, actor.organisation, [item.reference for item in inputs])
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
    channel: Channel = Channel.API,
    erase: bool = False,
) -> Applied:
    """Withdraws one entity: an event without `after`, then a tombstone. The caller commits."""
    (applied,) = withdraw_many(
        session,
        kind,
        actor,
        [reference],
        observed_at=observed_at,
        reason=reason,
        now=now,
        at=at,
        channel=channel,
        erase=erase,
    )
    return applied


def withdraw_many(
    session: Session,
    kind: Kind[S],
    actor: Actor,
    references: Sequence[str],
    *,
    observed_at: datetime | None,
    reason: str | None,
    now: datetime,
    at: datetime,
    channel: Channel = Channel.API,
    licence: str | None = None,
    fetched_at: datetime | None = None,
    erase: bool = False,
) -> list[Applied]:
    """Withdraws up to 500 entities of one owner at one instant, in the order given. The caller commits.

    `erase` keeps of the withdrawn state only what order and identity need (reuse licence of France Travail, article 7: no
    withdrawn content is kept); the events lose it by compaction. Raises ValueError for more references than a chunk, and
    for `erase` on a kind that has no such rule.
    """
    if len(references) > CHUNK:
        raise ValueError(f"{len(references)} withdrawals in one transaction, at most {CHUNK}")
    if erase and kind.erased is None:
        raise ValueError(f"no rule says what stays of {kind.topic} that are erased")
    work = opened(session, kind, actor.organisation, references)
    lineage = lineage_of(actor.organisation, channel, licence, fetched_at)
    applied = []
    for reference in references:
        row = work.rows.get(reference)
        known = _known(row)
        moment = observation(observed_at, now, known)
        outcome = on_withdrawal(known, moment)
        if row is not None and outcome is Outcome.WITHDRAWN:
            before = msgspec.convert(row["state"], kind.state)
            row |= {
                "version": row["version"] + 1,
                "observed_at": moment,
                "changed_at": at,
                "withdrawn_at": now,
                "withdrawn_reason": reason,
                "changes_at": None,
                "lineage": msgspec.to_builtins(lineage),
            }
            if erase and kind.erased is not None:
                left = kind.erased(before)
                row |= {"commune": left.commune, "status": left.status.value, "state": msgspec.to_builtins(left)}
            work.touched[row["id"]] = row
            tell(work, kind, row, before, None, lineage, at=at)
            work.tombstones.append(row["id"])
        applied.append(Applied(reference, row["id"] if row else None, row["version"] if row else 0, outcome))
    save(session, kind.table, kind.topic, work)
    return applied


def _put(
    work: Work, kind: Kind[S], actor: Actor, item: Input, *, now: datetime, at: datetime, today: date, horizon: Horizon
) -> Applied:
    row = work.rows.get(item.reference)
    known = _known(row)
    digest = content_digest(digest_source(item.content))
    moment = observation(item.observed_at, now, known)
    outcome = on_put(known, moment, digest)
    lineage = lineage_of(actor.organisation, item.channel, item.licence, item.fetched_at)
    if outcome is Outcome.CREATED:
        row = _create(work, kind, actor, item, moment, digest, lineage, at=at, today=today, horizon=horizon)
    elif row is not None and (
        outcome is Outcome.UPDATED or (outcome is Outcome.UNCHANGED and moment > row["observed_at"])
    ):
        before = msgspec.convert(row["state"], kind.state)
        shown, private = _parted(kind, item.content)
        state = kind.build(shown, actor, row["id"], item.reference, isoformat(moment))
        dated = kind.dated(state, today=today, confirmed_at=moment, horizon=horizon)
        row |= {
            "observed_at": moment,
            "confirmed_at": moment,
            "digest": digest,
            "private": private,
            "confirmed_by": actor.id,
        }
        if outcome is Outcome.UNCHANGED:  # a confirmation: an event only if it changes the status
            dated = Dated(msgspec.structs.replace(dated.state, observed_at=before.observed_at), dated.changes_at)
        if restate(work, kind, row, before, dated, lineage, at=at):
            outcome = Outcome.UPDATED
    assert row is not None  # noqa: S101 - every outcome of on_put but CREATED comes from a row
    return Applied(item.reference, row["id"], row["version"], outcome)


def _parted(kind: Kind[S], content: Mapping[str, Any]) -> tuple[Mapping[str, Any], dict[str, Any] | None]:
    """The content that goes to the topic, and what stays with its owner."""
    private = {name: content[name] for name in kind.private if name in content}
    return ({name: content[name] for name in content if name not in private}, private) if private else (content, None)


def _create(
    work: Work,
    kind: Kind[S],
    actor: Actor,
    item: Input,
    moment: datetime,
    digest: bytes,
    lineage: Lineage,
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
    shown, private = _parted(kind, item.content)
    state = kind.build(shown, actor, identifier, item.reference, isoformat(moment))
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
        "private": private,
        "digest": digest,
        "observed_at": moment,
        "confirmed_at": moment,
        "confirmed_by": actor.id,
        "changed_at": at,
        "changes_at": dated.changes_at,
        "withdrawn_at": None,
        "withdrawn_reason": None,
        "lineage": msgspec.to_builtins(lineage),
    }
    work.rows[item.reference] = row
    work.inserted.add(identifier)
    work.touched[identifier] = row
    tell(work, kind, row, None, dated.state, lineage, at=at)
    return row


def _known(row: dict[str, Any] | None) -> Known | None:
    return None if row is None else Known(row["observed_at"], bytes(row["digest"]), row["withdrawn_at"] is not None)
