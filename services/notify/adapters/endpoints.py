"""Endpoints and deliveries of an organisation, as the API reads and changes them. Every query starts from the actor."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, text
from sqlmodel import Session, col, select, update

from services.notify.adapters.intake import DELIVERY_CHANNEL
from services.notify.adapters.models import Attempt, Delivery, Endpoint
from services.notify.core.event_types import ENDPOINT_TEST
from services.notify.core.occurrences import of_test
from services.notify.core.schedule import State
from shared.clock import isoformat
from shared.identity import Actor
from shared.ids import new_id

MOST_ENDPOINTS: Final = 50
ROTATION_OVERLAP: Final = timedelta(hours=24)
BY_OWNER: Final = "owner"


def endpoint_of(session: Session, actor: Actor, identifier: str, *, lock: bool = False) -> Endpoint | None:
    """The organisation's endpoint of that id."""
    query = select(Endpoint).where(Endpoint.id == identifier, Endpoint.organisation == actor.organisation)
    return session.exec(query.with_for_update() if lock else query).one_or_none()


def endpoints_of(session: Session, actor: Actor, *, after: str | None, limit: int) -> list[Endpoint]:
    """The organisation's endpoints by id, those after `after`."""
    query = select(Endpoint).where(Endpoint.organisation == actor.organisation).order_by(col(Endpoint.id)).limit(limit)
    if after is not None:
        query = query.where(col(Endpoint.id) > after)
    return list(session.exec(query))


def count_endpoints(session: Session, actor: Actor) -> int:
    """How many endpoints the organisation has; held until the transaction ends, so that two requests count in turn."""
    session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": f"endpoints\x1f{actor.organisation}"}
    )
    return session.exec(
        select(func.count()).select_from(Endpoint).where(Endpoint.organisation == actor.organisation)
    ).one()


def disable_pending(session: Session, endpoint: Endpoint, *, at: datetime) -> None:
    """What the endpoint has not received waits for a replay."""
    session.execute(
        update(Delivery)
        .where(col(Delivery.endpoint_id) == endpoint.id, col(Delivery.state) == State.PENDING.value)
        .values(state=State.DISABLED.value, next_attempt_at=None, lease=None, leased_until=None, ended_at=at)
    )


def add_test(session: Session, endpoint: Endpoint, *, at: datetime) -> Delivery:
    """A delivery that tells nothing but that the endpoint is being tried."""
    delivery = Delivery(
        id=new_id("msg"),
        endpoint_id=endpoint.id,
        organisation=endpoint.organisation,
        event_id=new_id("evt"),
        type=ENDPOINT_TEST,
        subject=endpoint.id,
        payload=of_test(endpoint.id, isoformat(at)),
        state=State.PENDING.value,
        next_attempt_at=at,
        created_at=at,
    )
    session.add(delivery)
    endpoint.paused_until = None  # the owner wants to know now
    session.add(endpoint)
    session.flush()
    wake_dispatchers(session)
    return delivery


def replay(
    session: Session,
    endpoint: Endpoint,
    *,
    at: datetime,
    delivery: str | None = None,
    since: datetime | None = None,
    states: tuple[State, ...] = (State.FAILED, State.DISABLED),
) -> int:
    """Sends deliveries again, under the same webhook-id, in a new round of tries. Returns how many.

    One named by `delivery` whatever its state; else those in `states` created since `since`.
    """
    query = update(Delivery).where(col(Delivery.endpoint_id) == endpoint.id)
    if delivery is not None:
        query = query.where(col(Delivery.id) == delivery)
    else:
        query = query.where(col(Delivery.state).in_([state.value for state in states]))
        if since is not None:
            query = query.where(col(Delivery.created_at) >= since)
    changed = session.execute(
        query.values(
            state=State.PENDING.value, tries=0, next_attempt_at=at, lease=None, leased_until=None, ended_at=None
        ).returning(col(Delivery.id))
    ).all()
    if changed:
        endpoint.paused_until = None
        session.add(endpoint)
        wake_dispatchers(session)
    return len(changed)


def wake_dispatchers(session: Session) -> None:
    """At commit."""
    session.execute(text(f"NOTIFY {DELIVERY_CHANNEL}"))


def deliveries_of(
    session: Session,
    actor: Actor,
    *,
    endpoint: str | None,
    state: State | None,
    kind: str | None,
    since: datetime | None,
    before: str | None,
    limit: int,
) -> list[Delivery]:
    """The organisation's deliveries, newest first, those before the id `before`."""
    query = select(Delivery).where(Delivery.organisation == actor.organisation)
    if endpoint is not None:
        query = query.where(Delivery.endpoint_id == endpoint)
    if state is not None:
        query = query.where(Delivery.state == state.value)
    if kind is not None:
        query = query.where(Delivery.type == kind)
    if since is not None:
        query = query.where(col(Delivery.created_at) >= since)
    if before is not None:
        query = query.where(col(Delivery.id) < before)
    return list(session.exec(query.order_by(col(Delivery.id).desc()).limit(limit)))


def delivery_of(session: Session, actor: Actor, identifier: str) -> tuple[Delivery, list[Attempt]] | None:
    """The organisation's delivery of that id with its tries, oldest first."""
    found = session.exec(
        select(Delivery).where(Delivery.id == identifier, Delivery.organisation == actor.organisation)
    ).one_or_none()
    if found is None:
        return None
    tries = session.exec(select(Attempt).where(Attempt.delivery_id == identifier).order_by(col(Attempt.id)))
    return found, list(tries)
