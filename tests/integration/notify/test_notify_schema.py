"""Models and migrations of notify say the same."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from services.notify.adapters import alert_models  # noqa: F401 - its tables too
from services.notify.adapters.models import Base

# Made by shared.sql.migrations: several services have them.
SHARED = {"consumed_position", "idempotency", "business_clock", "alembic_version"}


def test_models_and_migrations_agree(notify_engine: Engine) -> None:
    def own(_: object, name: str | None, kind: str, __: bool, ___: object) -> bool:
        return not (kind == "table" and name in SHARED)

    with notify_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": own, "compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
