"""The migrations of identity and ingest make the tables that their models describe."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData

from services.ingest.adapters.models import Base as IngestBase
from shared.identity.models import Base as IdentityBase
from shared.settings import Settings
from shared.sql.engine import service_engine


@pytest.mark.parametrize(
    ("owner", "database", "metadata"),
    [("console", "identity", IdentityBase.metadata), ("ingest", "ingest", IngestBase.metadata)],
    ids=["identity", "ingest"],
)
def test_models_and_migrations_agree(migrated: Settings, owner: str, database: str, metadata: MetaData) -> None:
    def modelled(_: object, name: str | None, kind: str, reflected: bool, compared: object) -> bool:
        return kind != "table" or name in metadata.tables

    engine = service_engine(migrated, owner, database=database, pool=1)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"include_object": modelled, "compare_type": True, "compare_server_default": False}
            )
            assert compare_metadata(context, metadata) == []
    finally:
        engine.dispose()
    assert metadata.tables
