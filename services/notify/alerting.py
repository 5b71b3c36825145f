"""The alert sweep: from alerts that the consumer kept to messages that the dispatcher sends.

Each step is one transaction over rows: killed anywhere, the next sweep goes on where the last commit was, and nothing is
told twice. One sweep runs at a time, whatever the number of dispatchers.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, text

from services.notify.adapters import wishes
from services.notify.adapters.messages import add_message
from services.notify.adapters.wishes import WishesOf
from services.notify.core.alerts import AlertKind
from services.notify.core.channels import Channel
from services.notify.core.hygiene import AlertMode, decide
from services.notify.core.sending_hours import paris_day
from shared import telemetry
from shared.clock import BusinessClock, isoformat, utc_now
from shared.ids import is_id, new_id

BATCH: Final = 200
# A mail longer than this is read by nobody: the rest goes into another.
MOST_IN_DIGEST: Final = 50

log = telemetry.logger(__name__)
_AlertRow = Row[Any]


class AlertSweep:
    """Deadlines to alerts, alerts to decisions, decisions to messages."""

    def __init__(self, engine: Engine, clock: BusinessClock) -> None:
        self._engine = engine
        self._clock = clock

    def run(self) -> int:
        """One sweep. Returns how many messages it kept for sending."""
        now = self._clock.now()
        with self._engine.begin() as connection:
            if not connection.execute(text("SELECT pg_try_advisory_xact_lock(hashtextextended('alerts', 0))")).scalar():
                return 0
            raise_deadlines(connection, now)
            decide_new(connection, now)
            return send_due(connection, now)

    def purge(self, before: datetime) -> None:
        """Removes alerts that were told, and counted days, older than that."""
        with self._engine.begin() as connection:
            connection.execute(
                text("DELETE FROM alert WHERE created_at < :before AND state NOT IN ('new', 'immediate', 'digest')"),
                {"before": before},
            )
            connection.execute(
                text("DELETE FROM alert_day WHERE day < :day"), {"day": before.date() - timedelta(days=370)}
            )


def raise_deadlines(connection: Connection, now: datetime) -> int:
    """Deadlines that near become alerts, once each. Returns how many."""
    rows = connection.execute(
        text(
            "UPDATE watched_placement SET alert_at = NULL WHERE placement IN (SELECT placement FROM watched_placement"
            "  WHERE alert_at <= :now ORDER BY alert_at LIMIT :most FOR UPDATE)"
            " RETURNING placement, person, organisation, territory, step, deadline"
        ),
        {"now": now, "most": BATCH},
    ).all()
    values = [
        {
            "id": new_id("alr"),
            "person": row.person,
            "organisation": row.organisation,
            "kind": AlertKind.DEADLINE.value,
            "placement": row.placement,
            "territory": row.territory,
            "step": row.step,
            "deadline": row.deadline,
            "event": f"{row.placement}.{row.step}.{isoformat(row.deadline)}",
            "at": utc_now(),
        }
        for row in rows
        if row.deadline > now
    ]
    if values:
        connection.execute(
            text(
                "INSERT INTO alert (id, person, organisation, recipient, kind, placement, territory, step, deadline,"
                " event_id, state, created_at) VALUES (:id, :person, :organisation, :person, :kind, :placement,"
                " :territory, :step, :deadline, :event, 'new', :at) ON CONFLICT DO NOTHING"
            ),
            values,
        )
    return len(values)


def decide_new(connection: Connection, now: datetime) -> int:
    """Decides on new alerts, in order. Returns how many."""
    rows = connection.execute(
        text("SELECT id, person, organisation, kind FROM alert WHERE state = 'new' ORDER BY id LIMIT :most"),
        {"most": BATCH},
    ).all()
    if not rows:
        return 0
    known = WishesOf(connection)
    recipients = {row.id: _recipient(known, row.person, now) for row in rows}
    tuned = wishes.tunings(connection, recipients.values())
    sent = _interruptions(connection, recipients.values(), paris_day(now))
    for row in rows:
        person, kind = recipients[row.id], AlertKind(row.kind)
        held = known.effective(person, row.organisation)
        decision = decide(
            kind,
            held.wishes,
            tuning=tuned.get((person, kind)),
            sent={day: number for (one, day), number in sent.items() if one == person},
            now=now,
        )
        if decision.day is not None:
            sent[person, decision.day] = sent.get((person, decision.day), 0) + 1
            _count(connection, person, decision.day, "interruptions")
        connection.execute(
            text("UPDATE alert SET state = :state, recipient = :person, send_at = :send_at WHERE id = :id"),
            {"id": row.id, "state": decision.mode.value, "person": person, "send_at": decision.send_at},
        )
    return len(rows)


def _recipient(known: WishesOf, person: str, now: datetime) -> str:
    """The person, or who stands in for them today. A stand-in's own absence is not followed: it would end nowhere."""
    delegation = known.own(person).delegation
    return delegation.delegate if delegation is not None and delegation.covers(paris_day(now)) else person


