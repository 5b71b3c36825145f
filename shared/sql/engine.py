"""Engines: one database and one role a service."""

import time
from typing import Any, Final

import psycopg
from sqlalchemy import Engine, ExceptionContext, create_engine, event
from sqlalchemy.exc import DisconnectionError, OperationalError

from shared.settings import Settings

IDLE_SECONDS: Final = 1.0  # a connection used a moment ago is not asked whether it lives


def service_engine(settings: Settings, service: str, *, database: str | None = None, pool: int = 10) -> Engine:
    """Engine of a service's own database (named as the service), or of `database` as the service's role.

    Errors do not repeat parameters, which may be personal data.
    Sessions are UTC; a statement that waits for a lock gives up after 10 s, an idle transaction after 60 s.
    """
    options = "-c timezone=UTC -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"
    engine = create_engine(
        settings.database(database or service, service),
        pool_size=pool,
        max_overflow=pool,
        pool_recycle=1800,
        hide_parameters=True,
        connect_args={"options": options, "connect_timeout": 5, "application_name": service},
    )
    event.listen(engine, "checkin", _used)
    event.listen(engine, "checkout", _check_idle)
    event.listen(engine, "handle_error", _as_lost_connection)
    return engine


def _used(_: Any, record: Any) -> None:
    record.info["used_at"] = time.monotonic()


def _check_idle(connection: psycopg.Connection[Any], record: Any, _: Any) -> None:
    """Replaces a connection that died while it was idle."""
    if time.monotonic() - record.info.get("used_at", 0.0) < IDLE_SECONDS:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error as error:
        raise DisconnectionError from error


def _as_lost_connection(context: ExceptionContext) -> Exception | None:
    """A transaction that the server ended because it heard nothing is a lost connection like another: to be tried again."""
    ended = context.original_exception
    if not isinstance(ended, psycopg.errors.IdleInTransactionSessionTimeout):
        return None
    return OperationalError(context.statement, None, ended, hide_parameters=True, connection_invalidated=True)
