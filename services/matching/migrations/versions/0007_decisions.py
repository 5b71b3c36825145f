"""What decisions of the engine were made on, and what they came to: to make them again and compare."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "decision_state",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("from_tick", sa.BigInteger, primary_key=True),
        sa.Column("until_tick", sa.BigInteger),
        sa.Column("household", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
    )
    for name, columns, where in (
        ("current", ["kind", "key"], "until_tick IS NULL"),
        ("past", ["until_tick"], "until_tick IS NOT NULL"),
        ("household", ["household"], "household IS NOT NULL"),
    ):
        op.create_index(f"decision_state_{name}", "decision_state", columns, postgresql_where=sa.text(where))
    op.create_table(
        "decision",
        sa.Column("tick", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("cap", sa.Integer, nullable=False),
        sa.Column("price_version", sa.Integer, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("held", sa.ARRAY(sa.Text), nullable=False),
    )
    op.create_index("decision_at", "decision", ["at"])
    op.create_table(
        "decided_proposal",
        sa.Column("tick", sa.BigInteger, primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("household", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index("decided_proposal_household", "decided_proposal", ["household"])
    op.create_table(
        "decision_gap",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("first_tick", sa.BigInteger, nullable=False),
        sa.Column("last_tick", sa.BigInteger),
    )
