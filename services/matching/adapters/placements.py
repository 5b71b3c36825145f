"""Placements in SQL: a transition with all its effects, on rows that `locking` has locked.

A transition writes the placement, its history, its reservation, the post's leads, bans, the engine's change and the event
in one transaction.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlmodel import Session

from services.matching.adapters import changes
from services.matching.adapters.models import PlacementEventRow, PlacementRow, ReservationRow
from services.matching.core.placement import Outcome, State, Transition
from services.matching.core.programme import Programme
from services.matching.programmes import version_of
from shared.clock import isoformat, paris_date, utc_now
from shared.events import Change, Placement, Step, new_event
from shared.sql import outbox
from shared.topics import PLACEMENTS

SOURCE: Final = "/matching"
ENGINE: Final = "engine"
HOUSEHOLD: Final = "household"

# What a refusal keeps from being proposed again; a landlord's refusal counts for his home.
_BANNED: Final = {
    Outcome.REFUSED_HOME: "vacancy",
    Outcome.REFUSED_LANDLORD: "vacancy",
    Outcome.REFUSED_HOUSEHOLD: "vacancy",
    Outcome.REFUSED_JOB: "offer",
    Outcome.REFUSED_TERRITORY: "territory",
}
_COOLING: Final = frozenset({Outcome.EXPIRED, Outcome.NO_ANSWER})


@dataclass(frozen=True, slots=True)
class Moment:
    """Business time of a transaction, and how long an unanswered home is not proposed again."""

    now: datetime
    cooling: timedelta = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Act:
    """Who does what, for the history. `reason` is a refusal's code."""

    command: str
    actor: str
    reason: str | None = None


def state_of(row: PlacementRow) -> State:
    """The row as the state machine sees it."""
    return State(Step(row.step), Step(row.verifying_for) if row.verifying_for else None, row.due_at)


def programme_of(row: PlacementRow) -> Programme:
    """The version of the programme that the placement began with."""
    return version_of(row.programme, row.programme_version)


def hold_of(session: Session, row: PlacementRow) -> datetime | None:
    """Until when the landlord keeps the home for the placement; None where he does not."""
    kept = session.get(ReservationRow, row.id)
    return kept.hold_until if kept is not None and kept.released_at is None else None


def event_state(row: PlacementRow, hold_until: datetime | None = None) -> Placement:
    """The placement as partners may know it: no household, no terms, no reasons. A new one has no hold."""
    return Placement(
        id=row.id,
        vacancy=row.vacancy,
        typology=row.typology,
        territory=row.territory,
        programme=row.programme,
        landlord=row.landlord,
        organisation=row.organisation,
        caseworker=row.caseworker,
        step=Step(row.step),
        changed_at=isoformat(row.changed_at),
        offer=row.offer,
        due_at=isoformat(row.due_at) if row.due_at else None,
        outcome=row.outcome,
        days_to_key=_days_to_key(row),
        hold_until=isoformat(hold_until) if hold_until else None,
    )


def _days_to_key(row: PlacementRow) -> int | None:
    """From the day on which the home was free to the one on which the household moved in; none is negative."""
    free_from = (row.option.get("home") or {}).get("available_from")
    if row.installed_at is None or not free_from:
        return None
    return max(0, (paris_date(row.installed_at) - date.fromisoformat(free_from)).days)


def publish(session: Session, row: PlacementRow, before: Placement | None) -> None:
    """Keeps the event of the row's new version; the row is locked, or new."""
    change = Change(version=row.version, before=before, after=event_state(row, hold_of(session, row)))
    outbox.add(session, PLACEMENTS, [new_event(PLACEMENTS, row.id, change, source=SOURCE, at=utc_now())])


def record(session: Session, row: PlacementRow, act: Act, now: datetime) -> None:
    """Adds the row's version to its history."""
    session.add(
        PlacementEventRow(
            placement=row.id,
            version=row.version,
            step=row.step,
            command=act.command,
            actor=act.actor,
            reason=act.reason,
            at=now,
        )
    )


def carry_out(session: Session, row: PlacementRow, transition: Transition, act: Act, moment: Moment) -> None:
    """Applies a transition to a locked placement, with all its effects."""
    before = event_state(row, hold_of(session, row))
    verifying = transition.state.step is Step.VERIFYING
    row.version += 1
    row.step = transition.state.step.value
    row.verifying_for = transition.state.verifying_for.value if transition.state.verifying_for else None
    row.verify_at = utc_now() if verifying else None
    row.verify_attempts = 0
    row.due_at = transition.state.due_at
    row.deadline_rule = transition.rule or (row.deadline_rule if verifying else None)
    row.outcome = transition.outcome.value if transition.outcome else None
    row.refusal = act.reason
    row.changed_at = moment.now
    if transition.state.step is Step.APPROVED:
        row.sent_at = moment.now
    if transition.state.step is Step.INSTALLED and row.installed_at is None:
        row.installed_at = moment.now
    session.add(row)
    record(session, row, act, moment.now)
    if transition.hold_until is not None:
        reservation = session.get_one(ReservationRow, row.id)
        reservation.hold_until = transition.hold_until
        session.add(reservation)
    session.flush()
    if transition.ends:
        _release(session, row, moment)
        if transition.outcome is not None:
            _ban(session, row, transition.outcome, moment)
    publish(session, row, before)
    changes.add(session, [changes.Change(changes.PLACEMENT, row.id)])


def _release(session: Session, row: PlacementRow, moment: Moment) -> None:
    released = session.execute(
        text(
            "UPDATE reservation SET released_at = :now WHERE placement = :placement AND released_at IS NULL"
            " RETURNING offer"
        ),
        {"placement": row.id, "now": moment.now},
    ).one_or_none()
    kept = session.get(ReservationRow, row.id)
    if kept is not None:
        session.expire(kept)
    if released is not None and released.offer is not None:
        session.execute(text("UPDATE offer SET leads = leads - 1 WHERE id = :id AND leads > 0"), {"id": released.offer})


def _ban(session: Session, row: PlacementRow, outcome: Outcome, moment: Moment) -> None:
    kind = "vacancy" if outcome in _COOLING else _BANNED.get(outcome)
    target = {"vacancy": row.vacancy, "offer": row.offer, "territory": row.territory}.get(kind or "")
    if row.household is None or kind is None or target is None:
        return
    until = moment.now + moment.cooling if outcome in _COOLING else None
    session.execute(
        text(
            "INSERT INTO ban (household, kind, target, reason, until, created_at)"
            " VALUES (:household, :kind, :target, :reason, :until, :now)"
            " ON CONFLICT (household, kind, target) DO UPDATE SET reason = excluded.reason,"
            " until = CASE WHEN ban.until IS NULL THEN NULL ELSE excluded.until END"
        ),
        {
            "household": row.household,
            "kind": kind,
            "target": target,
            "reason": row.refusal or outcome.value,
            "until": until,
            "now": moment.now,
        },
    )
