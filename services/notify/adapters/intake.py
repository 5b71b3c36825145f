"""What the consumer reads and writes in its transaction: subscriptions, deliveries, live events, guards. Bulk only."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, bindparam, insert, select, text, update
from sqlalchemy.dialects import postgresql

from services.notify.adapters.models import (
    Delivery,
    Endpoint,
    ForgottenEvent,
    LiveEventRow,
    ScoreSeen,
    SharedPlacement,
)
from services.notify.core.audience import Reader
from services.notify.core.channels import Channel
from services.notify.core.event_types import expand
from services.notify.core.live import FORGOTTEN, LiveDraft
from services.notify.core.occurrences import Occurrence
from services.notify.core.schedule import State
from services.notify.core.score_changes import Mark, Seen
from services.notify.core.subscriptions import Subscription
from shared.identity import Role
from shared.ids import new_id

DELIVERY_CHANNEL: Final = "delivery"

_endpoint: Final[Table] = Endpoint.__table__  # type: ignore[attr-defined]
_delivery: Final[Table] = Delivery.__table__  # type: ignore[attr-defined]
_live: Final[Table] = LiveEventRow.__table__  # type: ignore[attr-defined]
_forgotten: Final[Table] = ForgottenEvent.__table__  # type: ignore[attr-defined]
_score: Final[Table] = ScoreSeen.__table__  # type: ignore[attr-defined]
_shared: Final[Table] = SharedPlacement.__table__  # type: ignore[attr-defined]


def subscriptions(connection: Connection) -> list[Subscription]:
    """What enabled endpoints ask for."""
    rows = connection.execute(
        select(
            _endpoint.c.id,
            _endpoint.c.organisation,
            _endpoint.c.role,
            _endpoint.c.owner_territories,
            _endpoint.c.types,
            _endpoint.c.territories,
            _endpoint.c.landlords,
            _endpoint.c.caseworkers,
            _endpoint.c.programmes,
            _endpoint.c.minimum_score_change,
            _endpoint.c.channel,
            _endpoint.c.recipient,
        ).where(_endpoint.c.enabled)
    )
    return [
        Subscription(
            endpoint=row.id,
            reader=Reader(Role(row.role), row.organisation, frozenset(row.owner_territories)),
            types=expand(row.types),
            territories=frozenset(row.territories),
            landlords=frozenset(row.landlords),
            caseworkers=frozenset(row.caseworkers),
            programmes=frozenset(row.programmes),
            minimum_score_change=row.minimum_score_change,
            channel=Channel(row.channel),
            recipient=row.recipient,
        )
        for row in rows
    ]


def add_deliveries(connection: Connection, wanted: Iterable[tuple[Subscription, Occurrence]], *, at: datetime) -> int:
    """Keeps occurrences to be sent; one that is kept already is left as it is. Returns how many are new.

    An endpoint that is removed meanwhile gets nothing. Wakes the dispatchers at commit.
    """
    rows = [
        {
            "id": new_id("msg"),
            "endpoint_id": subscription.endpoint,
            "organisation": subscription.reader.organisation,
            "channel": subscription.channel.value,
            "recipient": subscription.recipient,
            "event_id": occurrence.event_id,
            "type": occurrence.type,
            "subject": occurrence.subject,
            "territory": occurrence.territory,
            "payload": occurrence.webhook_payload(),
            "state": State.PENDING.value,
            "tries": 0,
            "attempts": 0,
            "next_attempt_at": at,
            "created_at": at,
        }
        for subscription, occurrence in wanted
    ]
    if not rows:
        return 0
    # Held until commit: an endpoint cannot be removed between here and the insert.
    alive = set(
        connection.execute(
            select(_endpoint.c.id)
            .where(_endpoint.c.id.in_({row["endpoint_id"] for row in rows}))
            .with_for_update(read=True, key_share=True)
        ).scalars()
    )
    rows = [row for row in rows if row["endpoint_id"] in alive]
    if not rows:
        return 0
    added = connection.execute(
        postgresql.insert(_delivery).on_conflict_do_nothing().returning(_delivery.c.id), rows
    ).all()
    if added:
        connection.execute(text(f"NOTIFY {DELIVERY_CHANNEL}"))
    return len(added)


def add_live_events(connection: Connection, drafts: Sequence[LiveDraft], *, at: datetime) -> int:
    """Numbers and keeps live events. Returns how many."""
    if not drafts:
        return 0
    last = connection.execute(
        text("UPDATE live_counter SET last = last + :n RETURNING last"), {"n": len(drafts)}
    ).scalar_one()
    first = last - len(drafts) + 1
    connection.execute(
        insert(_live),
        [
            {
                "seq": first + number,
                "type": draft.type,
                "subject": draft.subject,
                "territory": draft.territory,
                "organisation": draft.audience.organisation,
                "landlord": draft.audience.landlord,
                "account": draft.audience.account,
                "audience_territory": draft.audience.territory,
                "all_caseworkers": draft.audience.all_caseworkers,
                "everyone": draft.audience.everyone,
                "payload": draft.payload,
                "created_at": at,
            }
            for number, draft in enumerate(drafts)
        ],
    )
    return len(drafts)


def shared_placements(connection: Connection, ids: Iterable[str]) -> set[str]:
    """Those of `ids` that have been approved once."""
    return set(connection.execute(select(_shared.c.id).where(_shared.c.id.in_(set(ids)))).scalars())


def mark_shared(connection: Connection, ids: Iterable[str]) -> None:
    """Remembers placements that have been approved."""
    rows = [{"id": identifier} for identifier in sorted(set(ids))]
    if rows:
        connection.execute(postgresql.insert(_shared).on_conflict_do_nothing(), rows)


def forget_placements(connection: Connection, ids: Sequence[str]) -> None:
    """Removes what is kept about erased placements: deliveries, sent or not, and the words of live events."""
    if not ids:
        return
    connection.execute(_delivery.delete().where(_delivery.c.subject.in_(ids)))
    connection.execute(_shared.delete().where(_shared.c.id.in_(ids)))
    erased = (
        connection.execute(
            update(_live)
            .where(_live.c.subject.in_(ids))
            .values(
                type=FORGOTTEN,
                subject=None,
                territory=None,
                organisation=None,
                landlord=None,
                account=None,
                audience_territory=None,
                all_caseworkers=False,
                everyone=False,
                payload="{}",
            )
            .returning(_live.c.seq)
        )
        .scalars()
        .all()
    )
    if erased:
        connection.execute(
            postgresql.insert(_forgotten).on_conflict_do_nothing(), [{"seq": number} for number in erased]
        )


def scores_seen(connection: Connection, codes: Iterable[str]) -> dict[str, Seen]:
    """Guards and last values of territories."""
    rows = connection.execute(select(_score).where(_score.c.code.in_(set(codes))))
    return {
        row.code: Seen(
            generation=row.generation,
            position=row.position,
            last=Mark(row.score, row.score_class),
            told={float(minimum): Mark(*mark) for minimum, mark in row.told.items()},
        )
        for row in rows
    }


def store_scores(connection: Connection, seen: Mapping[str, Seen]) -> None:
    """Writes guards and last values."""
    rows: list[dict[str, Any]] = [
        {
            "code": code,
            "generation": state.generation,
            "position": state.position,
            "score": state.last.score,
            "score_class": state.last.score_class,
            "told": {str(minimum): [mark.score, mark.score_class] for minimum, mark in state.told.items()},
        }
        for code, state in seen.items()
    ]
    if not rows:
        return
    statement = postgresql.insert(_score)
    columns = ("generation", "position", "score", "score_class", "told")
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["code"], set_={name: statement.excluded[name] for name in columns}
        ),
        rows,
    )


def purge_live_events(connection: Connection, before: datetime) -> int:
    """Removes live events older than `before`, but never the newest one. Returns how many."""
    return connection.execute(
        _live.delete().where(
            _live.c.created_at < bindparam("before"),
            _live.c.seq < text("(SELECT last FROM live_counter)"),
        ),
        {"before": before},
    ).rowcount
