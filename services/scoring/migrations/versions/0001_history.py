"""What was published of each territory: every change, and the last one of each day."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.sql.migrations import create_consumed_positions

revision = "0001"
down_revision = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "score_change",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("published_at", moment, nullable=False),
        sa.Column("as_of", sa.Text, nullable=False),
        sa.Column("generation", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("said", sa.LargeBinary, nullable=False),
        sa.Column("state", JSONB, nullable=False),
    )
    op.create_table(
        "score_day",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("changes", sa.Integer, nullable=False),
        sa.Column("lowest_score", sa.Float, nullable=True),
        sa.Column("highest_score", sa.Float, nullable=True),
        sa.Column("as_of", sa.Text, nullable=False),
        sa.Column("state", JSONB, nullable=False),
    )
    # For what is too old: rows come in order of time, so a few pages are enough to know where.
    op.create_index("score_change_age", "score_change", ["published_at"], postgresql_using="brin")
    create_consumed_positions()
