"""What an owner sees of its own vacancies and offers: private fields, who confirmed, when changed; indexes of the lists."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for table in ("vacancy", "offer"):
        op.add_column(table, sa.Column("private", JSONB, nullable=True))
        op.add_column(table, sa.Column("confirmed_by", sa.String, nullable=True))
        op.add_column(table, sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
        op.execute(f"UPDATE {table} SET changed_at = greatest(confirmed_at, withdrawn_at)")  # noqa: S608
        op.alter_column(table, "changed_at", nullable=False)
        op.create_index(f"{table}_changed", table, ["owner", "changed_at"])
        op.create_index(f"{table}_reference", table, ["owner", sa.text("reference text_pattern_ops")])
    for name in ("typology", "reservation"):
        op.create_index(
            f"vacancy_{name}",
            "vacancy",
            ["owner", sa.text(f"(state ->> '{name}')")],
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        )
    op.create_index("vacancy_status", "vacancy", ["owner", "status"], postgresql_where=sa.text("withdrawn_at IS NULL"))
