"""Walks of a pulled feed: their shards, what they did not see, what they could not read."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0006"
down_revision = "0005"

COUNTS = ("created", "updated", "unchanged", "quarantined", "gone", "withdrawn", "kept", "left_alone", "requests")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "feed_walk",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("ending", sa.Text, nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("finished_at", moment, nullable=True),
        sa.Column("complete", sa.Boolean, nullable=True),
        sa.Column("announced", sa.BigInteger, nullable=True),
        sa.Column("unreached", sa.BigInteger, nullable=True),
        sa.Column("seen", sa.BigInteger, nullable=True),
        sa.Column("known", sa.BigInteger, nullable=True),
        sa.Column("absent", sa.BigInteger, nullable=True),
        *(sa.Column(name, sa.BigInteger, nullable=False, server_default="0") for name in COUNTS),
        sa.Column("confirmed_at", moment, nullable=True),
    )
    op.create_index("feed_walk_newest", "feed_walk", ["feed", sa.text("id DESC")])
    op.create_table(
        "feed_shard",
        sa.Column("walk", sa.BigInteger, sa.ForeignKey("feed_walk.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("parent", sa.Integer, nullable=True),
        sa.Column("cut", sa.Text, nullable=True),
        sa.Column("search", JSONB, nullable=False),
        sa.Column("reading", sa.Text, nullable=False),
        sa.Column("total", sa.BigInteger, nullable=True),
        sa.Column("seen", ARRAY(sa.Text), nullable=True),
    )
    op.create_index(
        "feed_shard_pending", "feed_shard", ["walk", "number"], postgresql_where=sa.text("reading = 'pending'")
    )
    op.create_table(
        "feed_absence",
        sa.Column("walk", sa.BigInteger, sa.ForeignKey("feed_walk.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("reference", sa.Text, primary_key=True),
        sa.Column("created_at", moment, nullable=True),
        sa.Column("fate", sa.Text, nullable=True),
        sa.Column("counted", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_index("feed_absence_reference", "feed_absence", ["reference"])
    op.create_table(
        "feed_quarantine",
        sa.Column("feed", sa.Text, primary_key=True),
        sa.Column("reference", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=True),
        sa.Column("walk", sa.BigInteger, nullable=False),
        sa.Column("first_seen_at", moment, nullable=False),
        sa.Column("seen_at", moment, nullable=False),
    )
