"""What PostgreSQL knows of a session: when it last heard of it, and whether it is still there."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Engine, text

from tests.patience import until


def last_heard(engine: Engine, pid: int) -> datetime | None:
    """When the session's last statement began or ended; None where the session has ended."""
    with engine.connect() as connection:
        query = text("SELECT state_change FROM pg_stat_activity WHERE pid = :pid")
        return connection.execute(query, {"pid": pid}).scalar_one_or_none()


def anyone_waits(engine: Engine) -> bool:
    """Whether a session of this database waits for a lock that another one holds."""
    with engine.connect() as connection:
        query = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
        )
        return bool(connection.execute(query).scalar_one())


def none_left(engine: Engine, ports: Collection[int]) -> bool:
    """Whether the server has ended all sessions that came from these ports: what a killed process had committed stands."""
    with engine.connect() as connection:
        query = text("SELECT count(*) FROM pg_stat_activity WHERE client_port = ANY(:ports)")
        return not connection.execute(query, {"ports": list(ports)}).scalar_one()


def until_heard_again(engine: Engine, pid: int, times: int = 3) -> None:
    """Waits until the session has spoken so many times more, and fails where it says nothing."""
    seen = {last_heard(engine, pid)}

    def spoken() -> bool:
        seen.add(last_heard(engine, pid))
        return len(seen) > times

    until(spoken)
    assert None not in seen, "the session has ended"
