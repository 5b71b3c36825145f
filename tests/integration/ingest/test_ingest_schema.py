"""The migrations make the tables that the models describe."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from services.ingest.adapters.models import Base


def test_models_and_migrations_agree(ingest_engine: Engine) -> None:
    def own(item: object, name: str | None, kind: str, reflected: bool, compared: object) -> bool:
        return kind != "table" or name in Base.metadata.tables

    with ingest_engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": own, "compare_type": True, "compare_server_default": False}
        )
        assert compare_metadata(context, Base.metadata) == []
