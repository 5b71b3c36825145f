"""What the consumer keeps about alerts in its transaction: the alerts, where each placement stands, what came in."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Table, case, text
from sqlalchemy.dialects import postgresql

from services.notify.adapters.alert_models import AlertDayRow, AlertRow, WatchedPlacementRow
from services.notify.core.alerts import deadline_of, kind_of
from services.notify.core.sending_hours import paris_day
from shared.events import Change, Event, Placement
from shared.ids import new_id

NEW = "new"

_alert: Table = AlertRow.__table__  # type: ignore[attr-defined]
_watched: Table = WatchedPlacementRow.__table__  # type: ignore[attr-defined]
_day: Table = AlertDayRow.__table__  # type: ignore[attr-defined]


def note(connection: Connection, events: Sequence[Event[Change[Placement]]], *, at: datetime) -> None:
    """Keeps the alerts of placements' changes, in order; one that is kept already is left as it is."""
    watched: dict[str, dict[str, object]] = {}
    concerned: Counter[tuple[str, date]] = Counter()
    alerts = []
    day = paris_day(at + business_offset(connection)) if events else paris_day(at)
    for event in events:
        before, after = event.data.before, event.data.after
        if after is None:
            continue
        deadline = deadline_of(after)
        watched[after.id] = {
            "placement": after.id,
            "person": after.caseworker,
            "organisation": after.organisation,
            "territory": after.territory,
            "step": after.step.value,
            "deadline": deadline.at if deadline else None,
            "alert_at": deadline.alert_at if deadline else None,
        }
        if before is None or before.step != after.step:
            concerned[after.caseworker, day] += 1
        kind = kind_of(event.data)
        if kind is not None:
            alerts.append(
                {
                    "id": new_id("alr"),
                    "person": after.caseworker,
                    "organisation": after.organisation,
                    "recipient": after.caseworker,
                    "kind": kind.value,
                    "placement": after.id,
                    "territory": after.territory,
                    "step": after.step.value,
                    "deadline": datetime.fromisoformat(after.due_at) if after.due_at else None,
                    "event_id": event.id,
                    "state": NEW,
                    "created_at": at,
                }
            )
    if alerts:
        connection.execute(postgresql.insert(_alert).on_conflict_do_nothing(), alerts)
    _watch(connection, [watched[name] for name in sorted(watched)])
    _count(connection, concerned)


def business_offset(connection: Connection) -> timedelta:
    """How far business time is ahead: days are counted in it."""
    return timedelta(seconds=connection.execute(text("SELECT offset_seconds FROM business_clock")).scalar_one())


def _watch(connection: Connection, rows: Sequence[dict[str, object]]) -> None:
    """A deadline that stays the same is alerted to once."""
    if not rows:
        return
    statement = postgresql.insert(_watched)
    new = statement.excluded
    same = _watched.c.deadline.is_not_distinct_from(new.deadline) & (_watched.c.step == new.step)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["placement"],
            set_={
                **{name: new[name] for name in ("person", "organisation", "territory", "step", "deadline")},
                "alert_at": case((same, _watched.c.alert_at), else_=new.alert_at),
            },
        ),
        list(rows),
    )


def _count(connection: Connection, concerned: Counter[tuple[str, date]]) -> None:
    if concerned:
        statement = postgresql.insert(_day)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["person", "day"], set_={"events": _day.c.events + statement.excluded.events}
            ),
            [{"person": person, "day": day, "events": number} for (person, day), number in sorted(concerned.items())],
        )


def forget_placements(connection: Connection, ids: Iterable[str]) -> None:
    """Removes alerts of erased placements, and the digests that name them."""
    names = sorted(set(ids))
    if not names:
        return
    for table in ("alert", "watched_placement"):
        connection.execute(text(f"DELETE FROM {table} WHERE placement = ANY(:ids)"), {"ids": names})  # noqa: S608
    for name in names:
        connection.execute(
            text("DELETE FROM delivery WHERE endpoint_id = 'platform_email' AND position(:name in payload) > 0"),
            {"name": name},
        )
