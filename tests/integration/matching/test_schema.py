"""The migrations make the tables that the models describe."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from services.matching.adapters import commission_models, decision_models, fairness_models
from services.matching.adapters.models import Base


def test_models_and_migrations_agree(database: Engine) -> None:
    def own(item: object, name: str | None, kind: str, reflected: bool, compared: object) -> bool:
        return kind != "table" or name in Base.metadata.tables

    assert commission_models.HeldHomeRow.__tablename__ in Base.metadata.tables
    assert decision_models.DecisionRow.__tablename__ in Base.metadata.tables
    assert fairness_models.FairnessReportRow.__tablename__ in Base.metadata.tables
    with database.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": own, "compare_type": True, "compare_server_default": False}
        )
        assert compare_metadata(context, Base.metadata) == []
