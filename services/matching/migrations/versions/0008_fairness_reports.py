"""Fairness reports are reckoned aside, not while someone waits for an answer."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "fairness_report",
        sa.Column("days", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("computed_at", MOMENT),
        sa.Column("failed_at", MOMENT),
        sa.Column("seconds", sa.Float(53)),
        sa.Column("report", JSONB),
    )