def send_due(connection: Connection, now: datetime) -> int:
    """Alerts whose time has come become messages; those that the placement has overtaken are let go. Returns how many
    messages.
    """
    connection.execute(
        text(
            "UPDATE alert SET state = 'obsolete' FROM watched_placement w WHERE w.placement = alert.placement"
            " AND alert.state IN ('immediate', 'digest') AND alert.send_at <= :now AND alert.step <> w.step"
            " AND alert.kind IN ('proposal', 'deadline')"
        ),
        {"now": now},
    )
    rows = connection.execute(
        text(
            "SELECT id, person, recipient, organisation, kind, placement, territory, step, deadline, state FROM alert"
            " WHERE state IN ('immediate', 'digest') AND send_at <= :now ORDER BY id LIMIT :most FOR UPDATE"
        ),
        {"now": now, "most": BATCH},
    ).all()
    known, kept = WishesOf(connection), 0
    digests: dict[tuple[str, str], list[_AlertRow]] = {}
    for row in rows:
        if row.state == AlertMode.DIGEST:
            digests.setdefault((row.recipient, row.organisation), []).append(row)
        else:
            kept += _tell(connection, known, [row], form="alert")
    for alerts in digests.values():
        _count(connection, alerts[0].recipient, paris_day(now), "digests")
        # What is beyond it keeps its time, which has passed: the next sweep makes another digest of it.
        kept += _tell(connection, known, alerts[:MOST_IN_DIGEST], form="digest")
    return kept


def _tell(connection: Connection, known: WishesOf, alerts: Sequence[_AlertRow], *, form: str) -> int:
    first = alerts[0]
    held = known.effective(first.recipient, first.organisation)
    delivery = None
    at = utc_now()
    if held.email and is_id(first.recipient, "usr"):  # a key has no mailbox: its alerts are read by GET /v1/alerts
        delivery = add_message(
            connection,
            Channel.EMAIL,
            recipient=first.recipient,
            event_id=f"{form}.{first.id}",
            kind=f"alert.{form}",
            subject=first.placement if form == "alert" else first.id,
            territory=first.territory if form == "alert" else None,
            organisation=first.organisation,
            payload={
                "form": form,
                "language": held.language,
                "alerts": [_told(alert) for alert in alerts],
            },
            at=at,
        )
    connection.execute(
        text("UPDATE alert SET state = :state, delivery = :delivery, told_at = :at WHERE id = ANY(:ids)"),
        {
            "state": "shown" if delivery is None else "sent",
            "delivery": delivery,
            "at": at,
            "ids": [alert.id for alert in alerts],
        },
    )
    return 0 if delivery is None else 1


def _told(alert: _AlertRow) -> dict[str, Any]:
    return {
        "id": alert.id,
        "kind": alert.kind,
        "placement": alert.placement,
        "territory": alert.territory,
        "step": alert.step,
        "deadline": None if alert.deadline is None else isoformat(alert.deadline),
        "delegated": alert.recipient != alert.person,
    }


def _interruptions(connection: Connection, people: Iterable[str], first: date) -> dict[tuple[str, date], int]:
    rows = connection.execute(
        text("SELECT person, day, interruptions FROM alert_day WHERE person = ANY(:people) AND day >= :first"),
        {"people": sorted(set(people)), "first": first},
    )
    return {(row.person, row.day): row.interruptions for row in rows}


def _count(connection: Connection, person: str, day: date, what: str) -> None:
    connection.execute(
        text(
            f"INSERT INTO alert_day (person, day, {what}) VALUES (:person, :day, 1)"  # noqa: S608 - one of two names
            f" ON CONFLICT (person, day) DO UPDATE SET {what} = alert_day.{what} + 1"
        ),
        {"person": person, "day": day},
    )
