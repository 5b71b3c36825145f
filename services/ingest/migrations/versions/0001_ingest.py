"""Vacancies, offers, commitments and the outbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.sql.migrations import create_business_clock, create_idempotency, create_outbox

revision = "0001"
down_revision = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    for table in ("vacancy", "offer"):
        op.create_table(
            table,
            sa.Column("id", sa.String, primary_key=True),
            sa.Column("owner", sa.String, nullable=False),
            sa.Column("reference", sa.String, nullable=False),
            sa.Column("current", sa.Boolean, nullable=False),
            sa.Column("version", sa.Integer, nullable=False),
            sa.Column("commune", sa.String, nullable=True),
            sa.Column("status", sa.String, nullable=False),
            sa.Column("state", JSONB, nullable=False),
            sa.Column("digest", sa.LargeBinary, nullable=False),
            sa.Column("observed_at", moment, nullable=False),
            sa.Column("confirmed_at", moment, nullable=False),
            sa.Column("changes_at", moment, nullable=True),
            sa.Column("withdrawn_at", moment, nullable=True),
            sa.Column("withdrawn_reason", sa.String, nullable=True),
        )
        op.create_index(
            f"{table}_current", table, ["owner", "reference"], unique=True, postgresql_where=sa.text("current")
        )
        op.create_index(
            f"{table}_changes",
            table,
            ["changes_at"],
            postgresql_where=sa.text("changes_at IS NOT NULL AND withdrawn_at IS NULL"),
        )
        op.create_index(f"{table}_listing", table, ["owner", "id"])
        op.create_index(f"{table}_commune", table, ["commune"], postgresql_where=sa.text("withdrawn_at IS NULL"))
    op.create_table(
        "commitment",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("code", sa.String, nullable=False, index=True),
        sa.Column("programme", sa.String, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", JSONB, nullable=False),
        sa.Column("observed_at", moment, nullable=False),
        sa.Column("withdrawn_at", moment, nullable=True),
    )
    create_outbox()
    create_idempotency()
    create_business_clock()
