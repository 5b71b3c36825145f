"""Engines: one database and one role a service."""

from sqlalchemy import Engine, create_engine

from shared.settings import Settings


def service_engine(settings: Settings, service: str, *, database: str | None = None, pool: int = 10) -> Engine:
    """Engine of a service's own database (named as the service), or of `database` as the service's role.

    Errors do not repeat parameters, which may be personal data.
    Sessions are UTC; a statement that waits for a lock gives up after 10 s, an idle transaction after 60 s.
    """
    options = "-c timezone=UTC -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"
    return create_engine(
        settings.database(database or service, service),
        pool_size=pool,
        max_overflow=pool,
        pool_pre_ping=True,
        pool_recycle=1800,
        hide_parameters=True,
        connect_args={"options": options, "connect_timeout": 5, "application_name": service},
    )
